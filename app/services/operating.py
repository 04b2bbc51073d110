"""What an operator does to a running experiment: pause and resume, force an escape or a completion, open it again."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db.uow import Tx
from app.domain.allocation_json import state_from_json
from app.domain.commands import Command
from app.domain.errors import Conflict, Invalid
from app.domain.experiment import Experiment
from app.domain.flow import Flow
from app.domain.weights import TOTAL
from app.services import advancing, experiment_events
from app.services.editing import edit
from app.services.ending import not_running
from app.services.observing import flow_ids, plan_of
from app.services.world import World


def pause(world: World, experiment_id: str, *, actor: str) -> Experiment:
    """Weights stay until it is resumed; flows that are proven bad escape all the same. Raises NotFound, Conflict."""

    def apply(tx: Tx) -> Experiment:
        before = _running(tx, experiment_id)
        if before.paused_at is not None:
            raise Conflict("this experiment is paused already", code="experiment-paused")
        after = replace(before, paused_at=world.now())
        rows.update_state(tx, before, after)
        experiment_events.record(
            tx, world, after, "paused", "paused: weights stay until it is resumed", {"actor": actor}
        )
        return after

    return edit(world, apply)


def resume(world: World, experiment_id: str, *, actor: str) -> Experiment:
    """Goes on where it was paused: the ramp has not moved meanwhile. Raises NotFound, Conflict unless it is paused."""

    def apply(tx: Tx) -> Experiment:
        before = _running(tx, experiment_id)
        if before.paused_at is None:
            raise Conflict("this experiment is not paused", code="experiment-not-paused")
        rested = advancing.take(tx, world, advancing.look_in(tx, world, before, whole=False), actor="allocator")
        after = replace(rested, paused_at=None)
        rows.update_state(tx, rested, after)
        experiment_events.record(tx, world, after, "resumed", "resumed", {"actor": actor})
        return after

    return edit(world, apply)


def escape(
    world: World, experiment_id: str, flow: str, *, rollback: dict[str, int] | None = None, actor: str
) -> Experiment:
    """The flow gets nothing from now on: by its rule's rollback, by this one if given, else the others share.

    Raises NotFound, Invalid for an unknown flow, a sum other than 10 000 or a share for a flow that has escaped,
    Conflict for the last flow.
    """

    def command(tx: Tx, experiment: Experiment) -> Command:
        named = _named(tx, experiment)
        leaves = named.get(flow, flow)
        given = None if rollback is None else _weights(experiment, leaves, rollback, named)
        return Command("escape", leaves, given)

    return _command(world, experiment_id, command, actor=actor)


def complete(world: World, experiment_id: str, flow: str, *, actor: str) -> Experiment:
    """The chosen flow gets all traffic. Raises NotFound, Invalid unless it takes part, Conflict if it has escaped."""

    def command(tx: Tx, experiment: Experiment) -> Command:
        return Command("complete", _named(tx, experiment).get(flow, flow))

    return _command(world, experiment_id, command, actor=actor)


def reopen(world: World, experiment_id: str, *, pardon: bool, actor: str) -> Experiment:
    """A new round from the weights of now, with fresh evidence; an experiment that had ended runs again.

    `pardon`: flows that had escaped are back too. Raises NotFound, Conflict when it is under way, when another one
    runs, or when its flows are not those that are active now.
    """

    def command(tx: Tx, experiment: Experiment) -> Command:
        if experiment.status == "running" and experiment.outcome is None:
            raise Conflict("this experiment is under way", code="experiment-running")
        weights = {flow.id: flow.weight for flow in _same_flows(tx, experiment)}
        ids = flow_ids(experiment)
        return Command("reopen", None, tuple(weights[ids[code]] for code in plan_of(experiment).flows), pardon)

    return _command(world, experiment_id, command, actor=actor, also_ended=True)


def _command(
    world: World,
    experiment_id: str,
    command: Callable[[Tx, Experiment], Command],
    *,
    actor: str,
    also_ended: bool = False,
) -> Experiment:
    def apply(tx: Tx) -> Experiment:
        before = rows.held(tx, experiment_id) if also_ended else _running(tx, experiment_id)
        if before.status == "draft":
            raise not_running(before)
        _a_rollout(before)
        wanted = command(tx, before)
        if before.status == "ended":
            before = _resurrected(tx, before)
        step = advancing.look_in(tx, world, before, whole=False, command=wanted)
        return advancing.take(tx, world, step, actor=actor)

    return edit(world, apply)


def _resurrected(tx: Tx, ended: Experiment) -> Experiment:
    """Running again; the store refuses when another one runs."""
    if rows.running_tests(tx, ended.use_case_id) or rows.running(tx, ended.use_case_id) is not None:
        raise Conflict("another experiment runs on this use case", code="experiment-running")
    running = replace(ended, status="running", ended_at=None)
    rows.update_state(tx, ended, running)
    return running


def _running(tx: Tx, experiment_id: str) -> Experiment:
    """Held, so that no advance that is under way elsewhere comes between looking and writing."""
    experiment = rows.held(tx, experiment_id)
    if experiment.status != "running":
        raise not_running(experiment)
    _a_rollout(experiment)
    return experiment


def _a_rollout(experiment: Experiment) -> None:
    if experiment.policy != "progressive":
        raise Conflict("this is an A/B test: it is stopped, or its winner rolled out", code="not-a-rollout")


def _same_flows(tx: Tx, experiment: Experiment) -> list[Flow]:
    active = [flow for flow in flow_rows.of_use_case(tx, experiment.use_case_id) if flow.active]
    if {flow.id for flow in active} != set(flow_ids(experiment).values()):
        raise Conflict("other flows are active now than when it began; start a new one", code="flows-changed")
    return active


def _named(tx: Tx, experiment: Experiment) -> dict[str, str]:
    """The name that the experiment knows a flow by, by the code that the flow has now."""
    known = {flow_id: name for name, flow_id in flow_ids(experiment).items()}
    flows = flow_rows.of_use_case(tx, experiment.use_case_id)
    return {flow.code: known[flow.id] for flow in flows if flow.id in known}


def _weights(
    experiment: Experiment, leaves: str, rollback: Mapping[str, int], named: Mapping[str, str]
) -> tuple[int, ...]:
    flows = plan_of(experiment).flows
    given = {named.get(code, code): weight for code, weight in rollback.items()}
    gone = {leaves, *(removal.flow for removal in state_from_json(experiment.state).escaped)}
    for code, weight in rollback.items():
        if named.get(code, code) not in flows:
            raise Invalid(f"{code!r} takes no part in this experiment", field=f"rollback.{code}")
        if weight > 0 and named.get(code, code) in gone:
            raise Invalid(f"{code!r} escapes or has escaped, and gets nothing", field=f"rollback.{code}")
    if sum(rollback.values()) != TOTAL:
        raise Invalid(f"weights sum to {sum(rollback.values())}, not to {TOTAL}", field="rollback")
    return tuple(given.get(name, 0) for name in flows)
