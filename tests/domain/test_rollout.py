"""What an experiment counts is said field by field, and a utility is always a number from 0 to 1."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.rollout import Metric, Objective, Terms

WEIGHT = st.floats(0, 100)
REWARD = st.floats(0, 1)
COST = st.integers(0, 10**12)
TIME = st.floats(0, 1e7)
OBJECTIVES = st.builds(
    Objective,
    quality=st.floats(0.001, 100),
    cost=WEIGHT,
    latency=WEIGHT,
    dearest=st.integers(1, 10**11),
    slowest_ms=st.integers(1, 10**6),
)


@pytest.mark.parametrize(
    ("kind", "asked", "taken"),
    [("rating", None, True), ("thumb", None, True), ("rating", "rating", True), ("thumb", "rating", False)],
)
def test_the_reward_is_of_the_kind_that_was_asked_for(kind: str, asked: object, taken: bool) -> None:
    assert Metric(kind=asked).takes(kind, age=timedelta(days=1)) is taken  # type: ignore[arg-type]  # a right value


def test_a_failure_of_the_flow_counts_whatever_kind_is_asked_for() -> None:
    assert Metric(kind="rating").takes("failure", age=timedelta(0))


def test_feedback_counts_to_the_end_of_its_window_and_no_longer() -> None:
    seven = Metric(window_days=7)

    assert seven.takes("rating", age=timedelta(days=7))
    assert not seven.takes("rating", age=timedelta(days=7, microseconds=1))
    assert Metric().takes("rating", age=timedelta(days=30))


@given(OBJECTIVES, REWARD, COST, TIME)
def test_a_utility_lies_between_0_and_1(objective: Objective, reward: float, cost: int, time: float) -> None:
    assert -1e-12 <= objective.utility(reward, cost=cost, latency_ms=time) <= 1 + 1e-12


@given(OBJECTIVES, REWARD, REWARD, COST, COST, TIME, TIME)
def test_better_cheaper_and_faster_is_never_worth_less(
    objective: Objective, reward: float, other: float, cost: int, price: int, time: float, wait: float
) -> None:
    best = objective.utility(max(reward, other), cost=min(cost, price), latency_ms=min(time, wait))
    worst = objective.utility(min(reward, other), cost=max(cost, price), latency_ms=max(time, wait))

    assert best >= worst - 1e-12


def test_quality_alone_is_the_reward_itself() -> None:
    objective = Objective()

    assert objective.utility(0.37, cost=10**12, latency_ms=1e9) == 0.37
    assert not objective.measured


def test_the_parts_weigh_as_they_are_told_to() -> None:
    objective = Objective(quality=2.0, cost=1.0, latency=1.0, dearest=100, slowest_ms=1000)

    assert objective.utility(1.0, cost=50, latency_ms=2000.0) == pytest.approx((2 + 0.5 + 0) / 4)
    assert objective.measured


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quality": -0.1}, "objective"),
        ({"quality": 0.0}, "objective"),
        ({"quality": float("nan")}, "objective"),
        ({"latency": float("inf"), "slowest_ms": 1}, "objective"),
        ({"cost": 1.0}, "objective.dearest_usd"),
        ({"cost": 1.0, "dearest": 0}, "objective.dearest_usd"),
        ({"latency": 1.0}, "objective.slowest_ms"),
        ({"latency": 1.0, "slowest_ms": -5}, "objective.slowest_ms"),
    ],
)
def test_an_objective_that_cannot_be_measured_names_its_field(changes: dict[str, float], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        Objective(**changes)  # type: ignore[arg-type]  # the keywords are the fields of an objective

    assert caught.value.field == field


def test_terms_without_any_word_count_every_reward_and_evict() -> None:
    terms = Terms()

    assert (terms.metric.failures, terms.on_escape, terms.limits) == ("zero", "evict", {})
