"""`models` shows the catalogue and who does which task; its commands keep the prices right."""

import click

from app.cli.opened import opened
from app.cli.prices import import_prices, reprice
from app.cli.reconcile import reconcile
from app.domain.money import to_usd
from app.services import tasks
from app.services.prices import price_of


@click.group(invoke_without_command=True)
@click.option("--provider", help="Only models of this provider.")
@click.option("--capability", help="Only models that can do this.")
@click.pass_context
def models(context: click.Context, provider: str | None, capability: str | None) -> None:
    """The catalogue with today's prices per million tokens, and the task assignments."""
    if context.invoked_subcommand is not None:
        return
    with opened() as world:
        moment = world.now()
        found = [
            (model, price_of(world, model, moment))
            for model in world.catalogue.models.values()
            if provider in (None, model.provider) and (capability is None or capability in model.capabilities)
        ]
        assigned = tasks.assignments(world)
    for model, price in found:
        cost = "unpriced" if price is None else f"{to_usd(price.rates.input)} / {to_usd(price.rates.output)} USD"
        mark = "*" if model.recommended else " "
        click.echo(f"{mark} {model.slug:<36} {model.tier:<6} {model.context_window:>9}  {cost}")
    for assignment in assigned:
        click.echo(f"task {assignment.task:<22} {assignment.model}  ({assignment.source})")


for command in (import_prices, reprice, reconcile):
    models.add_command(command)
