"""`comparisons` lists what was compared, shows it, and stops it or goes on with it."""

import json
from typing import get_args

import click

from app.cli import compared
from app.cli.opened import told
from app.db.comparisons import ComparisonFilter
from app.domain.comparison.comparison import Status
from app.domain.errors import Invalid
from app.domain.money import from_usd
from app.services.comparing import comparisons as service


@click.group()
def comparisons() -> None:
    """What was compared: listed, shown, stopped and gone on with."""


@comparisons.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only those.")
@click.option("--model", help="Only those that ask this model.")
@click.option("--benchmark", help="Only runs of this benchmark.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_comparisons(
    status: Status | None, model: str | None, benchmark: str | None, limit: int, as_json: bool
) -> None:
    """Comparisons, newest first, as candidates x inputs x repeats."""
    with told() as world:
        wanted = ComparisonFilter(status=status, model=model, benchmark=benchmark)
        found, _ = service.page(world, wanted, limit=limit)
        if as_json:
            click.echo(json.dumps([compared.told_of(each) for each in found]))
            return
        for each in found:
            click.echo(compared.line(each))


@comparisons.command()
@click.argument("comparison_id")
@click.option("--json", "as_json", is_flag=True, help="The readout as JSON.")
def show(comparison_id: str, as_json: bool) -> None:
    """What a comparison tells, also while it runs."""
    with told() as world:
        compared.tell(world, comparison_id, as_json=as_json)


@comparisons.command()
@click.argument("comparison_id")
@click.option("--budget-usd", help="What it may cost in all from now on.")
@click.option("--json", "as_json", is_flag=True, help="The readout as JSON.")
def resume(comparison_id: str, budget_usd: str | None, as_json: bool) -> None:
    """Go on here with one that was stopped, without asking again what is answered."""
    with told() as world:
        made = service.get(world, comparison_id)
        if made.status not in service.LIVE or budget_usd is not None:
            made = service.resume(world, comparison_id, budget=_amount(budget_usd))
        compared.run(world, made)
        compared.end(compared.tell(world, comparison_id, as_json=as_json))


@comparisons.command()
@click.argument("comparison_id")
def cancel(comparison_id: str) -> None:
    """Stop it, wherever it runs; `resume` goes on."""
    with told() as world:
        click.echo(compared.line(service.cancel(world, comparison_id)))


def _amount(typed: str | None) -> int | None:
    try:
        return None if typed is None else from_usd(typed)
    except ValueError:
        raise Invalid(f"{typed!r} is no amount", field="budget_usd") from None
