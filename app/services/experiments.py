"""An experiment is drafted, started and ended; while it runs it owns the weights of its use case, one at a time."""

from dataclasses import replace

from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain import allocation_json
from app.domain.allocation import initial
from app.domain.errors import Conflict, Invalid
from app.domain.evidence import Scale
from app.domain.experiment import Experiment, Policy
from app.domain.flow import Flow
from app.services import experiment_events, shadow
from app.services.ab import planning
from app.services.ab import tests as ab_tests
from app.services.ab.wanted import WantedTest
from app.services.editing import edit
from app.services.ending import end, make_way, not_running
from app.services.epochs import by_id, open_epoch
from app.services.observing import plan_of
from app.services.rollout_json import terms_to_json, wanted_of, wanted_to_json
from app.services.rollouts import Wanted, plan_for, terms_for
from app.services.world import World


def start(world: World, use_case_code: str, wanted: Wanted) -> Experiment:
    """A running experiment over the active flows, from the weights they have now.

    One that is decided and only watched ends. Raises NotFound, Invalid naming what does not fit, Conflict when another
    one is under way or fewer than two flows are active.
    """
    return edit(world, lambda tx: start_in(tx, world, use_case_code, wanted))


def start_in(tx: Tx, world: World, use_case_code: str, wanted: Wanted) -> Experiment:
    """As `start`, within an edit that does more."""
    return _begin(tx, world, _drafted(tx, world, use_case_code, wanted))


def check(world: World, use_case_code: str, wanted: Wanted | WantedTest) -> None:
    """Raises what drafting it now would raise: NotFound, Invalid naming what does not fit, Conflict."""
    if isinstance(wanted, WantedTest):
        planning.plan(world, use_case_code, wanted)
        return
    with world.store.read() as tx:
        _drafted(tx, world, use_case_code, wanted)


def draft(world: World, use_case_code: str, wanted: Wanted) -> Experiment:
    """An experiment that waits to be started; checked as if it were started now. Raises as `start`."""

    def apply(tx: Tx) -> Experiment:
        experiment = _drafted(tx, world, use_case_code, wanted)
        rows.add(tx, experiment)
        return experiment

    return edit(world, apply)


def change(world: World, experiment_id: str, wanted: Wanted) -> Experiment:
    """The draft with another configuration. Raises NotFound, Invalid, Conflict once it was started: it is frozen."""

    def apply(tx: Tx) -> Experiment:
        before = _draft(tx, experiment_id, policy="progressive")
        plan_for(_flows(tx, before.use_case_id), wanted)
        after = replace(before, config={"wanted": wanted_to_json(wanted)})
        rows.update_state(tx, before, after)
        return after

    return edit(world, apply)


def begin(world: World, experiment_id: str) -> Experiment:
    """The draft, started. Raises as `start`, and Conflict when it is no draft."""
    if get(world, experiment_id).policy == "fixed":
        return ab_tests.begin(world, experiment_id)

    def apply(tx: Tx) -> Experiment:
        waiting = _draft(tx, experiment_id)
        rows.delete(tx, waiting.id)
        return _begin(tx, world, waiting)

    return edit(world, apply)


def delete(world: World, experiment_id: str) -> None:
    """Forget a draft. Raises NotFound, Conflict once it was started: what happened stays on record."""
    edit(world, lambda tx: rows.delete(tx, _draft(tx, experiment_id).id))


def stop(world: World, experiment_id: str) -> Experiment:
    """End it; weights stay, new sessions count for no epoch. Raises NotFound, Conflict unless it runs."""

    def apply(tx: Tx) -> Experiment:
        experiment = rows.held(tx, experiment_id)
        if experiment.status != "running":
            raise not_running(experiment)
        return end(tx, world, experiment, "stopped by an operator; weights stay as they are")

    return edit(world, apply)


def get(world: World, experiment_id: str) -> Experiment:
    """The stored experiment. Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, experiment_id)


def page(
    world: World,
    *,
    use_case: str | None,
    status: str | None = None,
    policy: Policy | None = None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Experiment], str | None]:
    """Experiments, newest first. Raises NotFound for an unknown use case."""
    with world.store.read() as tx:
        owner = None if use_case is None else use_case_rows.get_by_code(tx, use_case).id
        return rows.page(tx, use_case_id=owner, status=status, policy=policy, cursor=cursor, limit=limit)


def _draft(tx: Tx, experiment_id: str, *, policy: Policy | None = None) -> Experiment:
    experiment = rows.get(tx, experiment_id)
    if policy is not None and experiment.policy != policy:
        raise Invalid(f"this draft has policy {experiment.policy}", field="policy")
    if experiment.status != "draft":
        raise Conflict("this experiment was started, and its configuration is frozen", code="experiment-started")
    return experiment


def _drafted(tx: Tx, world: World, use_case_code: str, wanted: Wanted) -> Experiment:
    use_case = use_case_rows.get_by_code(tx, use_case_code)
    plan_for(_flows(tx, use_case.id), wanted)
    return Experiment(
        id=world.new_id(),
        use_case_id=use_case.id,
        policy="progressive",
        status="draft",
        phase="draft",
        config={"wanted": wanted_to_json(wanted)},
        state={},
        outcome=None,
        winner_flow_id=None,
        started_at=world.now(),
        ended_at=None,
    )


def _begin(tx: Tx, world: World, waiting: Experiment) -> Experiment:
    make_way(tx, world, waiting.use_case_id)
    if rows.running_tests(tx, waiting.use_case_id):
        raise Conflict("an A/B test runs on this use case", code="experiment-running")
    experiment = _started(tx, world, waiting)
    rows.add(tx, experiment)
    plan = plan_of(experiment)
    open_epoch(tx, world, experiment, number=0, shares=by_id(experiment, plan, plan.start))
    experiment_events.record(tx, world, experiment, "started", f"started in phase {experiment.phase}")
    return experiment


def _started(tx: Tx, world: World, waiting: Experiment) -> Experiment:
    wanted = wanted_of(waiting)
    flows = _flows(tx, waiting.use_case_id)
    seen = shadow.warm_start(tx, waiting.use_case_id, flows, Scale(wanted.counted_as)) if wanted.warm_start else ()
    plan = plan_for(flows, wanted, seen=seen)
    state = initial(plan)
    return replace(
        waiting,
        status="running",
        phase=state.phase,
        config={
            "wanted": wanted_to_json(wanted),
            "plan": allocation_json.plan_to_json(plan),
            "flow_ids": {flow.code: flow.id for flow in flows},
            "tick_s": wanted.tick_s,
            "terms": terms_to_json(terms_for(flows, wanted)),
        },
        state=allocation_json.state_to_json(state),
        started_at=world.now(),
    )


def _flows(tx: Tx, use_case_id: str) -> list[Flow]:
    return [flow for flow in flow_rows.of_use_case(tx, use_case_id) if flow.active]
