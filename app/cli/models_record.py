"""`models record` shows what each model did for a use case, a task or direct questions."""

import json
from dataclasses import asdict

import click

from app.cli.opened import told
from app.cli.table import aligned
from app.domain.money import to_usd
from app.services.routing import learners, records
from app.services.routing.records import Recorded

HEADER = ("model", "level", "calls", "errors", "outcomes", "quality", "expected", "USD each", "ms")


@click.command()
@click.option("--use-case", help="Of this use case.")
@click.option("--task", help="Of this task; of direct questions when neither is named.")
@click.option("--days", type=click.IntRange(1, 3_650), default=30, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def record(use_case: str | None, task: str | None, days: int, as_json: bool) -> None:
    """What each model did, by level of difficulty: calls, quality as judged and as expected, cost and time."""
    with told() as world:
        found = records.record(world, learners.named(world, use_case=use_case, task=task), days=days)
    if as_json:
        click.echo(json.dumps([_told(each) for each in found]))
        return
    for line in aligned([HEADER, *map(_row, found)], right=range(2, len(HEADER))):
        click.echo(line)


def _row(own: Recorded) -> tuple[str, ...]:
    expected = "-" if own.expected is None or own.low is None else f"{own.expected:.2f} (from {own.low:.2f})"
    return (
        own.model,
        own.level or "not routed",
        str(own.calls),
        str(own.errors),
        str(own.outcomes),
        "-" if own.quality is None else f"{own.quality:.2f}",
        expected,
        "-" if own.cost_each is None else to_usd(own.cost_each),
        "-" if own.latency_ms is None else f"{own.latency_ms:.0f}",
    )


def _told(own: Recorded) -> dict[str, object]:
    """A line as JSON; money as decimal text."""
    told = asdict(own)
    each = told.pop("cost_each")
    return told | {"cost_each_usd": None if each is None else to_usd(each)}
