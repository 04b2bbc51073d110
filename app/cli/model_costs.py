"""`models cost` lays side by side what numbers of tokens cost on each model."""

import json

import click

from app.cli.opened import told
from app.cli.table import aligned
from app.domain.money import to_usd
from app.services import model_costs
from app.services.model_costs import OUTPUT_SHARE, TOKENS, ModelCosts

COUNT = click.IntRange(1, 10**12)


@click.command()
@click.argument("slugs", nargs=-1)
@click.option("--tokens", type=COUNT, multiple=True, help="Tokens in total; may be repeated. Default: 1k, 10k, 100k.")
@click.option(
    "--output-share", type=click.FloatRange(0, 1), default=OUTPUT_SHARE, help="Part that is written; default: a third."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def cost(slugs: tuple[str, ...], tokens: tuple[int, ...], output_share: float, as_json: bool) -> None:
    """What tokens cost on the models SLUGS, or on all that chat: the cheapest first, efficiency 0 to 100."""
    with told() as world:
        wanted = model_costs.volumes(tokens or TOKENS, output_share)
        found = model_costs.table(world, wanted, models=slugs)
    if as_json:
        click.echo(json.dumps([_told(each) for each in found]))
        return
    header = ("model", "tier", "efficiency", *(f"{volume.tokens} tokens" for volume in wanted))
    for line in aligned([header, *map(_row, found)], right=range(2, len(header))):
        click.echo(line)
    click.echo(f"USD; {output_share:.0%} of the tokens are written by the model")


def _row(found: ModelCosts) -> tuple[str, ...]:
    efficiency = "-" if found.efficiency is None else f"{found.efficiency:.1f}"
    costs = ("unknown" if nanos is None else to_usd(nanos) for _, nanos in found.costs)
    return (found.model.slug, found.model.tier, efficiency, *costs)


def _told(found: ModelCosts) -> dict[str, object]:
    """A line as JSON; null where the price is unknown."""
    return {
        "model": found.model.slug,
        "tier": found.model.tier,
        "cost_efficiency": found.efficiency,
        "costs": [
            {
                "tokens": volume.tokens,
                "input_tokens": volume.input_tokens,
                "output_tokens": volume.output_tokens,
                "cost_usd": None if nanos is None else to_usd(nanos),
            }
            for volume, nanos in found.costs
        ],
    }
