"""Advancing shows the allocator what has been seen and carries out what it decides: weights, epochs, and a move."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import reduce
from typing import Final

from app.db import evidence as evidence_rows
from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import moves as move_rows
from app.db.uow import Tx
from app.domain import allocation_json, allocator
from app.domain.allocation import Decision, Observation, Outcome, Plan, State
from app.domain.commands import Command, obey
from app.domain.errors import Conflict
from app.domain.evidence import Evidence, empty
from app.domain.experiment import Decider, Experiment, Move
from app.services import experiment_events
from app.services.epochs import by_id, open_epoch
from app.services.observing import flow_ids, observation, plan_of
from app.services.terms import terms_of
from app.services.tidings import tidings
from app.services.world import World

UNAWARE: Final = timedelta(seconds=5)  # by then every process has looked at the revision
OUTCOMES: Final[Mapping[Outcome, str]] = {"winner": "completed", "guess": "completed", "forced": "completed"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the allocator with its inputs; `command` when an operator made it."""

    experiment: Experiment
    plan: Plan
    before: State
    seen: Observation
    decision: Decision
    command: Command | None = None

    def totals(self) -> tuple[Evidence, ...]:
        """The evidence of each flow over all epochs that were read, in the plan's order."""
        nothing = (empty(self.plan.scale),) * len(self.plan.flows)
        return reduce(_added, self.seen.evidence.values(), nothing)

    @property
    def visible(self) -> bool:
        """Whether anything but the allocator's own bookkeeping changed."""
        after = self.decision.state
        return (
            self.command is not None
            or after.weights != self.before.weights
            or after.phase != self.before.phase
            or after.outcome != self.before.outcome
            or len(after.dropped) != len(self.before.dropped)
            or len(after.escaped) != len(self.before.escaped)
            or after.epochs[-1].number != self.before.epochs[-1].number
        )


