"""Advancing shows the allocator what has been seen and carries out what it decides: weights, epochs, and a move."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from app.db import evidence as evidence_rows
from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import moves as move_rows
from app.db.uow import Tx
from app.domain import allocation_json, allocator
from app.domain.allocation import Decision, Observation, Plan, State
from app.domain.errors import Conflict
from app.domain.evidence import Evidence, empty
from app.domain.experiment import Experiment, Move
from app.services import experiments
from app.services.observing import flow_ids, observation, plan_of
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the allocator with its inputs."""

    experiment: Experiment
    plan: Plan
    before: State
    seen: Observation
    decision: Decision

    def totals(self) -> tuple[Evidence, ...]:
        """The evidence of each flow over all epochs that were read, in the plan's order."""
        nothing = (empty(self.plan.scale),) * len(self.plan.flows)
        return reduce(_added, self.seen.evidence.values(), nothing)

    @property
    def visible(self) -> bool:
        """Whether anything but the allocator's own bookkeeping changed."""
        after = self.decision.state
        return (
            after.weights != self.before.weights
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
    return look_at(world, experiment, whole=False)


def look_at(world: World, experiment: Experiment, *, whole: bool) -> Step:
    """What the allocator would do now with this experiment; an ended one is looked at as of its end.

    `whole`: also read the evidence of settled epochs, which the allocator has summed in its state and asks for no more.
    """
    plan = plan_of(experiment)
    before = allocation_json.state_from_json(experiment.state)
    with world.store.read() as tx:
        epochs = rows.epochs_of(tx, experiment.id)
        seen_rows = evidence_rows.of_experiment(tx, experiment.id, since=0 if whole else before.epochs[0].number)
    moment = experiment.ended_at or world.now()
    seen = observation(experiment, plan, epochs=epochs, rows=seen_rows, moment=moment)
    return Step(experiment, plan, before, seen, allocator.advance(plan, before, seen))


def carry_out(world: World, step: Step) -> Move | None:
    """Store the step in one transaction; None when no weight changed, or when another process was faster."""
    try:
        move = _store(world, step)
    except Conflict:
        return None  # the state this step was computed from is gone: the one who changed it looked at the same evidence
    world.snapshots.refresh()
    return move


def _store(world: World, step: Step) -> Move | None:
    with world.store.write() as tx:
        if step.visible:
            world.store.bump(tx)  # first, as every edit does: nobody waits for another in a circle
        after = _advanced(step)
        rows.update_state(tx, step.experiment, after)
        move = _move(tx, world, step) if _moves(step) else None
        _next_epoch(tx, world, step)
    return move


def _advanced(step: Step) -> Experiment:
    """The experiment after the step; it runs on when completed, so that a winner who falls is noticed (§8)."""
    decision = step.decision
    return replace(
        step.experiment,
        phase=decision.phase,
        state=allocation_json.state_to_json(decision.state),
        outcome=decision.outcome,
        winner_flow_id=None if decision.winner is None else flow_ids(step.experiment)[decision.winner],
    )


def _moves(step: Step) -> bool:
    return step.decision.state.weights != step.before.weights or step.decision.outcome != step.before.outcome


def _move(tx: Tx, world: World, step: Step) -> Move:
    before = experiments.by_id(step.experiment, step.plan, step.before.weights)
    after = experiments.by_id(step.experiment, step.plan, step.decision.weights)
    flow_rows.set_weights(tx, step.experiment.use_case_id, after)
    move = Move(
        id=world.new_id(),
        at=world.now(),
        use_case_id=step.experiment.use_case_id,
        experiment_id=step.experiment.id,
        before=before,
        after=after,
        phase=step.decision.phase,
        reason=step.decision.reason,
        actor="allocator",
        inputs={
            "plan": allocation_json.plan_to_json(step.plan),
            "state": dict(step.experiment.state),
            "observation": allocation_json.observation_to_json(step.seen),
        },
        outputs=allocation_json.decision_to_json(step.decision),
    )
    move_rows.add(tx, move)
    return move


def _next_epoch(tx: Tx, world: World, step: Step) -> None:
    last = step.decision.state.epochs[-1]
    if last.number != step.before.epochs[-1].number:
        shares = experiments.by_id(step.experiment, step.plan, last.weights)
        experiments.open_epoch(tx, world, step.experiment, number=last.number, shares=shares)
