"""What `compare-demo` prints: a bar while answers come, then figures with intervals and the winner's sentence."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from app.cli.demo_data import DemoTask
from app.services.comparing import report_html, told
from app.services.comparing.progress import Progress
from app.services.comparing.report import Report

BAR: Final = 30


def introduction(task: DemoTask, slugs: Sequence[str], *, inputs: int, repeats: int) -> None:
    """Say what is asked of whom, and when an answer is right."""
    example = task.inputs[0]
    click.echo(f"Task      {task.title} {inputs} labelled texts, as: {example.text} -> {example.label}")
    click.echo(f"Right     {task.right}")
    for place, flow in enumerate(task.flows):
        click.echo(f"{'Prompts' if place == 0 else '':<10}{flow.code:<9} {flow.title}")
    click.echo(f"Models    {', '.join(slugs)}")
    if any(slug.startswith("simulated/") for slug in slugs):
        click.echo("          simulated answers are made up: right as often as each prompt's set quality says")
    times = "once" if repeats == 1 else f"{repeats} times"
    click.echo(f"Answers   {len(task.flows) * len(slugs) * inputs * repeats}: each prompt on each text, {times}\n")


def progress(now: Progress) -> None:
    """One line that grows where somebody watches, else a line for each look."""
    filled = BAR * now.answered // max(1, now.answers)
    line = f"[{'#' * filled}{'.' * (BAR - filled)}] {now.answered}/{now.answers} answers, {now.failed} failed"
    watched = sys.stdout.isatty()
    click.echo(f"\r{line}" if watched else line, nl=not watched)


def show(found: Report) -> None:
    """A line for each candidate, then who won and what stands in the way."""
    known = found.known
    lines = told.lines(known)
    wide = max(len(line.name) for line in lines)
    confidence = f"{100 - 100 * known.comparison.alpha:g} % interval"
    click.echo(
        f"{'candidate':<{wide}} {'right':>6} {confidence:>18} {'failed':>7} {'p50':>8} {'p95':>8} {'an answer':>12}"
    )
    for line in lines:
        mark = next((told.MARKS[mark] for mark in line.marks if mark != "front"), "")
        click.echo(
            f"{line.name:<{wide}} {line.quality.text:>6} {line.quality.between:>18} {line.failures:>7} "
            f"{line.p50:>8} {line.p95:>8} {line.cost_each.text:>12}  {mark}".rstrip()
        )
    leader = "" if known.winner.leader is None else known.names[known.winner.leader]
    for rival in known.winner.rivals:
        proven = "proven" if rival.beaten else "not proven"
        click.echo(f"  {leader} less {known.names[rival.candidate]}: {told.ahead(rival)}, {proven}")
    click.echo(f"\n{known.winner.sentence}")
    if known.comparison.error:
        click.echo(f"It ended early: {known.comparison.error}.", err=True)


def write(found: Report, out: Path) -> None:
    """The whole report as one page. Raises ClickException where it cannot be written."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(report_html.html(found), "utf-8")
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}") from None
    click.echo(f"Report    {out}")
