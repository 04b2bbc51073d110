"""`models import-prices` takes over published prices, `models reprice` counts history again."""

from datetime import UTC, datetime

import click

from app.cli.opened import opened
from app.domain.errors import ModelMatchError
from app.domain.money import to_usd
from app.services import price_import, repricing

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("import-prices")
@click.option("--model", "models", multiple=True, help="Only this model; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Show what would change and change nothing.")
def import_prices(models: tuple[str, ...], *, dry_run: bool) -> None:
    """Take over prices that genai-prices publishes, from today on, where they differ; no network is used."""
    with opened() as world:
        try:
            found = price_import.look(world, models)
            if not dry_run:
                price_import.take(world, found, actor="import-prices")
        except ModelMatchError as error:
            raise click.ClickException(error.message) from error
    for change in found.changes:
        for line, old, new in change.lines():
            click.echo(f"{change.model:<36} from {change.price.valid_from}  {line:<24} {_usd(old)} -> {_usd(new)}")
    for model, reason in found.left:
        click.echo(f"{model:<36} left as it is: {reason}")
    verb = "would change" if dry_run else "changed"
    click.echo(f"{len(found.changes)} prices {verb}, {found.same} models stay, {len(found.left)} were left.")


@click.command()
@click.option("--since", type=DAY, required=True, help="First UTC day, as 2026-11-01.")
@click.option("--until", type=DAY, help="UTC day after the last one; default: up to now.")
@click.option("--model", help="Only calls of this model.")
@click.option("--dry-run", is_flag=True, help="Count and change nothing.")
def reprice(since: datetime, until: datetime | None, model: str | None, *, dry_run: bool) -> None:
    """Count past calls again, each with the price of its own day; reported and cached ones stay."""
    with opened() as world:
        try:
            end = None if until is None else until.replace(tzinfo=UTC)
            done = repricing.reprice(world, since=since.replace(tzinfo=UTC), until=end, model=model, dry_run=dry_run)
        except ModelMatchError as error:
            raise click.ClickException(error.message) from error
    verb = "would change" if dry_run else "changed"
    click.echo(
        f"{done.changed} of {done.seen} calls {verb}, {done.newly_priced} of them had no price; "
        f"the sum by {to_usd(done.difference)} USD."
    )


def _usd(nanos: int | None) -> str:
    return "none" if nanos is None else to_usd(nanos)
