"""`spending` prints what calls have cost, as a table."""

from datetime import UTC, datetime
from typing import Final, cast

import click

from app.cli.opened import opened
from app.cli.prices import DAY
from app.domain.errors import ModelMatchError
from app.domain.money import to_usd
from app.domain.spending import BY, By, Spent
from app.services import spending as sums

HEADER: Final = ("calls", "errors", "cached", "in", "out", "USD", "unpriced", "saved USD")
AGAINST: Final = ("baseline USD", "difference")


@click.command()
@click.option("--by", type=click.Choice(BY), default="model", show_default=True, help="What a line stands for.")
@click.option("--since", type=DAY, help="First UTC day, as 2026-11-01; default: the first of this month.")
@click.option("--until", type=DAY, help="UTC day after the last one; default: to the end of this month.")
@click.option("--baseline", help="A model: what would the same tokens have cost there?")
@click.option("--limit", type=click.IntRange(1, 200), default=sums.GROUPS, show_default=True, help="Most lines.")
def spending(by: str, since: datetime | None, until: datetime | None, baseline: str | None, limit: int) -> None:
    """What calls have cost by model, task, team, day and more, with what kept answers have saved."""
    with opened() as world:
        try:
            found = sums.spending(
                world, cast(By, by), since=_utc(since), until=_utc(until), baseline=baseline, most=limit
            )
        except ModelMatchError as error:
            raise click.ClickException(error.message) from error
    lines = [("-" if group.name is None else group.name, group.spent) for group in found.groups]
    lines += [] if found.other is None else [("(other)", found.other)]
    lines.append(("(total)", found.total))
    compared = found.baseline is not None
    table = [(by, *HEADER, *(AGAINST if compared else ()))]
    table += [(name, *_cells(spent, compared=compared)) for name, spent in lines]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    click.echo(f"{found.since:%Y-%m-%d %H:%M} up to {found.until:%Y-%m-%d %H:%M} UTC")
    for first, *cells in table:
        aligned = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        click.echo("  ".join((first.ljust(widths[0]), *aligned)))


def _cells(spent: Spent, *, compared: bool) -> list[str]:
    counts = (spent.calls, spent.errors, spent.cached, spent.input_tokens, spent.output_tokens)
    told = [*map(str, counts), to_usd(spent.cost), str(spent.unpriced), to_usd(spent.saved)]
    return told + ([_usd(spent.baseline), _usd(spent.difference)] if compared else [])


def _usd(nanos: int | None) -> str:
    return "unknown" if nanos is None else to_usd(nanos)


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
