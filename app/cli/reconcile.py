"""`models reconcile` holds a provider's export against the calls, model by model and day by day."""

from pathlib import Path

import click

from app.cli.opened import opened
from app.domain.errors import ModelMatchError
from app.domain.money import to_usd
from app.domain.statement import Difference, Figures, Tolerance
from app.domain.statement_sums import sums_of
from app.services import statements
from app.services.statement_formats import READERS


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--provider", required=True, help="Code of the provider, as in the catalogue.")
@click.option("--format", "format_name", required=True, type=click.Choice(tuple(READERS)), help="What the file holds.")
@click.option("--tolerance", type=click.FloatRange(0, 100), default=1.0, show_default=True, help="Percent of theirs.")
@click.option("--all", "every", is_flag=True, help="Show what matches, too.")
def reconcile(file: Path, provider: str, format_name: str, tolerance: float, *, every: bool) -> None:
    """Read a provider's usage or cost export and show where it differs from the calls; exit code 1 if it does."""
    try:
        content = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not UTF-8 text") from error
    with opened() as world:
        try:
            added = statements.add(world, provider=provider, format=format_name, content=content, actor="reconcile")
            read = statements.get(world, added.id, tolerance=Tolerance(percent=tolerance))
        except ModelMatchError as error:
            raise click.ClickException(f"{file.name}: {error.message}") from error
    click.echo(f"statement {added.id}: {provider}, {added.first_day} to {added.last_day}; theirs / ours")
    for difference in read.differences:
        if every or difference.status != "match":
            click.echo(_line(difference))
    sums = sums_of(read.differences)
    counted = ", ".join(f"{count} {status}" for status, count in sorted(sums.counts.items()))
    click.echo(f"{counted}; cost {_usd(sums.theirs)} / {_usd(sums.ours)} USD, difference {_usd(sums.difference)}")
    if set(sums.counts) - {"match"}:
        raise SystemExit(1)


def _line(difference: Difference) -> str:
    theirs = difference.theirs or Figures(0, 0, 0, 0)
    ours = difference.ours.figures if difference.ours else Figures(0, 0, 0, 0)
    told = [
        f"{name} {_count(getattr(theirs, field))} / {_count(getattr(ours, field))}"
        for name, field in (("requests", "requests"), ("in", "input_tokens"), ("out", "output_tokens"))
    ]
    cost = f"USD {_usd(theirs.cost)} / {_usd(ours.cost)}"
    return f"{difference.day}  {difference.model:<32} {difference.status:<14} {'  '.join((*told, cost))}"


def _count(number: int | None) -> str:
    return "-" if number is None else str(number)


def _usd(nanos: int | None) -> str:
    return "-" if nanos is None else to_usd(nanos)
