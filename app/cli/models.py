"""`models` shows, prices and tries the catalogue and says who does which task; its commands keep the prices right."""

import json
from typing import Final, cast, get_args

import click

from app.cli.model_costs import cost
from app.cli.model_trial import test
from app.cli.models_record import record
from app.cli.opened import told
from app.cli.prices import import_prices, reprice
from app.cli.reconcile import reconcile
from app.cli.table import aligned
from app.cli.tasks import hand_over
from app.domain.model import Model, Tier, cost_efficiency, price_at
from app.domain.money import to_usd
from app.services import model_search, model_uses, tasks
from app.services.model_search import Sort, Sought, is_configured
from app.services.prices import priced
from app.services.world import World

HEADER: Final = ("", "model", "provider", "tier", "context", "efficiency", "usable", "USD per million in / out")


@click.group(invoke_without_command=True)
@click.option("--provider", help="Only models of this provider.")
@click.option("--capability", help="Only models that can do this.")
@click.pass_context
def models(context: click.Context, provider: str | None, capability: str | None) -> None:
    """The catalogue with today's prices per million tokens, and the task assignments."""
    if context.invoked_subcommand is None:
        capabilities = () if capability is None else (capability,)
        with told() as world:
            _show(world, Sought(provider=provider, capabilities=capabilities), as_json=False)


@models.command("list")
@click.option("--provider", help="Only models of this provider.")
@click.option("--capability", "capabilities", multiple=True, help="Only models that can do this; may be repeated.")
@click.option("--tier", type=click.Choice(get_args(Tier)), help="Only models of this tier.")
@click.option("--recommended", is_flag=True, help="Only recommended models.")
@click.option("--usable", is_flag=True, help="Only models whose provider this server can ask.")
@click.option("--current", is_flag=True, help="Only models that are not legacy.")
@click.option(
    "--sort", type=click.Choice(get_args(Sort)), default="catalogue", show_default=True, help="What is first."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_models(
    provider: str | None,
    capabilities: tuple[str, ...],
    tier: str | None,
    recommended: bool,
    usable: bool,
    current: bool,
    sort: str,
    as_json: bool,
) -> None:
    """Models with price, tier and efficiency, `*` recommended; then which model does which task."""
    sought = Sought(
        provider=provider,
        capabilities=capabilities,
        tier=cast(Tier | None, tier),
        recommended=True if recommended else None,
        configured=True if usable else None,
        legacy=False if current else None,
        sort=cast(Sort, sort),
    )
    with told() as world:
        _show(world, sought, as_json=as_json)


@models.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def info(slug: str, as_json: bool) -> None:
    """All that is known of the model SLUG, and who asks it: tasks, preferences, flows."""
    with told() as world:
        model = priced(world, world.catalogue.get(slug, field="slug"))
        used = model_uses.uses(world, model.slug)
        facts = {
            **_facts(world, model),
            "title": model.title,
            "description": model.description,
            "provider_model_id": model.provider_model_id,
            "capabilities": sorted(model.capabilities),
            "max_output_tokens": model.max_output_tokens,
            "latency_ms": model.latency_ms,
            "aliases": list(model.aliases),
            "tasks": list(used.tasks),
            "preferences": used.preferences,
            "flows": list(used.flows),
        }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for line in aligned([(name.replace("_", " "), _words(value)) for name, value in facts.items()]):
        click.echo(line)


@models.command()
@click.argument("task")
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def switch(task: str, model: str, as_json: bool) -> None:
    """Give TASK to MODEL, a slug or `auto`; the next request is served by it."""
    hand_over(task, model, as_json=as_json)


for command in (cost, record, test, import_prices, reprice, reconcile):
    models.add_command(command)


def _show(world: World, sought: Sought, *, as_json: bool) -> None:
    found = model_search.search(world, sought)
    assigned = tasks.assignments(world)
    if as_json:
        told_tasks = [{"task": each.task, "model": each.model, "source": each.source} for each in assigned]
        click.echo(json.dumps({"models": [_facts(world, model) for model in found], "tasks": told_tasks}))
        return
    for line in aligned([HEADER, *(_row(world, model) for model in found)], right=(4, 5)):
        click.echo(line)
    for each in assigned:
        click.echo(f"task {each.task:<22} {each.model}  ({each.source})")


def _row(world: World, model: Model) -> tuple[str, ...]:
    price, efficiency = price_at(model, world.now()), cost_efficiency(model, world.now())
    return (
        "*" if model.recommended else "",
        model.slug,
        model.provider,
        f"{model.tier}, legacy" if model.legacy else model.tier,
        str(model.context_window),
        "-" if efficiency is None else f"{efficiency:.1f}",
        "yes" if is_configured(world, model) else "no",
        "unpriced" if price is None else f"{to_usd(price.rates.input)} / {to_usd(price.rates.output)} USD",
    )


def _facts(world: World, model: Model) -> dict[str, object]:
    price = price_at(model, world.now())
    return {
        "slug": model.slug,
        "provider": model.provider,
        "tier": model.tier,
        "recommended": model.recommended,
        "legacy": model.legacy,
        "configured": is_configured(world, model),
        "context_window": model.context_window,
        "input_usd": None if price is None else to_usd(price.rates.input),
        "output_usd": None if price is None else to_usd(price.rates.output),
        "price_since": None if price is None else price.valid_from.isoformat(),
        "cost_efficiency": cost_efficiency(model, world.now()),
    }


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value)) or "none"
        case None:
            return "unknown"
        case float():
            return f"{value:.1f}"
        case _:
            return str(value)
