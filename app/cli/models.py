"""`models` shows the catalogue and who does which task."""

import click

from app.cli.opened import opened
from app.domain.model import price_at
from app.domain.money import to_usd
from app.services import tasks


@click.command()
@click.option("--provider", help="Only models of this provider.")
@click.option("--capability", help="Only models that can do this.")
def models(provider: str | None, capability: str | None) -> None:
    """The catalogue with today's prices per million tokens, and the task assignments."""
    with opened() as world:
        moment = world.now()
        found = [
            model
            for model in world.catalogue.models.values()
            if provider in (None, model.provider) and (capability is None or capability in model.capabilities)
        ]
        assigned = tasks.assignments(world)
    for model in found:
        price = price_at(model, moment)
        cost = "unpriced" if price is None else f"{to_usd(price.rates.input)} / {to_usd(price.rates.output)} USD"
        mark = "*" if model.recommended else " "
        click.echo(f"{mark} {model.slug:<36} {model.tier:<6} {model.context_window:>9}  {cost}")
    for assignment in assigned:
        click.echo(f"task {assignment.task:<22} {assignment.model}  ({assignment.source})")