def _added(left: Sequence[Evidence], right: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(one.plus(other) for one, other in zip(left, right, strict=True))


def advance_on_feedback(world: World, use_case_id: str) -> Move | None:
    """Advance at once after feedback; writes only when something visible changes."""
    step = look(world, use_case_id)
    return carry_out(world, step) if step is not None and step.visible else None


def advance(world: World, use_case_id: str) -> Move | None:
    """Advance at a tick: whatever the allocator remembers is stored too. Twice, late or in two places: same result."""
    step = look(world, use_case_id)
    if step is None or step.decision.state == step.before:
        return None
    return carry_out(world, step)


def look(world: World, use_case_id: str) -> Step | None:
    """What the allocator would do now; None when no progressive experiment runs."""
    with world.store.read() as tx:
        experiment = rows.running(tx, use_case_id)
        if experiment is None or experiment.policy != "progressive":
            return None
        return look_in(tx, world, experiment, whole=False)


def look_at(world: World, experiment: Experiment, *, whole: bool) -> Step:
    """As `look_in`, with a look at the store of its own."""
    with world.store.read() as tx:
        return look_in(tx, world, experiment, whole=whole)


def look_in(tx: Tx, world: World, experiment: Experiment, *, whole: bool, command: Command | None = None) -> Step:
    """What the allocator would do now with this experiment, or does at the command; an ended one as of its end.

    `whole`: also read the evidence of settled epochs, which the allocator has summed in its state and asks for no more.
    Raises what `obey` raises for a command that cannot be carried out.
    """
    plan = plan_of(experiment)
    before = allocation_json.state_from_json(experiment.state)
    since = 0 if whole else before.epochs[0].number
    seen = observation(
        experiment,
        plan,
        epochs=rows.epochs_of(tx, experiment.id, since=since),
        rows=evidence_rows.of_experiment(tx, experiment.id, since=since),
        moment=experiment.ended_at or world.now(),
    )
    if command is not None:
        return Step(experiment, plan, before, seen, obey(plan, before, seen, command), command)
    paused = experiment.paused_at is not None
    return Step(experiment, plan, before, seen, allocator.advance(plan, before, seen, paused=paused))


def carry_out(world: World, step: Step) -> Move | None:
    """Store the step in one transaction; None when nothing visible changed, or when another process was faster."""
    try:
        with world.store.write() as tx:
            if step.visible:
                world.store.bump(tx)  # first, as every edit does: nobody waits for another in a circle
            after = take(tx, world, step, actor="allocator")
            move = move_rows.latest(tx, after.id) if step.visible else None
    except Conflict:
        return None  # the state this step was computed from is gone: the one who changed it looked at the same evidence
    world.snapshots.refresh()
    return move


def take(tx: Tx, world: World, step: Step, *, actor: str) -> Experiment:
    """Write the step: state, weights, epoch, move, sessions that must go, and what others are told of it.

    Raises Conflict (`experiment-changed`) when the state that it was computed from is gone.
    """
    after = _advanced(step)
    rows.update_state(tx, step.experiment, after)
    if not step.visible:
        return after
    _move(tx, world, step, actor)
    _next_epoch(tx, world, step)
    _evict(tx, world, step)
    for kind, text, data in tidings(step.plan, step.before, step.decision):
        experiment_events.record(tx, world, after, kind, text, {**data, "actor": actor})
    return after


def _advanced(step: Step) -> Experiment:
    """The experiment after the step; it runs on when decided, so that a winner who falls is noticed (§8)."""
    decision = step.decision
    outcome = None if decision.outcome is None else OUTCOMES.get(decision.outcome, decision.outcome)
    decider: Decider | None = step.experiment.decided_by
    if decision.outcome is None:
        decider = None
    elif decision.outcome != step.before.outcome:
        decider = "rule" if step.command is None else "operator"
    return replace(
        step.experiment,
        phase=decision.phase,
        state=allocation_json.state_to_json(decision.state),
        outcome=outcome,
        decided_by=decider,
        winner_flow_id=None if decision.winner is None else flow_ids(step.experiment)[decision.winner],
    )


def _move(tx: Tx, world: World, step: Step, actor: str) -> None:
    after = by_id(step.experiment, step.plan, step.decision.weights)
    # As they are, not as the state has them: between an end and a re-opening people may have set others.
    found = {flow.id: flow.weight for flow in flow_rows.of_use_case(tx, step.experiment.use_case_id)}
    flow_rows.set_weights(tx, step.experiment.use_case_id, after)
    inputs: dict[str, object] = {
        "plan": allocation_json.plan_to_json(step.plan),
        "state": dict(step.experiment.state),
        "observation": allocation_json.observation_to_json(step.seen),
        "paused": step.experiment.paused_at is not None,
    }
    move = Move(
        id=world.new_id(),
        at=move_rows.following(tx, step.experiment.use_case_id, world.now()),
        use_case_id=step.experiment.use_case_id,
        experiment_id=step.experiment.id,
        before={flow_id: found.get(flow_id, 0) for flow_id in after},
        after=after,
        phase=step.decision.phase,
        reason=step.decision.reason,
        actor=actor,
        inputs=inputs if step.command is None else {**inputs, "command": asdict(step.command)},
        outputs=allocation_json.decision_to_json(step.decision),
    )
    move_rows.add(tx, move)


def _next_epoch(tx: Tx, world: World, step: Step) -> None:
    known = step.before.epochs[-1].number
    for epoch in step.decision.state.epochs:
        if epoch.number > known:
            shares = by_id(step.experiment, step.plan, epoch.weights)
            open_epoch(tx, world, step.experiment, number=epoch.number, shares=shares)


def _evict(tx: Tx, world: World, step: Step) -> None:
    """Sessions of a flow that has just escaped go to other flows at their next step, unless they may finish.

    So do those that processes which have not heard of it yet still assign to it meanwhile.
    """
    if terms_of(step.experiment).on_escape != "evict":
        return
    known = {removal.flow for removal in step.before.escaped}
    ids = flow_ids(step.experiment)
    for removal in step.decision.escaped:
        if removal.flow not in known:
            flow_rows.evict(tx, ids[removal.flow], world.now() + UNAWARE)
