"""A plan says what a test takes by what is given or seen, and refuses at its field what cannot be planned."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import mean, stdev
from typing import Any

import pytest

from app.domain.ab.design import required
from app.domain.ab.metric import metric_of
from app.domain.errors import Conflict, Invalid, NotFound
from app.services import flows
from app.services.ab.planning import ENOUGH, Plan, plan, slowest_ms
from app.services.ab.wanted import WantedArm, WantedTest
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.ab.traffic import came, said
from tests.services.made import CODE, make_step, make_use_case
from tests.worlds import Clock

RATING = metric_of("rating")
COST = metric_of("cost", high=1e9)
KNOWN: dict[str, Any] = {"baseline_mean": 3.0, "baseline_deviation": 1.0, "answering": 1.0}


@pytest.fixture(autouse=True)
def use_case(world: World) -> None:
    """Three flows."""
    make_use_case(world, weights={"a": 5_000, "b": 3_000, "c": 2_000})


def arms(*codes: str) -> tuple[WantedArm, ...]:
    """One per flow, all alike."""
    return tuple(WantedArm(code) for code in codes)


def planned(world: World, **given: Any) -> Plan:
    """Ratings of a and b, an effect of .2."""
    return plan(world, CODE, WantedTest(**{"arms": arms("a", "b"), "metric": RATING, "mde": 0.2, **given}))


def refused(world: World, **given: Any) -> str:
    """The field that is refused."""
    with pytest.raises(Invalid) as caught:
        planned(world, **given)
    return caught.value.field


def holds(told: Sequence[str], words: str) -> bool:
    """Whether one of the warnings says so."""
    return any(words in each for each in told)


def test_the_number_of_units_is_that_of_the_table(world: World) -> None:
    """J. Cohen 1988, table 2.4.1: d = .20, power .80, two-sided .05 takes 393 of each (394 by the exact t)."""
    found = planned(world, **KNOWN)

    assert found.required.by_arm == {"a": 394, "b": 394}
    assert found.required.units == 788
    assert set(found.sources.values()) == {"given"}
    assert found.days is None
    assert holds(found.warnings, "No unit has come")


def test_units_that_do_not_answer_must_come_as_well(world: World) -> None:
    assert planned(world, **{**KNOWN, "answering": 0.25}).required.units == 3_152


def test_what_is_not_given_is_what_traffic_shows(world: World, clock: Clock) -> None:
    sessions = came(world, 140)
    said(world, sessions[:70], "rating", lambda at: 2.0 if at % 2 else 4.0)
    clock.forward(days=6.99)

    found = planned(world, share=10_000)

    assert set(found.sources.values()) == {"observed"}
    assert found.observed.units_per_day == pytest.approx(140 / 6.99)
    flow = next(arm.flow_id for arm in found.arms if arm.name == "a")
    own = [at for at, session in enumerate(sessions) if session.flow_id == flow]
    seen = own if sum(at < 70 for at in own) >= ENOUGH else list(range(140))
    values = [2.0 if at % 2 else 4.0 for at in seen if at < 70]
    assert found.expected.mean == pytest.approx(mean(values))
    assert found.expected.deviation == pytest.approx(stdev(values))
    assert found.expected.answering == pytest.approx(len(values) / len(seen))
    assert found.days == pytest.approx(found.required.units / (140 / 6.99))
    assert holds(found.warnings, "values only")


def test_the_control_is_expected_to_be_as_it_was_not_as_others_were(world: World) -> None:
    by_flow = {"a": 2.0, "b": 5.0, "c": 5.0}
    codes = {flow.id: flow.code for flow in flows.page(world, CODE, search=None, order="code", cursor=None, limit=9)[0]}
    sessions = came(world, 200)
    said(world, sessions, "rating", lambda at: by_flow[codes[sessions[at].flow_id]] - at % 2)

    assert planned(world).expected.mean == pytest.approx(1.5, abs=0.3)
    assert planned(world, control="b").expected.mean == pytest.approx(4.5, abs=0.3)


def test_a_control_that_is_new_is_expected_to_be_as_all_flows_are(world: World) -> None:
    flows.create(world, CODE, FlowEdit(code="d", steps=(make_step(),)))
    flows.change(world, CODE, "d", FlowEdit(active=True), actor="test")
    said(world, came(world, 60), "rating", lambda at: 3.0 + at % 2)

    found = planned(world, arms=arms("d", "a"))

    assert (found.expected.mean, found.observed.values) == (3.5, 60)
    assert holds(found.warnings, "that of all flows")


def test_the_deviation_of_a_rate_follows_from_its_mean(world: World) -> None:
    found = planned(world, metric=metric_of("thumb"), mde=0.1, baseline_mean=0.2)

    assert found.expected.deviation == pytest.approx(0.4)
    assert found.sources == {"mean": "given", "deviation": "given", "answering": "assumed"}
    assert holds(found.warnings, "it is taken that all do")


def test_more_arms_take_more_and_the_plan_says_so(world: World) -> None:
    two, three = planned(world, **KNOWN), planned(world, **KNOWN, arms=arms("a", "b", "c"))

    assert three.required.by_arm["a"] > two.required.by_arm["a"]  # each is tested at half of alpha
    assert holds(three.warnings, f"would take {two.required.units} units instead of {three.required.units}")
    assert not holds(two.warnings, "of one size")


def test_arms_that_are_not_alike_take_more_and_the_plan_says_so(world: World) -> None:
    found = planned(world, **KNOWN, arms=(WantedArm("a", weight=9_000), WantedArm("b", weight=1_000)))

    assert found.required.units > 2 * 788
    assert holds(found.warnings, "Two arms of one size would take 788 units")


def test_time_is_told_by_the_units_that_take_part(world: World, clock: Clock) -> None:
    came(world, 700)
    clock.forward(days=6.999)

    slow = planned(world, **KNOWN, share=500, max_days=14)
    quick = planned(world, **KNOWN, share=10_000)

    assert slow.days == pytest.approx(788 / (100 * 0.05), rel=1e-2)
    assert holds(slow.warnings, "It ends after 14 days, before the 788 units")
    assert holds(slow.warnings, "23 weeks")
    assert holds(slow.warnings, "20 times as fast: about 8 days")
    assert quick.days == pytest.approx(7.88, rel=1e-2)
    assert not holds(quick.warnings, "times as fast")


def test_less_than_a_week_is_warned_of(world: World, clock: Clock) -> None:
    came(world, 700)
    clock.forward(days=5)

    assert holds(planned(world, **KNOWN, mde=0.4, share=10_000).warnings, "whole weeks are better")


def test_a_verdict_that_waits_for_more_than_the_effect_needs_is_told(world: World) -> None:
    assert holds(planned(world, **KNOWN, min_units=500).warnings, "before every arm has 500 values")


@pytest.mark.parametrize("side", ["two-sided", "greater", "less"])
@pytest.mark.parametrize(("kind", "baseline"), [("rating", KNOWN), ("thumb", {"baseline_mean": 0.3})])
def test_the_least_effect_that_can_be_found_needs_just_those_units(
    world: World, clock: Clock, side: str, kind: str, baseline: dict[str, Any]
) -> None:
    came(world, 700)
    clock.forward(days=6.999)
    metric = metric_of(kind)  # type: ignore[arg-type]  # a kind

    found = planned(world, metric=metric, side=side, share=10_000, **baseline)

    assert [each.days for each in found.findable] == [7, 14, 28]
    weights = {arm.name: arm.weight for arm in found.arms}
    for each in found.findable:
        assert each.mde is not None
        needs = [
            required(metric, replace(found.goal, mde=mde), found.expected, weights=weights, control="a").units
            for mde in (each.mde, each.mde * 0.997)
        ]
        assert needs[0] <= each.units + 1 <= needs[1] + 1


def test_with_no_traffic_nothing_can_be_found(world: World) -> None:
    assert [each.mde for each in planned(world, **KNOWN).findable] == [None, None, None]


def test_an_aa_test_is_planned_as_any_other(world: World) -> None:
    found = planned(world, **KNOWN, arms=arms("a", "a"), same=True)

    assert found.required.by_arm == {"A": 394, "B": 394}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "baseline.mean"),
        ({"baseline_mean": 3.0}, "baseline.deviation"),
        ({"baseline_mean": 5.5, "baseline_deviation": 1.0}, "baseline.mean"),
        ({"metric": COST, "mde": 1e6}, "baseline.mean_usd"),
        ({"metric": COST, "baseline_mean": 1e6, "baseline_deviation": 1.0, "mde": 1e10}, "mde_usd"),
        ({**KNOWN, "mde": 0.0}, "mde"),
        ({**KNOWN, "mde": 4.5}, "mde"),
        ({**KNOWN, "mde": 2.5, "side": "greater"}, "mde"),
        ({**KNOWN, "alpha": 0.5}, "alpha"),
        ({**KNOWN, "power": 0.01}, "power"),
        ({**KNOWN, "margin": 0.0}, "margin"),
        ({"metric": metric_of("thumb"), "baseline_mean": 0.95, "mde": 0.96}, "mde"),
        ({**KNOWN, "arms": arms("a")}, "arms"),
        ({**KNOWN, "arms": arms("a", "a")}, "arms[1].flow"),
        ({**KNOWN, "arms": (WantedArm("a", "x"), WantedArm("a", "y"))}, "arms[1].flow"),
        ({**KNOWN, "arms": (WantedArm("a", weight=5_000), WantedArm("b", weight=4_000))}, "arms"),
        ({**KNOWN, "arms": (WantedArm("a", weight=5_000), WantedArm("b"))}, "arms[1].weight"),
        ({**KNOWN, "control": "z"}, "control"),
        ({**KNOWN, "secondary": (RATING,)}, "secondary[0].name"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_at_its_field(world: World, given: dict[str, Any], field: str) -> None:
    assert refused(world, **given) == field


def test_what_never_varies_cannot_be_planned(world: World) -> None:
    said(world, came(world, 90), "rating", lambda at: 4.0)

    assert refused(world) == "baseline.deviation"


def test_flows_and_use_cases_that_do_not_exist_are_told(world: World) -> None:
    with pytest.raises(NotFound) as flow:
        planned(world, arms=arms("a", "z"))
    with pytest.raises(NotFound):
        plan(world, "none", WantedTest(arms("a", "b"), RATING, 0.2))

    assert flow.value.field == "arms[1].flow"


def test_a_flow_that_takes_no_traffic_cannot_be_an_arm(world: World) -> None:
    flows.change(world, CODE, "c", FlowEdit(active=False), actor="test")

    with pytest.raises(Conflict) as caught:
        planned(world, **KNOWN, arms=arms("a", "c"))

    assert caught.value.code == "flow-inactive"


def test_a_run_takes_no_longer_than_it_may(world: World) -> None:
    assert slowest_ms(world) == 30_000.0
