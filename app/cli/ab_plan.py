"""`experiments plan` says what an A/B test would take, and what could be found at all; it stores nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import click
from pydantic import ValidationError

from app.cli.opened import failure, opened
from app.domain.ab.metric import Kind
from app.domain.errors import ModelMatchError
from app.domain.statistics.alternatives import Side
from app.services import flows
from app.services.ab import planning
from app.services.ab.form import AbForm
from app.services.ab.plan_json import plan_to_json
from app.services.world import World

MONEY = ("mde", "mean", "deviation", "high")  # typed in dollars where the metric is a cost


@click.command()
@click.option("--use-case", "code", required=True, help="Whose traffic it is.")
@click.option("--metric", "kind", required=True, type=click.Choice(get_args(Kind)), help="What is measured of a unit.")
@click.option(
    "--mde", required=True, help="The least effect that must be found, in units of the metric; cost in dollars."
)
@click.option("--arms", help="Flows, by commas, the control first; by default all that are active.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance to find that effect.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Chance to claim an effect without any.")
@click.option(
    "--side", type=click.Choice(get_args(Side)), default="two-sided", show_default=True, help="Which effects."
)
@click.option("--share", type=int, default=1_000, show_default=True, help="Units that take part, in 1/10 000.")
@click.option("--mean", help="What is expected without any effect; by default what current traffic shows.")
@click.option("--deviation", help="Standard deviation that is expected; likewise.")
@click.option("--answering", type=float, help="Part of the units that come to have a value; likewise.")
@click.option("--name", help="Under which a number is reported.")
@click.option("--low", type=float, help="Where the range of a number or of latency begins.")
@click.option("--high", help="Where the range of a number, of latency or of cost ends.")
@click.option("--json", "as_json", is_flag=True, help="As POST ab-plan answers.")
def plan(code: str, as_json: bool, **given: Any) -> None:  # Any: what click has parsed, which the form checks
    """What an A/B test would take; nothing is stored."""
    with opened() as world:
        try:
            wanted = AbForm.model_validate(_written(world, code, given)).wanted(planning.slowest_ms(world))
            found = plan_to_json(planning.plan(world, code, wanted), wanted.metric.kind)
        except (ValidationError, ModelMatchError) as error:
            raise failure(error) from None
    click.echo(json.dumps(found) if as_json else "\n".join(_table(found)))


def _written(world: World, code: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """As the form takes it. Any: each value as click has parsed it."""
    amounts = {name: value for name in MONEY if (value := _amount(given, name)) is not None}
    named = {_key(given, name): value for name, value in amounts.items()}
    measured = {"kind": given["kind"], "name": given["name"], "low": given["low"]}
    return {
        "arms": [{"flow": flow} for flow in _arms(world, code, given["arms"])],
        "metric": {**measured, **_picked(named, "high")},
        "baseline": {**_picked(named, "mean", "deviation"), "answering": given["answering"]},
        **_picked(named, "mde"),
        **{name: given[name] for name in ("power", "alpha", "side", "share")},
    }


def _amount(given: Mapping[str, Any], name: str) -> float | str | None:
    """The amount: a number, of a cost the dollars as they were typed."""
    typed: str | None = given[name]
    if typed is None or given["kind"] == "cost":
        return typed
    try:
        return float(typed)
    except ValueError:
        raise click.BadParameter(f"{typed!r} is not a number", param_hint=f"--{name}") from None


def _key(given: Mapping[str, Any], name: str) -> str:
    return f"{name}_usd" if given["kind"] == "cost" else name


def _picked(named: Mapping[str, object], *names: str) -> dict[str, object]:
    return {key: value for key, value in named.items() if key.removesuffix("_usd") in names}


def _arms(world: World, code: str, typed: str | None) -> list[str]:
    """The flows that were typed, else all active ones, the one with most traffic first."""
    if typed is not None:
        return [flow.strip() for flow in typed.split(",")]
    found, _ = flows.page(world, code, search=None, order="code", cursor=None, limit=100)
    return [flow.code for flow in sorted(found, key=lambda flow: -flow.weight) if flow.active]


def _table(told: Mapping[str, Any]) -> Sequence[str]:
    """For people. Any: JSON."""
    baseline, days = told["baseline"], told["days"]
    lines = [f"{'arm':<32} {'values':>12}"]
    lines += [f"{arm:<32} {values:>12,}" for arm, values in told["per_arm"].items()]
    lines += ["", f"{'units in all':<32} {told['units']:>12,}"]
    lines += [f"{'units a day, whole use case':<32} {told['observed']['units_per_day']:>12,.1f}"]
    lines += [f"{'days':<32} {'unknown' if days is None else format(days, ',.1f'):>12}"]
    for name in ("mean", "deviation", "answering"):
        lines += [f"{name + ', ' + baseline[name + '_source']:<32} {_shown(baseline, name):>12}"]
    lines += ["", f"{'days':>4} {'units':>12} {'least effect':>14}"]
    lines += [f"{each['days']:>4} {each['units']:>12,} {_shown(each, 'mde'):>14}" for each in told["findable"]]
    return [*lines, *(["", *told["warnings"]] if told["warnings"] else [])]


def _shown(told: Mapping[str, Any], name: str) -> str:
    money, plain = told.get(f"{name}_usd"), told[name]
    return f"${money}" if money is not None else "none" if plain is None else f"{plain:.4g}"
