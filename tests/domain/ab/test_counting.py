"""A fact counts in each metric that is made of it, as long as the test's window lasts."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.ab.counting import Counting
from app.domain.ab.metric import UNIT, metric_of
from tests.db import makers
from tests.domain.ab.designed import CONVERSION, RATING

REVENUE = metric_of("number", name="revenue", low=0, high=100)
COST, LATENCY, FAILURES = metric_of("cost", high=1_000), metric_of("latency", slowest_ms=1_000), metric_of("failures")
SESSION = makers.session(makers.flow(makers.use_case()))


def counting(*metrics: Any) -> Counting:
    return Counting("test", "unit", "a", metrics, makers.NOW, window_days=2)


def test_an_opinion_counts_in_each_metric_that_is_made_of_it() -> None:
    opinion = makers.opinion(SESSION, kind="rating", value=4.0, reward=0.75)

    found = counting(RATING, metric_of("reward"), CONVERSION, REVENUE, COST).of_opinion(opinion)

    assert found == {"rating": 3 * UNIT // 4, "reward": 3 * UNIT // 4}


def test_a_number_counts_where_it_is_named() -> None:
    opinion = makers.opinion(SESSION, kind="number", metric="revenue", value=25.0, reward=None)

    assert counting(RATING, REVENUE).of_opinion(opinion) == {"revenue": UNIT // 4}


@pytest.mark.parametrize(("late", "counts"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_the_window_ends_at_its_last_moment(late: timedelta, counts: bool) -> None:
    opinion = makers.opinion(SESSION, at=makers.NOW + timedelta(days=2) + late, reward=1.0)

    assert bool(counting(RATING).of_opinion(opinion)) is counts


def test_a_run_counts_in_what_it_took_and_an_unknown_price_in_no_cost() -> None:
    of = counting(COST, LATENCY, FAILURES, RATING)

    assert of.of_run(failed=False, latency_ms=250, cost=100) == {
        "cost": UNIT // 10,
        "latency": UNIT // 4,
        "failures": 0,
    }
    assert of.of_run(failed=True, latency_ms=250, cost=None) == {"latency": UNIT // 4, "failures": UNIT}
