"""The winner of an A/B test is rolled out: one act ends the test and starts a rollout that guards what was measured."""

from typing import Final

from app.db import experiments as rows
from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.db.evidence_sums import Served
from app.db.uow import Tx
from app.domain.ab.design import Arm, Design
from app.domain.ab.metric import OPINIONS
from app.domain.ab.sums import ArmSums
from app.domain.errors import Conflict, Invalid
from app.domain.experiment import Experiment
from app.domain.flow import Flow
from app.domain.money import divide_half_even
from app.domain.rollout import Metric
from app.domain.statistics.proportions import wilson
from app.domain.weights import TOTAL
from app.services import ending, experiments
from app.services.ab.designs import design_of
from app.services.ab.readout import Known, read_in
from app.services.editing import edit
from app.services.rollouts import Wanted, WantedRule, WantedWarmup
from app.services.world import World

RAMP_SESSIONS: Final = 500
GOAL: Final = TOTAL // 2
SURE: Final = 0.99  # a limit is what the measured figure hardly can be
ROOM: Final = 0.05  # of reward under what was measured, before the flow must leave
TIMES_COST: Final = 2
FEWEST_RUNS: Final = 50


def roll_out(world: World, experiment_id: str, *, arm: str | None = None, force: bool = False) -> Experiment:
    """The running rollout of the arm's flow, by default of the arm that is proven best; the test ends if it runs.

    Raises Conflict (`no-winner`) when nothing is proven and `force` is not said, or the split is not to be trusted;
    Invalid for an arm that is not there, or the flow that has all traffic already.
    """

    def apply(tx: Tx) -> Experiment:
        test = rows.held(tx, experiment_id)
        design = _design(test)
        known = read_in(tx, world, test, design)
        chosen = _chosen(design, arm, known.readout.best, force=force, trusted=known.readout.trusted)
        wanted = _wanted(tx, known, chosen)
        if test.status == "running":
            ending.end(tx, world, test, f"ended: {chosen.name} is rolled out")
        use_case = use_case_rows.get(tx, test.use_case_id)
        return experiments.start_in(tx, world, use_case.code, wanted)

    return edit(world, apply)


def _design(test: Experiment) -> Design:
    if test.policy != "fixed":
        raise Conflict("this is a rollout, not an A/B test", code="not-an-ab-test")
    if test.status == "draft":
        raise ending.not_running(test)
    return design_of(test)


def _chosen(design: Design, arm: str | None, best: str | None, *, force: bool, trusted: bool) -> Arm:
    if arm is not None and arm not in design.weights:
        raise Invalid(f"there is no arm {arm!r}", field="arm")
    if design.same:
        raise Conflict("the arms of an A/A test are one flow: there is nothing to roll out", code="no-winner")
    if not force and (best is None or not trusted or arm not in (None, best)):
        what = f"{best} is proven best" if best else "no arm is proven best"
        what = what if trusted else "units did not come to the arms as was meant"
        raise Conflict(f"{what}; say `force` to roll out an arm all the same", code="no-winner")
    name = arm or best
    if name is None:
        raise Invalid("which arm is to be rolled out is expected", field="arm")
    return design.arm(name)


def _wanted(tx: Tx, known: Known, chosen: Arm) -> Wanted:
    """A ramp to the half of the traffic, from where the allocator goes on; limits from what the arm has shown.

    The chosen flow is the baseline, kept when the rollout, which counts only what is reported, finds no difference.
    """
    design = known.readout.design
    active = [flow for flow in flow_rows.of_use_case(tx, known.experiment.use_case_id) if flow.active]
    heaviest = max(active, key=lambda flow: flow.weight)
    if heaviest.id == chosen.flow_id and heaviest.weight == TOTAL:
        raise Conflict(f"flow {chosen.flow!r} has all traffic already", code="nothing-to-roll-out")
    rule = _rule(known, chosen)
    kind = OPINIONS.get(design.metric.kind)
    return Wanted(
        metric=Metric(kind=kind, window_days=design.window_days),  # type: ignore[arg-type]  # a kind of feedback
        baseline=chosen.flow,
        warmup=WantedWarmup(sessions=RAMP_SESSIONS, goals={chosen.flow: max(GOAL, _weight_of(active, chosen))}),
        escape={} if rule is None else {chosen.flow: rule},
    )


def _weight_of(active: list[Flow], chosen: Arm) -> int:
    return next((flow.weight for flow in active if flow.id == chosen.flow_id), 0)


def _rule(known: Known, chosen: Arm) -> WantedRule | None:
    """Limits that the arm, as it was measured, would hardly reach: each is absent where too little was seen.

    Of the reward only where the rollout counts as the test did: a test may take silence for 0, a rollout does not.
    None without any: then the allocator alone guards the flow.
    """
    design, served = known.readout.design, known.served.get(chosen.flow_id, Served())
    own = known.sums.get(chosen.name, ArmSums()).of(design.metric)
    lower = None
    judged = design.metric.kind in (*OPINIONS, "reward") and design.metric.missing == "ignore"
    if judged and own.n >= design.min_units:
        low, _ = wilson(own.sample.mean * own.n, own.n, confidence=SURE)
        lower = round(max(0.0, low - ROOM), 4) or None
    if served.runs < FEWEST_RUNS:
        return None if lower is None else WantedRule(lower_score=lower)
    _, failing = wilson(served.failed, served.runs, confidence=SURE)
    per_session = divide_half_even(served.cost, max(1, served.sessions))
    return WantedRule(
        lower_score=lower,
        max_error_rate=round(min(0.99, failing + ROOM), 4),
        max_cost=TIMES_COST * per_session or None,
    )
