"""What a person wants of a rollout becomes a plan and terms, or is refused with the name of what does not fit."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.domain.allocation import Plan
from app.domain.errors import Conflict, Invalid
from app.domain.escape import EscapeRule
from app.domain.flow import Flow
from app.domain.rollout import FlowLimits, Metric, Objective, OnEscape
from app.domain.warmup import Warmup
from app.services import experiments, flows
from app.services.flows import FlowEdit
from app.services.rollout_json import wanted_from_json, wanted_of, wanted_to_json
from app.services.rollouts import Wanted, WantedRule, WantedWarmup, plan_for, terms_for
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case, weights_now
from tests.worlds import NOON

THIRDS = {"a": 6000, "b": 3000, "c": 1000}
SECOND = 1_000_000_000


def flows_of(**weights: int) -> list[Flow]:
    """Active flows with these weights."""
    return [
        Flow(f"id-{code}", "u", code, code, "", True, weight, 1, False, (), NOON, NOON)
        for code, weight in weights.items()
    ]


def planned(shares: Mapping[str, int] = THIRDS, **wanted: Any) -> Plan:
    """The plan over active flows with these shares."""
    return plan_for(flows_of(**shares), Wanted(**wanted))


def rule(**given: Any) -> dict[str, Any]:
    """An escape rule of flow b."""
    return {"escape": {"b": WantedRule(**{"lower_score": 0.2, **given})}}


def goals(**given: int) -> dict[str, Any]:
    """A warmup to these goals."""
    return {"warmup": WantedWarmup(minutes=10, goals=given)}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"baseline": "nobody"}, "baseline"),
    ({"escape": {"nobody": WantedRule(0.1)}}, "escape.nobody"),
    ({"escape": {"b": WantedRule()}}, "escape.b.lower_score"),
    (rule(lower_score=1.0), "escape.b"),
    (rule(max_error_rate=1.0), "escape.b.max_error_rate"),
    (rule(max_latency_p95_ms=0), "escape.b.max_latency_p95_ms"),
    (rule(rollback={"a": 9_999}), "escape.b.rollback"),
    (rule(rollback={"a": 10_001}), "escape.b.rollback"),
    (rule(rollback={"a": 12_000, "c": -2_000}), "escape.b.rollback"),
    (rule(rollback={}), "escape.b.rollback"),
    (rule(rollback={"a": 0, "c": 0}), "escape.b.rollback"),
    (rule(rollback={"nobody": 10_000}), "escape.b.rollback.nobody"),
    (rule(rollback={"a": 9_000, "b": 1_000}), "escape.b.rollback.b"),
    (goals(nobody=5_000), "warmup.goals.nobody"),
    (goals(b=10_001), "warmup.goals"),
    (goals(b=6_000, c=6_000), "warmup.goals"),
    (goals(b=-1), "warmup.goals"),
    (goals(a=5_000, b=3_000, c=1_000), "warmup.goals"),
    (goals(a=0, b=0, c=0), "warmup.goals"),
    ({"warmup": WantedWarmup()}, "warmup"),
    ({"warmup": WantedWarmup(minutes=1, sessions=1)}, "warmup"),
    ({"warmup": WantedWarmup(sessions=0)}, "warmup.length"),
    ({"scale": "binary", "objective": Objective(cost=1.0, dearest=5)}, "scale"),
    ({"best_guess": True}, "best_guess"),
    ({"tick_s": 0.0}, "tick_s"),
    ({"holdout": 5_001}, "holdout"),
    ({"delta": 1.0}, "delta"),
]


@pytest.mark.parametrize(("wanted", "field"), REFUSED)
def test_what_does_not_fit_is_refused_by_name(wanted: dict[str, Any], field: str) -> None:
    """wire.md B4, B5: a rollout can neither name a foreign or inactive flow nor share out less or more than all."""
    with pytest.raises(Invalid) as refused:
        planned(**wanted)

    assert refused.value.field == field


def test_a_flow_that_is_not_active_takes_no_part_and_nothing_begins(world: World) -> None:
    """wire.md B4, B8: neither goals, nor a rollback, nor the baseline can lead to an inactive flow."""
    make_use_case(world, weights=THIRDS)
    flows.create(world, CODE, FlowEdit(code="idle", steps=(make_step(),)))

    for wanted, field in (({"escape": {"idle": WantedRule(0.5)}}, "escape.idle"),):
        for make in (experiments.start, experiments.draft):
            with pytest.raises(Invalid) as refused:
                make(world, CODE, Wanted(**wanted))  # type: ignore[arg-type]  # fields of Wanted by name
            assert refused.value.field == field

    assert experiments.page(world, use_case=CODE, cursor=None, limit=5) == ([], None)
    assert weights_now(world) == {**THIRDS, "idle": 0}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"cost": 1.0}, "objective.dearest_usd"),
        ({"latency": 1.0}, "objective.slowest_ms"),
        ({"quality": 0.0}, "objective"),
        ({"quality": float("nan")}, "objective"),
    ],
)
def test_a_weight_without_its_measure_is_refused(given: dict[str, float], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Objective(**given)  # type: ignore[arg-type]  # fields by name

    assert refused.value.field == field


def test_goals_are_reached_and_flows_without_one_share_the_rest_as_they_do_now() -> None:
    plan = planned(**goals(c=5_500))

    assert plan.start == (6000, 3000, 1000)
    assert plan.goal == (3000, 1500, 5500)
    assert planned(**goals()).goal == (6000, 3000, 1000)
    assert planned(**goals(a=0, b=0, c=10_000)).goal == (0, 0, 10_000)
    assert planned(**goals(a=0, b=0)).goal == (0, 0, 10_000)


def test_flows_that_share_nothing_now_share_what_is_left_equally() -> None:
    assert planned({"a": 10_000, "b": 0, "c": 0}, **goals(a=4_000)).goal == (4000, 3000, 3000)


@pytest.mark.parametrize(
    ("wanted", "tick_s", "expected"),
    [
        (WantedWarmup(minutes=10), 60.0, Warmup(10, "ticks")),
        (WantedWarmup(minutes=1), 7.0, Warmup(9, "ticks")),
        (WantedWarmup(minutes=1), 3_600.0, Warmup(1, "ticks")),
        (WantedWarmup(sessions=500, shape="ladder", hold=False), 60.0, Warmup(500, "sessions", "ladder", False)),
    ],
)
def test_a_warmup_lasts_as_long_as_is_said(wanted: WantedWarmup, tick_s: float, expected: Warmup) -> None:
    assert planned(warmup=wanted, tick_s=tick_s).warmup == expected


def test_an_escape_rule_is_taken_whole_with_its_rollback_in_the_order_of_the_flows() -> None:
    wanted = WantedRule(0.3, 12, 0.2, 900, SECOND, 25, {"c": 4_000, "a": 6_000})

    assert planned(escape={"b": wanted}).escape == {"b": EscapeRule(0.3, 12, 0.2, 900, SECOND, 25, (6000, 0, 4000))}


@pytest.mark.parametrize(
    ("wanted", "kind", "epsilon"),
    [
        ({}, "decimal", 0.02),
        ({"metric": Metric("rating")}, "rating", 0.025),
        ({"metric": Metric("thumb")}, "binary", 0.02),
        ({"metric": Metric("conversion")}, "binary", 0.02),
        ({"metric": Metric("approved")}, "decimal", 0.02),
        ({"metric": Metric("rating"), "objective": Objective(latency=1.0, slowest_ms=5)}, "decimal", 0.02),
        ({"metric": Metric("rating"), "scale": "decimal", "epsilon": 0.1}, "decimal", 0.1),
    ],
)
def test_rewards_are_counted_as_their_kind_has_them(wanted: dict[str, Any], kind: str, epsilon: float) -> None:
    plan = planned(**wanted)

    assert (plan.scale.kind, plan.epsilon) == (kind, epsilon)


@pytest.mark.parametrize(
    ("wanted", "stop"),
    [({}, "certified"), ({"mode": "optimise"}, "never"), ({"mode": "optimise", "best_guess": True}, "guess")],
)
def test_the_mode_says_what_ends_it(wanted: dict[str, Any], stop: str) -> None:
    assert planned(**wanted).stop == stop


def test_days_are_counted_in_ticks_and_never_none_at_all() -> None:
    assert planned(max_days=2.0).max_ticks == 2_880
    assert planned(max_days=0.001, tick_s=86_400.0).max_ticks == 1
    assert planned().max_ticks is None


def test_the_heaviest_flow_is_the_baseline_unless_one_is_named() -> None:
    assert planned().baseline == "a"
    assert planned(baseline="c").baseline == "c"


def test_one_flow_is_too_few() -> None:
    with pytest.raises(Conflict) as refused:
        plan_for(flows_of(a=10_000), Wanted())

    assert refused.value.code == "too-few-flows"


@pytest.mark.parametrize("on_escape", ["evict", "finish"])
def test_serving_is_told_its_limits_by_flow_id(on_escape: OnEscape) -> None:
    wanted = Wanted(
        metric=Metric("score", "ignore", 3),
        on_escape=on_escape,
        escape={"a": WantedRule(0.1), "b": WantedRule(max_latency_p95_ms=5), "c": WantedRule(max_cost=7)},
    )

    terms = terms_for(flows_of(**THIRDS), wanted)

    assert (terms.metric, terms.on_escape) == (wanted.metric, on_escape)
    assert terms.limits == {"id-b": FlowLimits(slow_ms=5), "id-c": FlowLimits(cost=7)}


def test_what_was_wanted_is_stored_and_read_again(world: World) -> None:
    wanted = Wanted(
        metric=Metric("rating", "ignore", 9),
        objective=Objective(0.5, 0.25, 0.25, SECOND, 1_000),
        warmup=WantedWarmup(sessions=90, shape="ladder", goals={"c": 2_000}, hold=False),
        escape={"b": WantedRule(0.3, max_cost=5, rollback={"a": 10_000})},
        max_days=1.5,
    )

    make_use_case(world, weights=THIRDS)
    draft = experiments.draft(world, CODE, wanted)

    assert wanted_of(experiments.get(world, draft.id)) == wanted
    assert wanted_from_json(wanted_to_json(wanted)) == wanted
