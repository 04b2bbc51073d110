"""Chunks fit what is left, flat prices round up, and a threshold is crossed once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.budget import chunk, crossed, flat, worst_cost
from app.domain.model import Price, Rates

AMOUNT = st.integers(0, 10**12)


@given(AMOUNT, AMOUNT, st.integers(-(10**12), 10**12))
def test_a_chunk_covers_the_need_and_never_more_than_what_is_left(need: int, worst: int, remainder: int) -> None:
    taken = chunk(need, worst, remainder)

    if taken is None:
        assert need > remainder
    else:
        assert need <= taken <= max(need, remainder)


def test_a_chunk_is_a_hundredth_of_what_is_left_or_twenty_calls() -> None:
    assert chunk(1, 1, 10_000) == 20
    assert chunk(1, 1, 1_000) == 10
    assert chunk(50, 50, 1_000) == 50
    assert chunk(1_000, 50, 1_000) == 1_000
    assert chunk(1_001, 50, 1_000) is None


def test_a_flat_price_is_rounded_up() -> None:
    assert flat(1, 1) == 1
    assert flat(2_000_000, 100) == 200
    assert flat(0, 100) == 0


def test_the_worst_case_without_a_price_is_unknown_or_flat() -> None:
    price = Price(
        valid_from=date(2026, 1, 1), source="a page", checked=date(2026, 1, 1), rates=Rates.of(input=1, output=2)
    )

    assert worst_cost(None, 10, 10) is None
    assert worst_cost(None, 1_000_000, 1_000_000, ceiling=7) == 14
    assert worst_cost(price, 1_000_000, 1_000_000, ceiling=7) == 3


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(0, 49, []), (0, 50, [50]), (49, 50, [50]), (50, 51, []), (0, 100, [50, 80, 100]), (99, 500, [100])],
)
def test_a_threshold_is_crossed_when_it_is_reached(before: int, after: int, expected: list[int]) -> None:
    assert crossed((50, 80, 100), limit=100, before=before, after=after) == expected


def test_a_budget_of_nothing_has_no_thresholds_to_cross() -> None:
    assert crossed((50, 80, 100), limit=0, before=0, after=10) == []


@given(st.lists(st.integers(1, 60), max_size=30))
def test_steps_cross_what_one_leap_crosses(steps: list[int]) -> None:
    at, found = 0, []
    for step in steps:
        found += crossed((50, 80, 100), limit=777, before=at, after=at + step)
        at += step

    assert found == crossed((50, 80, 100), limit=777, before=0, after=at)
