"""An experiment owns the weights of one use case from its start until it ends; one runs at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain import allocation_json, weights
from app.domain.allocation import Plan, initial
from app.domain.certification import Certification
from app.domain.errors import Conflict, Invalid
from app.domain.escape import EscapeRule
from app.domain.evidence import Kind, Scale
from app.domain.experiment import Epoch, Experiment
from app.domain.flow import Flow
from app.services.editing import edit
from app.services.observing import flow_ids
from app.services.world import World

EPSILON: Mapping[Kind, float] = {"rating": 0.025, "binary": 0.02, "decimal": 0.02}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a progressive experiment is asked to do; rewards are 0…1, `escape` by flow code.

    `baseline`: the flow kept when nothing can be certified, else the one with the largest weight. `mode` `optimise`
    goes on shifting for reward and never ends by itself. `tick_s`: length of the allocator's tick in seconds.
    """

    scale: Kind = "decimal"
    baseline: str | None = None
    epsilon: float | None = None
    delta: float = 0.05
    max_step_pct: float = 10.0
    max_sessions: int | None = None
    max_feedback: int | None = None
    certification: Certification = "fe"
    mode: Literal["certify", "optimise"] = "certify"
    tick_s: float = 60.0
    escape: Mapping[str, EscapeRule] = field(default_factory=dict)


def start(world: World, use_case_code: str, wanted: Wanted) -> Experiment:
    """A running experiment over the active flows, from the weights they have now.

    Raises NotFound, Invalid for a flow that is not active, Conflict when one runs already or fewer than two are active.
    """

    def apply(tx: Tx) -> Experiment:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        if rows.running(tx, use_case.id) is not None:
            raise Conflict(f"an experiment runs already on {use_case_code!r}", code="experiment-running")
        flows = [flow for flow in flow_rows.of_use_case(tx, use_case.id) if flow.active]
        plan = _plan(flows, wanted)
        moment = world.now()
        experiment = Experiment(
            id=world.new_id(),
            use_case_id=use_case.id,
            policy="progressive",
            status="running",
            phase="adaptive",
            config={
                "plan": allocation_json.plan_to_json(plan),
                "flow_ids": {flow.code: flow.id for flow in flows},
                "tick_s": wanted.tick_s,
            },
            state=allocation_json.state_to_json(initial(plan)),
            outcome=None,
            winner_flow_id=None,
            started_at=moment,
            ended_at=None,
        )
        rows.add(tx, experiment)
        open_epoch(tx, world, experiment, number=0, shares=by_id(experiment, plan, plan.start))
        return experiment

    return edit(world, apply)


def stop(world: World, experiment_id: str) -> Experiment:
    """End it; weights stay, new sessions count for no epoch. Raises NotFound, Conflict once it has ended."""

    def apply(tx: Tx) -> Experiment:
        experiment = rows.get(tx, experiment_id)
        if experiment.status != "running":
            raise Conflict("this experiment has ended", code="experiment-ended")
        moment = world.now()
        ended = replace(experiment, status="ended", outcome=experiment.outcome or "stopped", ended_at=moment)
        rows.update_state(tx, experiment, ended)
        close_epochs(tx, ended.id, moment)
        use_case_rows.set_epoch(tx, ended.use_case_id, None)
        return ended

    return edit(world, apply)


def by_id(experiment: Experiment, plan: Plan, shares: Sequence[int]) -> dict[str, int]:
    """Weights by flow id, from weights in the plan's order."""
    ids = flow_ids(experiment)
    return {ids[code]: weight for code, weight in zip(plan.flows, shares, strict=True)}


def open_epoch(tx: Tx, world: World, experiment: Experiment, *, number: int, shares: Mapping[str, int]) -> Epoch:
    """A new epoch of constant weights; the one before it closes."""
    moment = world.now()
    epoch = Epoch(
        id=world.new_id(),
        use_case_id=experiment.use_case_id,
        experiment_id=experiment.id,
        number=number,
        weights=shares,
        started_at=moment,
    )
    close_epochs(tx, experiment.id, moment)
    rows.add_epoch(tx, epoch)
    use_case_rows.set_epoch(tx, experiment.use_case_id, epoch.id)
    return epoch


def close_epochs(tx: Tx, experiment_id: str, moment: datetime) -> None:
    """No epoch of the experiment is open from that moment on."""
    for epoch in rows.epochs_of(tx, experiment_id):
        rows.close_epoch(tx, epoch.id, moment)


def get(world: World, experiment_id: str) -> Experiment:
    """The stored experiment. Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, experiment_id)


def page(world: World, *, use_case: str | None, cursor: str | None, limit: int) -> tuple[list[Experiment], str | None]:
    """Experiments, newest first. Raises NotFound for an unknown use case."""
    with world.store.read() as tx:
        owner = None if use_case is None else use_case_rows.get_by_code(tx, use_case).id
        return rows.page(tx, use_case_id=owner, cursor=cursor, limit=limit)


def _plan(flows: list[Flow], wanted: Wanted) -> Plan:
    if not wanted.tick_s > 0:
        raise Invalid("a tick lasts some time", field="tick_s")
    if len(flows) < 2:
        raise Conflict("an experiment needs at least two active flows", code="too-few-flows")
    codes = {flow.code: flow.weight for flow in flows}
    baseline = wanted.baseline or max(codes, key=codes.__getitem__)
    for field_name, code in (("baseline", baseline), *((f"escape.{code}", code) for code in wanted.escape)):
        if code not in codes:
            raise Invalid(f"{code!r} is no active flow of this use case", field=field_name)
    return Plan(
        flows=tuple(codes),
        baseline=baseline,
        scale=Scale(wanted.scale),
        start=tuple(weights.scaled(codes).values()),
        epsilon=EPSILON[wanted.scale] if wanted.epsilon is None else wanted.epsilon,
        escape=dict(wanted.escape),
        delta=wanted.delta,
        max_step_pct=wanted.max_step_pct,
        max_sessions=wanted.max_sessions,
        max_feedback=wanted.max_feedback,
        certification=wanted.certification,
        stop="never" if wanted.mode == "optimise" else "certified",
    )
