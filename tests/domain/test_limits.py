"""Buckets never drift: what is admitted is exactly what the formula says, whatever the moments of asking are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.limits import (
    DAY_MS,
    DEBT,
    FULL,
    MOST,
    NO_LIMITS,
    UNITS,
    KeyLimits,
    Levels,
    decide,
    refusal,
    standing,
    taken,
)

START = 1_795_000_000_000
PAUSES = st.lists(st.integers(0, 5_000), min_size=1, max_size=60)
CAPS = st.one_of(st.integers(1, 500), st.integers(1, MOST))


@given(cap=st.integers(1, 500), pauses=PAUSES)
def test_never_more_is_admitted_than_a_full_bucket_and_its_refill(cap: int, pauses: list[int]) -> None:
    limits, levels, now, admitted = KeyLimits(requests_per_min=cap), None, START, 0
    for pause in pauses:
        now += pause
        for _ in range(3):
            decision = decide(levels, limits, now, requests=1, tokens=0)
            levels, admitted = decision.levels, admitted + (decision.refusal is None)

    assert admitted <= cap + cap * (now - START) // 60_000


@given(cap=st.integers(1, 40), pauses=PAUSES)
def test_under_steady_demand_exactly_the_allowance_is_admitted(cap: int, pauses: list[int]) -> None:
    limits, levels, now, admitted = KeyLimits(requests_per_min=cap), None, START, 0
    for pause in [0, *pauses]:
        now += pause
        refused = False
        while not refused:
            decision = decide(levels, limits, now, requests=1, tokens=0)
            levels, refused = decision.levels, decision.refusal is not None
            admitted += not refused

    assert admitted == cap + cap * (now - START) // 60_000


@given(cap=CAPS, level=st.integers(-DEBT * UNITS, UNITS), steps=st.lists(st.integers(0, 400), max_size=30))
def test_many_small_steps_refill_as_one_large_step(cap: int, level: int, steps: list[int]) -> None:
    limits = KeyLimits(requests_per_min=cap, tokens_per_min=cap)
    begun = Levels(START, level * cap, level * cap, START // DAY_MS, 0, 0)
    walked, now = begun, START
    for step in steps:
        now += step
        walked = standing(walked, limits, now)

    assert walked == standing(begun, limits, now)


@given(cap=CAPS, tokens=st.integers(0, MOST), spent=st.integers(-MOST, MOST), now=st.integers(0, 2**42))
def test_all_sums_stay_exact_in_a_double(cap: int, tokens: int, spent: int, now: int) -> None:
    limits = KeyLimits(cap, cap, cap, cap, cap)

    levels = taken(standing(None, limits, START), limits, requests=1, tokens=tokens + spent)
    levels = standing(levels, limits, now)

    assert -DEBT * cap * UNITS <= levels.tokens <= cap * UNITS
    assert max(abs(levels.tokens), FULL) + cap * (DEBT + 1) * 60_000 < 2**53


@given(cap=st.integers(1, 5_000), spent=st.integers(1, 20_000))
def test_the_wait_that_is_told_is_the_shortest_that_helps(cap: int, spent: int) -> None:
    limits = KeyLimits(tokens_per_min=cap)
    levels = taken(standing(None, limits, START), limits, requests=0, tokens=spent)
    refused = refusal(levels, limits, requests=1, tokens=0)
    if refused is None:
        assert spent < cap
        return

    soon = refusal(standing(levels, limits, START + refused.wait_ms), limits, requests=1, tokens=0)
    too_soon = refusal(standing(levels, limits, START + refused.wait_ms - 1), limits, requests=1, tokens=0)

    assert soon is None
    assert too_soon is not None


def test_tokens_booked_afterwards_lead_into_debt_that_must_be_paid_back() -> None:
    limits = KeyLimits(tokens_per_min=600)
    levels = taken(decide(None, limits, START, requests=1, tokens=0).levels, limits, requests=0, tokens=900)

    refused = decide(levels, limits, START, requests=1, tokens=0).refusal

    assert levels.tokens == -300 * UNITS
    assert refused is not None
    assert (refused.limit, refused.wait_ms) == ("tokens_per_min", 30_001)


def test_the_day_is_over_at_midnight_utc() -> None:
    limits = KeyLimits(requests_per_day=1, tokens_per_day=10)
    evening = START - START % DAY_MS + DAY_MS - 1_000
    levels = decide(None, limits, evening, requests=1, tokens=0).levels

    refused = decide(levels, limits, evening, requests=1, tokens=0).refusal
    morning = decide(levels, limits, evening + 1_000, requests=1, tokens=0)

    assert refused is not None
    assert (refused.limit, refused.wait_ms) == ("requests_per_day", 1_000)
    assert morning.refusal is None
    assert morning.levels.day_requests == 1


def test_tokens_of_a_day_are_refused_once_they_are_used_up() -> None:
    limits = KeyLimits(tokens_per_day=10)
    used = taken(standing(None, limits, START), limits, requests=1, tokens=9)

    assert refusal(used, limits, requests=1, tokens=0) is None
    refused = refusal(taken(used, limits, requests=0, tokens=1), limits, requests=1, tokens=0)
    assert refused is not None
    assert refused.limit == "tokens_per_day"


def test_of_several_limits_the_one_to_wait_for_longest_is_named() -> None:
    limits = KeyLimits(requests_per_min=60, tokens_per_min=1)
    levels = taken(standing(None, limits, START), limits, requests=60, tokens=2)

    refused = refusal(levels, limits, requests=1, tokens=0)

    assert refused is not None
    assert refused.limit == "tokens_per_min"


def test_more_than_a_bucket_holds_passes_when_it_is_full_and_leaves_a_debt() -> None:
    limits = KeyLimits(tokens_per_min=100)

    first = decide(None, limits, START, requests=1, tokens=250)
    second = decide(first.levels, limits, START + 60_000, requests=1, tokens=1)

    assert first.refusal is None
    assert second.refusal is not None
    assert second.refusal.wait_ms == 30_600


def test_a_clock_that_is_set_back_stops_nothing_and_gives_nothing() -> None:
    limits = KeyLimits(requests_per_min=60)
    empty = taken(standing(None, limits, START), limits, requests=60, tokens=0)

    back = standing(empty, limits, START - 3_600_000)
    later = standing(back, limits, START - 3_600_000 + 1_000)

    assert (back.requests, later.requests) == (0, UNITS)


def test_a_race_of_moments_refills_nothing_twice() -> None:
    limits = KeyLimits(requests_per_min=60)
    empty = taken(standing(None, limits, START), limits, requests=60, tokens=0)

    behind = standing(empty, limits, START - 10)

    assert standing(behind, limits, START).requests == 0


def test_a_limit_that_is_set_later_begins_with_a_full_bucket() -> None:
    levels = decide(None, NO_LIMITS, START, requests=1, tokens=5).levels

    assert standing(levels, KeyLimits(requests_per_min=7), START).requests == 7 * UNITS


def test_a_share_is_at_least_one() -> None:
    assert KeyLimits(requests_per_min=10, concurrent=3).share(4) == KeyLimits(requests_per_min=2, concurrent=1)
    assert NO_LIMITS.share(4).absent


@pytest.mark.parametrize("value", [0, -1, MOST + 1, 1.5, True])
def test_a_limit_that_makes_no_sense_is_refused(value: object) -> None:
    with pytest.raises(Invalid) as refused:
        KeyLimits(concurrent=value)  # type: ignore[arg-type]  # as JSON might bring it

    assert refused.value.field == "limits.concurrent"
