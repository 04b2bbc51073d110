"""The numbers a design asks for are those of the textbook, and what is no design is refused by its field."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ab.design import (
    MOST_ARMS,
    MOST_METRICS,
    Arm,
    Expected,
    Goal,
    Required,
    check_arms,
    check_metrics,
    required,
)
from app.domain.ab.metric import Metric, metric_of
from app.domain.errors import Invalid
from app.domain.statistics.sample_size import size_for_means, size_for_proportions
from tests.domain.ab.designed import CONVERSION, RATING, THUMB, design

EQUAL = {"a": 5_000, "b": 5_000}


def needed(metric: Metric, weights: Mapping[str, int] = EQUAL, *, answering: float = 1.0, **goal: Any) -> Required:
    """What a test against arm a takes, at a rate of .4 or a mean of 3 ± 1."""
    expected = Expected(0.4 if metric.scale.kind == "binary" else 3.0, 1.0, answering)
    return required(metric, Goal(**{"mde": 0.1, "margin": 0.1, **goal}), expected, weights=weights, control="a")


@pytest.mark.parametrize("side", ["two-sided", "greater", "less"])
def test_two_equal_arms_take_what_the_textbook_says_for_means(side: Any) -> None:
    found = needed(RATING, side=side)

    size = math.ceil(size_for_means(-0.1 if side == "less" else 0.1, 1.0, power=0.8, alpha=0.05, side=side))
    assert found.by_arm == {"a": size, "b": size}
    assert 2 * size - 2 <= found.units <= 2 * size


@pytest.mark.parametrize("side", ["two-sided", "greater", "less"])
def test_two_equal_arms_take_what_the_textbook_says_for_rates(side: Any) -> None:
    found = needed(CONVERSION, side=side)

    ends = {"greater": [0.5], "less": [0.3]}.get(side, [0.5, 0.3])
    size = max(math.ceil(size_for_proportions(0.4, end, power=0.8, alpha=0.05, side=side)) for end in ends)
    assert found.by_arm == {"a": size, "b": size}
    assert found.values == 2 * size


@given(st.integers(500, 9_500))
def test_unequal_arms_have_the_standard_error_of_equal_ones(share: int) -> None:
    found = needed(RATING, {"a": share, "b": 10_000 - share}).by_arm
    equal = needed(RATING).by_arm["a"]

    assert 1 / found["a"] + 1 / found["b"] == pytest.approx(2 / equal, rel=0.01)
    assert found["b"] / found["a"] == pytest.approx((10_000 - share) / share, rel=0.02)


@given(st.integers(2, 6))
def test_more_treatments_share_alpha(treatments: int) -> None:
    weights = dict.fromkeys("abcdefg"[: treatments + 1], 1_000)

    found = needed(RATING, weights)

    alone = size_for_means(0.1, 1.0, power=0.8, alpha=0.05 / treatments)
    assert set(found.by_arm.values()) == {math.ceil(alone)}


def test_units_are_as_many_as_the_slowest_arm_waits_for() -> None:
    found = needed(RATING, {"a": 4_000, "b": 5_000, "c": 1_000})

    assert found.units == pytest.approx(max(found.by_arm[arm] * 10_000 / w for arm, w in
                                            {"a": 4_000, "b": 5_000, "c": 1_000}.items()), rel=0.01)  # fmt: skip
    assert all(found.units * w / 10_000 >= found.by_arm[arm] - 1 for arm, w in
               {"a": 4_000, "b": 5_000, "c": 1_000}.items())  # fmt: skip


def test_units_that_do_not_answer_are_needed_on_top_unless_they_count_as_zero() -> None:
    assert needed(RATING, answering=0.25).units == pytest.approx(4 * needed(RATING).units, rel=0.001)
    assert needed(CONVERSION, answering=0.25).units == needed(CONVERSION).units


@given(st.floats(0.02, 0.5), st.floats(0.55, 0.95))
def test_smaller_effects_and_more_power_take_more(mde: float, power: float) -> None:
    base = needed(RATING, mde=mde, power=power).units

    assert needed(RATING, mde=mde / 2, power=power).units > base
    assert needed(RATING, mde=mde, power=(1 + power) / 2).units >= base
    assert needed(RATING, mde=mde, power=power, alpha=0.01).units > base


def test_both_sides_take_the_one_there_is_room_for() -> None:
    """At a rate of 0.05 nothing can fall by 0.1."""
    expected = Expected(0.05, 0.0)
    found = required(THUMB, Goal(0.1, 0.1), expected, weights=EQUAL, control="a")

    assert found.by_arm["a"] == math.ceil(size_for_proportions(0.05, 0.15, power=0.8, alpha=0.05))


@pytest.mark.parametrize(
    ("metric", "goal", "expected", "field"),
    [
        (RATING, {"mde": 0.0}, Expected(3, 1), "mde"),
        (RATING, {"mde": math.nan}, Expected(3, 1), "mde"),
        (THUMB, {"mde": math.inf}, Expected(0.5, 1), "mde"),
        (THUMB, {"mde": 0.9}, Expected(0.5, 1), "mde"),
        (THUMB, {"mde": 0.3, "side": "less"}, Expected(0.2, 1), "mde"),
        (THUMB, {}, Expected(1.2, 1), "expected.mean"),
        (RATING, {}, Expected(3, 0), "expected.deviation"),
        (RATING, {}, Expected(3, math.inf), "expected.deviation"),
        (RATING, {}, Expected(3, 1, 0.0), "expected.answering"),
        (RATING, {}, Expected(3, 1, 1.1), "expected.answering"),
        (RATING, {"power": 1.0}, Expected(3, 1), "power"),
        (RATING, {"alpha": 0.0}, Expected(3, 1), "alpha"),
        (THUMB, {"alpha": 1.0}, Expected(0.5, 1), "alpha"),
        (THUMB, {"power": 0.01}, Expected(0.5, 1), "power"),
    ],
)
def test_what_cannot_be_planned_is_named(metric: Metric, goal: dict[str, Any], expected: Expected, field: str) -> None:
    with pytest.raises(Invalid) as raised:
        required(metric, Goal(**{"mde": 0.1, "margin": 0.1, **goal}), expected, weights=EQUAL, control="a")

    assert raised.value.field == field


def arm(name: str, flow: str, weight: int) -> Arm:
    return Arm(name, flow, f"id-{flow}", weight)


@pytest.mark.parametrize(
    ("arms", "field"),
    [
        ([arm("a", "a", 10_000)], "arms"),
        ([arm(f"{at}", f"{at}", 1) for at in range(MOST_ARMS + 1)], "arms"),
        ([arm("a", "a", 5_000), arm("a2", "a", 5_000)], "arms[1].flow"),
        ([arm("a", "a", 5_000), arm("a", "b", 5_000)], "arms[1].name"),
        ([arm("a", "a", 10_000), arm("b", "b", 0)], "arms[1].weight"),
        ([arm("a", "a", 5_000), arm("b", "b", 4_999)], "arms"),
        ([arm("b", "b", 5_000), arm("c", "c", 5_000)], "control"),
    ],
)
def test_arms_that_are_none_are_named(arms: list[Arm], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        check_arms(arms, control="a", same=False)

    assert raised.value.field == field


def test_the_arms_of_an_aa_test_are_one_flow() -> None:
    check_arms([arm("A", "a", 5_000), arm("B", "a", 5_000)], control="A", same=True)
    with pytest.raises(Invalid) as raised:
        check_arms([arm("A", "a", 5_000), arm("B", "b", 5_000)], control="A", same=True)

    assert raised.value.field == "arms"


def test_metrics_have_names_of_their_own_and_are_not_too_many() -> None:
    check_metrics([RATING, CONVERSION])
    with pytest.raises(Invalid) as twice:
        check_metrics([RATING, CONVERSION, RATING])
    with pytest.raises(Invalid) as many:
        check_metrics([metric_of("rating", name=f"m{at}") for at in range(MOST_METRICS + 1)])

    assert (twice.value.field, many.value.field) == ("secondary[1].name", "secondary")


def test_a_design_knows_its_parts() -> None:
    made = design(RATING, arms=3, secondary=(THUMB,))

    assert [one.name for one in made.treatments] == ["b", "c"]
    assert made.metrics == (RATING, THUMB)
    assert sum(made.weights.values()) == 10_000
    assert made.arm("c").flow == "flow-c"
