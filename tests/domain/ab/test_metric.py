"""A metric's value is exact: facts count in any order, and one that is taken back leaves no trace."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ab.metric import FAR, SCALES, UNIT, Metric, metric_of
from app.domain.errors import Invalid

REVENUE = metric_of("number", name="revenue", low=-50, high=150, aggregate="sum", missing="zero")
SCORE = metric_of("number", name="score", low=-1, high=3)
NUMBERS = (REVENUE, SCORE, metric_of("number", name="hits", low=0, high=10, aggregate="any"))
REPORTED = st.floats(-1e12, 1e12, allow_nan=False)


def value_of(metric: Metric, amounts: list[int]) -> int | None:
    """The value of a unit with these amounts."""
    return metric.value(count=len(amounts), total=sum(amounts))


def amount(metric: Metric, value: float) -> int:
    """What a number that is reported adds."""
    found = metric.amount_of_opinion("number", name=metric.name, value=value, reward=None)
    assert found is not None
    return found


@pytest.mark.parametrize("metric", NUMBERS, ids=lambda metric: metric.name)
@given(values=st.lists(REPORTED, max_size=20), seed=st.integers(0, 100))
def test_facts_in_any_order_make_one_value(metric: Metric, values: list[float], seed: int) -> None:
    amounts = [amount(metric, value) for value in values]
    shuffled = amounts.copy()
    random.Random(seed).shuffle(shuffled)  # an order, not a secret

    found = value_of(metric, amounts)

    assert found == value_of(metric, shuffled)
    assert found is None or 0 <= found <= UNIT


@pytest.mark.parametrize("metric", NUMBERS, ids=lambda metric: metric.name)
@given(values=st.lists(REPORTED, max_size=10), gone=st.lists(REPORTED, max_size=10))
def test_what_is_taken_back_leaves_no_trace(metric: Metric, values: list[float], gone: list[float]) -> None:
    kept, taken = [amount(metric, value) for value in values], [amount(metric, value) for value in gone]

    total = sum(kept) + sum(taken) - sum(taken)

    assert metric.value(count=len(kept), total=total) == value_of(metric, kept)


@given(st.lists(st.floats(-50, 150), min_size=1, max_size=8))
def test_a_sum_is_of_what_was_reported_and_cut_once_at_its_end(values: list[float]) -> None:
    found = value_of(REVENUE, [amount(REVENUE, value) for value in values])

    assert found is not None
    assert REVENUE.natural(found / UNIT) == pytest.approx(min(max(sum(values), -50), 150), abs=200e-6 * len(values))


@given(st.lists(st.floats(-5, 8), min_size=1, max_size=8))
def test_a_mean_is_of_values_each_cut_at_the_range(values: list[float]) -> None:
    found = value_of(SCORE, [amount(SCORE, value) for value in values])

    assert found is not None
    mean = sum(min(max(value, -1), 3) for value in values) / len(values)
    assert SCORE.natural(found / UNIT) == pytest.approx(mean, abs=1e-5)


def test_a_unit_without_facts_counts_as_zero_where_zero_lies_in_the_range() -> None:
    found = REVENUE.value(count=0, total=0)

    assert found is not None
    assert REVENUE.natural(found / UNIT) == 0
    assert SCORE.value(count=0, total=0) is None


def test_whether_there_was_any_counts_once() -> None:
    conversion = metric_of("conversion")

    assert [conversion.value(count=n, total=n * UNIT) for n in range(3)] == [0, UNIT, UNIT]
    assert conversion.value(count=2, total=0) == 0


def test_no_single_fact_can_make_sums_leave_64_bits() -> None:
    tiny = metric_of("number", name="tiny", low=0, high=1e-9, aggregate="sum")

    assert amount(tiny, 1e12) == FAR
    assert amount(tiny, -1e12) == -FAR
    assert FAR * 1_000_000 < 2**63


def test_an_amount_beyond_the_range_counts_as_its_end_before_it_can_leave_it() -> None:
    latency = metric_of("latency", low=0, high=1_000)

    assert latency.amount_of_run(failed=False, latency_ms=5_000, cost=None) == UNIT
    assert latency.value(count=1, total=UNIT) == UNIT
    assert latency.natural(0.25) == 250


@pytest.mark.parametrize(
    ("kind", "said", "worth"),
    [
        ("rating", "rating", 3 * UNIT // 4),
        ("rating", "failure", 3 * UNIT // 4),
        ("rating", "thumb", None),
        ("reward", "thumb", 3 * UNIT // 4),
        ("reward", "failure", 3 * UNIT // 4),
        ("reward", "number", None),
        ("quality", "score", 3 * UNIT // 4),
        ("conversion", "conversion", 3 * UNIT // 4),
        ("latency", "rating", None),
        ("cost", "failure", None),
    ],
)
def test_a_metric_counts_its_own_kind_of_opinion_and_failures(kind: Any, said: str, worth: int | None) -> None:
    metric = metric_of(kind, high=1e6 if kind == "cost" else None)

    assert metric.amount_of_opinion(said, name="", value=4.0, reward=0.75) == worth


def test_opinions_without_a_reward_count_for_nothing() -> None:
    assert metric_of("rating").amount_of_opinion("rating", name="", value=None, reward=None) is None


def test_a_number_counts_under_its_own_name_only() -> None:
    assert SCORE.amount_of_opinion("number", name="revenue", value=1.0, reward=None) is None
    assert SCORE.amount_of_opinion("number", name="score", value=None, reward=None) is None
    assert SCORE.amount_of_opinion("number", name="score", value=1.0, reward=None) == UNIT // 2


def test_runs_count_by_what_they_took() -> None:
    cost, failures = metric_of("cost", high=1_000), metric_of("failures")
    ran = {"failed": True, "latency_ms": 500, "cost": 250}

    assert cost.amount_of_run(**ran) == UNIT // 4
    assert failures.amount_of_run(**ran) == UNIT
    assert metric_of("rating").amount_of_run(**ran) is None
    assert cost.amount_of_run(failed=False, latency_ms=1, cost=None) is None


def test_what_a_kind_implies_is_there_without_being_said() -> None:
    assert metric_of("rating").natural(0.5) == 3
    assert metric_of("cost", high=5).better == "lower"
    assert metric_of("latency", slowest_ms=2_000).high == 2_000
    assert (metric_of("conversion").missing, metric_of("conversion").aggregate) == ("zero", "any")
    assert {kind for kind in SCALES if metric_of(kind).scale.kind == SCALES[kind]} == set(SCALES)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "number", "high": 5}, "name"),
        ({"kind": "number", "name": "n"}, "high"),
        ({"kind": "cost"}, "high"),
        ({"kind": "cost", "high": 0}, "high"),
        ({"kind": "number", "name": "n", "low": 5, "high": 5}, "high"),
        ({"kind": "number", "name": "n", "low": float("-inf"), "high": 5}, "high"),
        ({"kind": "rating", "low": 0}, "low"),
        ({"kind": "thumb", "high": 2}, "high"),
        ({"kind": "rating", "aggregate": "any"}, "aggregate"),
        ({"kind": "latency", "aggregate": "any"}, "aggregate"),
        ({"kind": "rating", "aggregate": "sum"}, "aggregate"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        metric_of(**given)

    assert raised.value.field == field
