"""`experiments` drafts, starts, steers, reads and replays experiments."""

import json
from pathlib import Path
from typing import Final

import click
from pydantic import ValidationError

from app.cli import ab_tests
from app.cli.ab_plan import plan
from app.cli.opened import failure, told
from app.domain.errors import ModelMatchError
from app.domain.experiment import Experiment
from app.domain.readout import FlowReadout
from app.services import experiments as service
from app.services import operating, readout, replays
from app.services.ab import planning, tests
from app.services.ab.form import AbForm
from app.services.ab.wanted import WantedTest
from app.services.rollout_form import RolloutForm
from app.services.rollouts import Wanted
from app.services.world import World

ACTOR: Final = "command line"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def experiments() -> None:
    """Rollouts and A/B tests: each change of traffic on record and replayable, each claim honest."""


@experiments.command("list")
@click.option("--use-case", help="Only those of this use case.")
@click.option("--status", type=click.Choice(("draft", "running", "ended")), help="Only those.")
def list_experiments(use_case: str | None, status: str | None) -> None:
    """Experiments, newest first."""
    with told() as world:
        found, _ = service.page(world, use_case=use_case, status=status, cursor=None, limit=200)
        for experiment in found:
            click.echo(_line(world, experiment))


@experiments.command()
@click.argument("use_case")
@click.argument("configuration", type=FILE, required=False)
@click.option("--draft", is_flag=True, help="Keep it as a draft; `begin` starts it.")
def start(use_case: str, configuration: Path | None, draft: bool) -> None:
    """Start an experiment on USE_CASE; CONFIGURATION is a JSON file, as POST takes it; policy `fixed`: an A/B test."""
    with told() as world:
        wanted = _wanted(world, configuration)
        if isinstance(wanted, WantedTest):
            make_test = tests.draft if draft else tests.start
            click.echo(_line(world, make_test(world, use_case, wanted)))
            return
        make = service.draft if draft else service.start
        click.echo(_line(world, make(world, use_case, wanted)))


@experiments.command()
@click.argument("experiment_id")
def begin(experiment_id: str) -> None:
    """Start a draft."""
    with told() as world:
        click.echo(_line(world, service.begin(world, experiment_id)))


@experiments.command()
@click.argument("experiment_id")
def pause(experiment_id: str) -> None:
    """Leave the weights as they are until it is resumed; bad flows escape all the same."""
    with told() as world:
        click.echo(_line(world, operating.pause(world, experiment_id, actor=ACTOR)))


@experiments.command()
@click.argument("experiment_id")
def resume(experiment_id: str) -> None:
    """Let a paused experiment go on."""
    with told() as world:
        click.echo(_line(world, operating.resume(world, experiment_id, actor=ACTOR)))


@experiments.command()
@click.argument("experiment_id")
def stop(experiment_id: str) -> None:
    """End it; weights stay."""
    with told() as world:
        click.echo(_line(world, service.stop(world, experiment_id)))


@experiments.command()
@click.argument("experiment_id")
@click.argument("flow")
@click.option("--rollback", "shares", multiple=True, metavar="FLOW=WEIGHT", help="Who gets what then, in 1/10 000.")
def escape(experiment_id: str, flow: str, shares: tuple[str, ...]) -> None:
    """Take FLOW out of the traffic."""
    rollback = dict(map(_share, shares)) if shares else None
    with told() as world:
        click.echo(_line(world, operating.escape(world, experiment_id, flow, rollback=rollback, actor=ACTOR)))


@experiments.command()
@click.argument("experiment_id")
@click.argument("flow")
def complete(experiment_id: str, flow: str) -> None:
    """Give all traffic to FLOW."""
    with told() as world:
        click.echo(_line(world, operating.complete(world, experiment_id, flow, actor=ACTOR)))


@experiments.command()
@click.argument("experiment_id")
@click.option("--pardon", is_flag=True, help="Flows that had escaped take part again.")
def reopen(experiment_id: str, pardon: bool) -> None:
    """Open a decided or ended experiment again, with fresh evidence."""
    with told() as world:
        click.echo(_line(world, operating.reopen(world, experiment_id, pardon=pardon, actor=ACTOR)))


@experiments.command()
@click.argument("experiment_id")
def show(experiment_id: str) -> None:
    """What it knows, flow by flow, or arm by arm."""
    with told() as world:
        found = service.get(world, experiment_id)
        if found.policy == "fixed":
            click.echo(_line(world, found))
            ab_tests.show(world, experiment_id)
            return
        known = readout.readout(world, experiment_id)
        click.echo(_line(world, known.experiment))
        click.echo(known.reason)
        for flow in known.flows:
            click.echo(_flow(flow))


@experiments.command()
@click.argument("experiment_id")
def replay(experiment_id: str) -> None:
    """Take every recorded step again from its stored inputs; fails unless each comes out the same bit for bit."""
    steps, wrong = 0, 0
    with told() as world:
        for found in replays.replay(world, experiment_id):
            steps += 1
            wrong += bool(found.problems)
            verdict = "same" if not found.problems else f"DIFFERENT in {len(found.problems)} places"
            click.echo(f"{found.move.at:%Y-%m-%d %H:%M:%S}  {found.move.phase:<9}  {verdict}  {found.move.reason}")
            for problem in found.problems[:10]:
                click.echo(f"    {problem}")
    if wrong:
        raise click.ClickException(f"{wrong} of {steps} steps did not come out as they were stored")
    click.echo(f"{steps} steps came out the same, bit for bit")


for command in (plan, ab_tests.roll_out, ab_tests.widen, ab_tests.alarms):
    experiments.add_command(command)


def _wanted(world: World, configuration: Path | None) -> Wanted | WantedTest:
    """The file's configuration, with `policy: fixed` of an A/B test. Raises ClickException naming each wrong field."""
    if configuration is None:
        return Wanted()
    try:
        given = json.loads(configuration.read_bytes())
    except ValueError as error:
        raise click.ClickException(f"{configuration.name}: {error}") from None
    try:
        if isinstance(given, dict) and given.pop("policy", "progressive") == "fixed":
            return AbForm.model_validate(given).wanted(planning.slowest_ms(world))
        return RolloutForm.model_validate(given).wanted()
    except (ValidationError, ModelMatchError) as error:
        raise failure(error) from None


def _flow(flow: FlowReadout) -> str:
    low, high = flow.interval
    mean = "no feedback" if flow.mean is None else f"mean {flow.mean:.3f} [{low:.3f}, {high:.3f}]"
    seen = f"{flow.sessions:>8} sessions  {flow.feedback:>8} feedback"
    return f"  {flow.flow:<24} {flow.weight / 100:6.2f} %  {seen}  {mean}  P(best) {flow.p_best:.3f}  {flow.standing}"


def _share(text: str) -> tuple[str, int]:
    flow, _, weight = text.partition("=")
    if not flow or not weight.isdecimal():
        raise click.BadParameter(f"{text!r} is not FLOW=WEIGHT", param_hint="--rollback")
    return flow, int(weight)


def _line(world: World, experiment: Experiment) -> str:
    use_case = world.snapshots.current.use_cases_by_id.get(experiment.use_case_id)
    paused = " (paused)" if experiment.paused_at is not None else ""
    outcome = "" if experiment.outcome is None else f"  {experiment.outcome} by {experiment.decided_by}"
    name = "-" if use_case is None else use_case.code
    return f"{experiment.id}  {name}  {experiment.status}{paused}  {experiment.phase}{outcome}"
