"""An A/B test is drafted, changed and started; ended it is by what ends any experiment."""

from collections.abc import Mapping
from dataclasses import replace

from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain.ab.design import Design
from app.domain.ab.metric import OPINIONS
from app.domain.ab.slots import size_of
from app.domain.errors import Conflict, Invalid
from app.domain.experiment import Epoch, Experiment
from app.domain.flow import Flow
from app.domain.rollout import Metric, Terms
from app.domain.use_case import UseCase
from app.services import experiment_events
from app.services.ab import designing, planning
from app.services.ab.designs import design_of, to_json
from app.services.ab.planning import Plan
from app.services.ab.wanted import WantedTest
from app.services.ab.wanted_json import wanted_of, wanted_to_json
from app.services.editing import edit
from app.services.ending import make_way, not_running
from app.services.rollout_json import terms_to_json
from app.services.world import World


def draft(world: World, use_case_code: str, wanted: WantedTest) -> Experiment:
    """A test that waits to be started; checked as if it were started now.

    Raises NotFound, Invalid naming what does not fit, Conflict for an inactive flow.
    """
    plan = planning.plan(world, use_case_code, wanted)

    def apply(tx: Tx) -> Experiment:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        experiment = _drafted(world, use_case, _design(tx, use_case, wanted, plan), wanted)
        rows.add(tx, experiment)
        return experiment

    return edit(world, apply)


def start(world: World, use_case_code: str, wanted: WantedTest) -> Experiment:
    """A running test. Raises as `draft`, and Conflict while a rollout is under way, or without free units."""
    plan = planning.plan(world, use_case_code, wanted)

    def apply(tx: Tx) -> Experiment:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        waiting = _drafted(world, use_case, _design(tx, use_case, wanted, plan), wanted)
        return _begin(tx, world, use_case, waiting, wanted, plan)

    return edit(world, apply)


def change(world: World, experiment_id: str, wanted: WantedTest) -> Experiment:
    """The draft, written anew. Raises as `draft`, and Conflict once it was started."""
    plan = planning.plan(world, _use_case_code(world, experiment_id), wanted)

    def apply(tx: Tx) -> Experiment:
        before = _waiting(tx, experiment_id)
        use_case = use_case_rows.get(tx, before.use_case_id)
        design = _design(tx, use_case, wanted, plan)
        after = replace(before, config={"wanted": wanted_to_json(wanted), "design": to_json(design)})
        rows.update_state(tx, before, after)
        return after

    return edit(world, apply)


def begin(world: World, experiment_id: str) -> Experiment:
    """The draft, started, planned anew by the traffic of now. Raises as `start`, and Conflict when it is no draft."""
    with world.store.read() as tx:
        wanted = wanted_of(_waiting(tx, experiment_id))
    plan = planning.plan(world, _use_case_code(world, experiment_id), wanted)

    def apply(tx: Tx) -> Experiment:
        waiting = _waiting(tx, experiment_id)
        rows.delete(tx, waiting.id)
        return _begin(tx, world, use_case_rows.get(tx, waiting.use_case_id), waiting, wanted, plan)

    return edit(world, apply)


def widen(world: World, experiment_id: str, *, share: int, actor: str) -> Experiment:
    """Let more units take part: arms of those that do already stay.

    Raises Invalid for fewer than now, which would take units out, Conflict unless it runs or without free units.
    """

    def apply(tx: Tx) -> Experiment:
        before, design = _running(tx, experiment_id)
        now = size_of(design.slots)
        if share <= now:
            raise Invalid(f"more than the {now} of 10000 that take part already is expected", field="share")
        more = designing.take_slots(tx, use_case_rows.get(tx, before.use_case_id), design.layer, share - now)
        wider = replace(design, slots=(*design.slots, *more))
        after = _rewritten(tx, before, wider, replace(wanted_of(before), share=share))
        told = {"actor": actor, "share": share, "before": now}
        experiment_events.record(tx, world, after, "widened", f"{share / 100:g} % of all units take part now", told)
        return after

    return edit(world, apply)


