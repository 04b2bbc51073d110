"""Weights learn from feedback which dimensions people care for, slowly, and never go below 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls

from app.domain.errors import Invalid
from app.domain.quality.calibration import spearman
from app.domain.quality.reweighting import non_negative, reweighted

SHIPPED = {"a": 60.0, "b": 20.0, "c": 20.0}
Given = tuple[list[dict[str, float]], list[float]]


def opinions(n: int, *, seed: int = 3, noise: float = 0.05) -> Given:
    """Answers whose reward is told by `b` alone."""
    chance = np.random.default_rng(seed)
    points = [
        {name: float(value) for name, value in zip(SHIPPED, row, strict=True)} for row in chance.uniform(0, 100, (n, 3))
    ]
    rewards = [float(np.clip(each["b"] / 100 + chance.normal(0, noise), 0, 1)) for each in points]
    return points, rewards


def test_without_feedback_the_shipped_weights_stand() -> None:
    assert reweighted([], [], SHIPPED) == pytest.approx({"a": 0.6, "b": 0.2, "c": 0.2})
    assert reweighted([{"a": 50, "b": 50, "c": 50}] * 9, [0.5] * 9, SHIPPED) == pytest.approx(
        {"a": 0.6, "b": 0.2, "c": 0.2}
    )


def test_the_more_feedback_the_more_weight_goes_where_it_belongs() -> None:
    weights = [reweighted(*opinions(n), SHIPPED)["b"] for n in (5, 50, 1_000)]

    assert 0.2 < weights[0] < weights[1] < weights[2]
    assert weights[2] > 0.9


def test_learned_weights_order_new_answers_better_than_shipped_ones() -> None:
    learned = reweighted(*opinions(200), SHIPPED)
    points, rewards = opinions(300, seed=11)

    def order(weights: dict[str, float]) -> float:
        found = spearman([sum(weights[name] * each[name] for name in weights) for each in points], rewards)
        assert found.value is not None
        return found.value

    assert order(learned) > order(SHIPPED) + 0.2


def test_a_dimension_that_speaks_against_people_gets_no_weight() -> None:
    points, rewards = opinions(500)

    assert reweighted(points, [1 - reward for reward in rewards], SHIPPED)["b"] == 0


def test_what_was_not_measured_does_not_speak() -> None:
    points, rewards = opinions(200)
    some = [{name: value for name, value in each.items() if at % 2 or name != "c"} for at, each in enumerate(points)]

    assert reweighted(some, rewards, SHIPPED)["b"] == pytest.approx(reweighted(points, rewards, SHIPPED)["b"], abs=0.15)


@given(
    st.lists(st.tuples(*[st.floats(0, 100)] * 3, st.floats(0, 1)), max_size=30),
    st.floats(0.01, 1_000),
)
def test_weights_are_never_below_0_and_sum_to_1(rows: list[tuple[float, ...]], prior: float) -> None:
    points = [dict(zip(SHIPPED, row[:3], strict=True)) for row in rows]

    found = reweighted(points, [row[3] for row in rows], SHIPPED, prior=prior)

    assert min(found.values()) >= 0
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(40))
def test_the_least_squares_are_those_of_scipy(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows, target = chance.normal(size=(20, 6)), chance.normal(size=20)

    assert non_negative(rows, target) == pytest.approx(nnls(rows, target)[0], abs=1e-9)


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        (([{"a": 1.0}], [], SHIPPED, 30.0), "rewards"),
        (([{"a": 1.0}], [1.5], SHIPPED, 30.0), "rewards"),
        (([{"a": 101.0}], [1.0], SHIPPED, 30.0), "points"),
        (([], [], {"a": 0.0}, 30.0), "shipped"),
        (([], [], {"a": -1.0, "b": 2.0}, 30.0), "shipped"),
        (([], [], SHIPPED, 0.0), "prior"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(
    given_: tuple[list[dict[str, float]], list[float], dict[str, float], float], field: str
) -> None:
    points, rewards, shipped, prior = given_

    with pytest.raises(Invalid) as refused:
        reweighted(points, rewards, shipped, prior=prior)

    assert refused.value.field == field
