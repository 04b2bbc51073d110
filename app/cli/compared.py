"""A comparison at a terminal: run in this process with a bar, and told as a table with a sentence on who won."""

import json
import sys
from collections.abc import Iterator

import click

from app.domain.comparison.comparison import Comparison
from app.domain.comparison.estimate import Estimate
from app.domain.comparison.figures import Figures, Spread
from app.domain.money import to_usd
from app.services.comparing import comparisons, here
from app.services.comparing.progress import Progress
from app.services.comparing.readout import Readout, readout
from app.services.comparing.readout_json import ComparisonProgressOut, ComparisonReadoutOut
from app.services.world import World

ACTOR = "command line"
NAME = 36
HEAD = f"{'ms':>8} {'p95':>8} {'$ each':>12} {'wins':>7}"


def run(world: World, made: Comparison) -> Comparison:
    """The comparison at its end. An interrupt cancels it and says how to go on."""
    bar = click.progressbar(length=1, label=_label(made.name), file=sys.stderr, item_show_func=_state)

    def tell(now: Progress) -> None:
        bar.length = max(1, now.answers + (now.judgements or 0))
        bar.update(now.answered + now.judged - bar.pos, now)

    try:
        with bar:
            return here.run_here(world, made.id, tell)
    except KeyboardInterrupt:
        if comparisons.get(world, made.id).status in comparisons.LIVE:
            comparisons.cancel(world, made.id)
        click.echo(f"\nstopped; go on with: python run.py comparisons resume {made.id}", err=True)
        raise click.exceptions.Exit(1) from None


def tell(world: World, comparison_id: str, *, as_json: bool = False) -> Readout:
    """Print what the comparison tells now."""
    found = readout(world, comparison_id)
    click.echo(_json(found) if as_json else "\n".join(_lines(found)))
    return found


def end(found: Readout) -> None:
    """Leave with 1 unless the comparison has succeeded."""
    it = found.comparison
    if it.status != "succeeded":
        why = f": {it.error}" if it.error else ""
        raise click.ClickException(f"the comparison is {it.status}{why}; comparisons resume {it.id} goes on")


def line(it: Comparison) -> str:
    """A comparison on one line."""
    size = f"{len(it.candidates)} x {it.inputs} x {it.repeats}"
    return f"{it.id}  {it.created_at:%Y-%m-%d %H:%M}  {it.status:<9}  {size:>14}  {it.name}"


def told_of(it: Comparison) -> dict[str, object]:
    """A comparison as JSON, in a list."""
    return {
        "id": it.id,
        "name": it.name,
        "status": it.status,
        "benchmark": it.benchmark,
        "error": it.error,
        "candidates": [each.name for each in it.candidates],
        "inputs": it.inputs,
        "repeats": it.repeats,
        "budget_usd": None if it.budget is None else to_usd(it.budget),
        "created_at": it.created_at.isoformat(),
        "ended_at": None if it.ended_at is None else it.ended_at.isoformat(),
    }


def _label(name: str) -> str:
    """Beside a bar there is little room; a log has enough."""
    return name if len(name) <= NAME or not sys.stderr.isatty() else f"{name[: NAME - 1]}…"


def _state(now: Progress | None) -> str | None:
    return None if now is None else f"{now.failed} failed  ${to_usd(now.spent)}"


def _json(found: Readout) -> str:
    it, known = found.comparison, found.progress.answered
    told = {
        "id": it.id,
        "name": it.name,
        "status": it.status,
        "benchmark": it.benchmark,
        "error": it.error,
        "progress": ComparisonProgressOut.of(found.progress).model_dump(mode="json"),
        "readout": ComparisonReadoutOut.of(found).model_dump(mode="json") if known else None,
    }
    return json.dumps(told)


def _lines(found: Readout) -> Iterator[str]:
    now = found.progress
    yield line(found.comparison)
    yield ""
    yield f"  {'candidate':<{NAME}} {'answers':>7} {'failed':>6} {'quality':>20} " + HEAD
    for own in found.figures:
        yield _row(found, own)
    yield ""
    yield found.winner.sentence
    if found.bias is not None and found.bias.low > 0.2:
        yield f"The judge named the same place whoever stood there in {found.bias.share:.0%} of its pairs."
    if found.change is not None:
        yield f"Against the run before, {found.change.before}:"
        yield from (f"  {each.sentence}" for each in found.change.candidates)
        if not found.change.comparable:
            yield "  scored by another rule, and not comparable."
    unpriced = f" and {now.unpriced} answers whose price is unknown" if now.unpriced else ""
    limit = found.comparison.budget
    yield f"Spent ${to_usd(now.spent)}{unpriced}{'' if limit is None else f' of ${to_usd(limit)}'}."


def _row(found: Readout, own: Figures) -> str:
    mark = "*" if own.candidate == found.winner.winner else " "
    each = "unknown" if own.cost_each is None else to_usd(round(own.cost_each))
    name, wins = found.names[own.candidate], "-" if own.win_rate is None else f"{own.win_rate.value:.0%}"
    shown = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
    return (
        f"{mark} {shown:<{NAME}} {own.n:>7} {own.failures:>6} {_estimate(own.quality):>20} "
        f"{_times(own.latency)} {each:>12} {wins:>7}"
    )


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return "-"
    ends = "" if found.low is None or found.high is None else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{found.value:.3f}{ends}"


def _times(found: Spread | None) -> str:
    return f"{'-':>8} {'-':>8}" if found is None else f"{found.mean.value:>8.0f} {found.p95:>8.0f}"