def override(world: World, experiment_id: str, overrides: Mapping[str, str]) -> Experiment:
    """Other testers, in place of those before: their new sessions get that arm, and count for nothing.

    Raises Invalid for an unknown arm, Conflict unless it runs.
    """

    def apply(tx: Tx) -> Experiment:
        before, design = _running(tx, experiment_id)
        designing.check_overrides(overrides, [arm.name for arm in design.arms])
        known = dict(overrides)
        return _rewritten(tx, before, replace(design, overrides=known), replace(wanted_of(before), overrides=known))

    return edit(world, apply)


def _rewritten(tx: Tx, before: Experiment, design: Design, wanted: WantedTest) -> Experiment:
    edition = before.config.get("edition")
    config = {
        **before.config,
        "wanted": wanted_to_json(wanted),
        "design": to_json(design),
        "edition": 1 + (edition if isinstance(edition, int) else 0),
    }
    after = replace(before, config=config)
    rows.update_state(tx, before, after)
    return after


def _begin(tx: Tx, world: World, use_case: UseCase, waiting: Experiment, wanted: WantedTest, plan: Plan) -> Experiment:
    make_way(tx, world, use_case.id)
    design = _design(tx, use_case, wanted, plan)
    design = replace(design, slots=designing.take_slots(tx, use_case, design.layer, wanted.share))
    moment = world.now()
    epoch = Epoch(
        id=world.new_id(),
        use_case_id=use_case.id,
        experiment_id=waiting.id,
        number=0,
        weights=_weights(design),
        started_at=moment,
    )
    kind = OPINIONS.get(design.metric.kind)
    terms = Terms(metric=Metric(kind=kind, window_days=design.window_days))  # type: ignore[arg-type]  # a kind of feedback
    experiment = replace(
        waiting,
        status="running",
        phase="running",
        config={
            "wanted": wanted_to_json(wanted),
            "design": to_json(design),
            "epoch_id": epoch.id,
            "flow_ids": {arm.flow: arm.flow_id for arm in design.arms},
            "terms": terms_to_json(terms),
        },
        started_at=moment,
    )
    rows.add(tx, experiment)
    rows.add_epoch(tx, epoch)
    experiment_events.record(
        tx, world, experiment, "started", f"started: {design.name}", {"arms": dict(design.weights)}
    )
    return experiment


def _weights(design: Design) -> dict[str, int]:
    """By flow id; the arms of an A/A test are one flow."""
    found: dict[str, int] = {}
    for arm in design.arms:
        found[arm.flow_id] = found.get(arm.flow_id, 0) + arm.weight
    return found


def _drafted(world: World, use_case: UseCase, design: Design, wanted: WantedTest) -> Experiment:
    return Experiment(
        id=world.new_id(),
        use_case_id=use_case.id,
        policy="fixed",
        status="draft",
        phase="draft",
        config={"wanted": wanted_to_json(wanted), "design": to_json(design)},
        state={},
        outcome=None,
        winner_flow_id=None,
        started_at=world.now(),
        ended_at=None,
    )


def _design(tx: Tx, use_case: UseCase, wanted: WantedTest, plan: Plan) -> Design:
    flows: list[Flow] = flow_rows.of_use_case(tx, use_case.id)
    return designing.design_for(use_case, flows, wanted, expected=plan.expected, required=plan.required)


def _use_case_code(world: World, experiment_id: str) -> str:
    with world.store.read() as tx:
        return use_case_rows.get(tx, rows.get(tx, experiment_id).use_case_id).code


def _waiting(tx: Tx, experiment_id: str) -> Experiment:
    experiment = rows.get(tx, experiment_id)
    if experiment.policy != "fixed":
        raise Invalid(f"this draft has policy {experiment.policy}", field="policy")
    if experiment.status != "draft":
        raise Conflict("this experiment was started, and its configuration is frozen", code="experiment-started")
    return experiment


def _running(tx: Tx, experiment_id: str) -> tuple[Experiment, Design]:
    experiment = rows.held(tx, experiment_id)
    if experiment.policy != "fixed":
        raise Conflict("this is a rollout, not an A/B test", code="not-an-ab-test")
    if experiment.status != "running":
        raise not_running(experiment)
    return experiment, design_of(experiment)
