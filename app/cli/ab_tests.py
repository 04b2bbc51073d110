"""A/B tests at the command line: how one stands, more units, its winner rolled out, its false alarms."""

import click

from app.cli.opened import told
from app.domain.ab.metric import Metric
from app.domain.ab.readout import ArmFigures, Compared
from app.domain.ab.verdict import amount
from app.services.ab import false_alarms, readout, rolling_out, tests
from app.services.ab.readout import Known
from app.services.world import World

ACTOR = "command line"


@click.command("roll-out")
@click.argument("experiment_id")
@click.option("--arm", help="Another arm than the one that is proven best.")
@click.option("--force", is_flag=True, help="Though nothing is proven.")
def roll_out(experiment_id: str, arm: str | None, force: bool) -> None:
    """End an A/B test and start a rollout of its winner, guarded by what was measured."""
    with told() as world:
        rollout = rolling_out.roll_out(world, experiment_id, arm=arm, force=force)
        click.echo(f"{rollout.id}  {rollout.phase}")


@click.command("share")
@click.argument("experiment_id")
@click.argument("share", type=click.IntRange(1, 10_000))
def widen(experiment_id: str, share: int) -> None:
    """Let SHARE of 10 000 units take part in an A/B test; arms of those that do stay."""
    with told() as world:
        tests.widen(world, experiment_id, share=share, actor=ACTOR)
        click.echo(f"{share / 100:g} % of all units take part now")


@click.command("false-alarms")
@click.argument("experiment_id")
def alarms(experiment_id: str) -> None:
    """How often an A/A test would have claimed a difference on the values that came."""
    with told() as world:
        found = false_alarms.of(world, experiment_id)
        if found is None:
            click.echo("Fewer than 200 values came: too few to tell.")
            return
        click.echo(f"{found.values} values, {found.looks} looks, {found.planned.dealings} dealings at {found.alpha:g}")
        named = (("once, as planned", found.planned), ("peeking", found.peeking), ("valid now", found.valid_now))
        for name, one in named:
            click.echo(f"  {name:<18} {one.rate:6.1%}  [{one.low:.1%}, {one.high:.1%}]")


def show(world: World, experiment_id: str) -> None:
    """What is known, metric by metric, in both columns."""
    known = readout.readout(world, experiment_id)
    click.echo(known.readout.recommendation)
    for one in known.readout.verdicts:
        click.echo(f"  {one.word.upper()}: {one.sentence}")
    for line in _lines(known):
        click.echo(line)
    for warning in known.readout.warnings:
        click.echo(f"Warning: {warning}")


def _lines(known: Known) -> list[str]:
    found: list[str] = []
    for metric, one in zip(known.readout.design.metrics, known.readout.metrics, strict=True):
        against = {each.arm: each for each in one.against_control}
        found.append(f"{metric.name} ({metric.better} is better)")
        found.extend(_arm(metric, arm, against.get(arm.arm)) for arm in one.arms)
    return found


def _arm(metric: Metric, arm: ArmFigures, against: Compared | None) -> str:
    mean = "-" if arm.mean is None else amount(metric, arm.mean)
    line = f"  {arm.arm:<24} {arm.units:>8} units  {arm.n:>8} values  mean {mean}"
    if against is None:
        return f"{line}  control"
    now, plan = against.now, against.planned
    if now.diff is None or now.low is None or now.high is None:
        return f"{line}  nothing to compare yet"
    low, high = amount(metric, now.low, signed=True), amount(metric, now.high, signed=True)
    line += f"  now {amount(metric, now.diff, signed=True)} [{low}, {high}] p {now.p_value:.4f}"
    if plan.reached and plan.p_adjusted is not None:
        return f"{line}  at the plan p {plan.p_adjusted:.4f} ({plan.test})"
    return f"{line}  plan not reached"
