"""The tally counts calls by provider and model, and never more pairs than it may."""

import threading
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.call import Call
from app.domain.message import Usage
from app.services.figures import BUCKETS_S, Reading
from app.services.tally import Tally

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def call(**given: Any) -> Call:
    """A call that ended well, with what is given laid over it."""
    plain = {"id": "c", "at": NOON, "source": "served", "model": "openai/small", "provider": "openai", "outcome": "ok"}
    return Call(**{**plain, "latency_ms": 700, **given})


def read(tally: Tally, name: str) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Values by labels of one family."""
    family = next(family for family in tally.families() if family.name == f"model_match_{name}")
    return {reading.labels: reading.values for reading in family.readings}


def test_calls_are_counted_by_how_they_ended() -> None:
    tally = Tally()

    for outcome in ("ok", "ok", "error", "cancelled"):
        tally.ended(call(outcome=outcome))

    assert read(tally, "calls") == {
        ("openai", "openai/small", "ok"): (2.0,),
        ("openai", "openai/small", "error"): (1.0,),
        ("openai", "openai/small", "cancelled"): (1.0,),
    }


def test_seconds_fall_into_the_bucket_that_they_do_not_exceed() -> None:
    tally = Tally()

    for latency_ms in (100, 101, 300_000, 300_001):
        tally.ended(call(latency_ms=latency_ms))

    (values,) = read(tally, "call_seconds").values()
    *counts, total = values
    assert counts == [1, 1, *[0] * (len(BUCKETS_S) - 3), 1, 1]
    assert total == 600.202


def test_a_second_attempt_is_a_retry_of_its_provider() -> None:
    tally = Tally()

    for attempt in (1, 2, 3):
        tally.ended(call(attempt=attempt))

    assert read(tally, "retries") == {("openai",): (2.0,)}


def test_an_unknown_price_is_no_cost_of_zero() -> None:
    tally = Tally()

    tally.ended(call(cost=1_500_000_000))
    tally.ended(call(cost=None))

    assert read(tally, "cost_usd") == {("openai", "openai/small"): (1.5,)}
    assert read(tally, "unpriced_calls") == {("openai", "openai/small"): (1.0,)}


def test_tokens_stand_on_disjoint_lines() -> None:
    tally = Tally()

    tally.ended(call(usage=Usage(1, 2, 3, 4, 5)))

    kinds = ("input", "cache_read", "cache_write", "output", "reasoning")
    assert read(tally, "tokens") == {("openai", kind): (float(n),) for n, kind in enumerate(kinds, 1)}


def test_a_cached_answer_took_no_time_and_bought_no_tokens() -> None:
    tally = Tally()

    tally.ended(call(outcome="cached", usage=Usage(9), cost=0))

    assert read(tally, "calls") == {("openai", "openai/small", "cached"): (1.0,)}
    assert set(read(tally, "tokens").values()) == {(0.0,)}
    assert set(read(tally, "call_seconds").values()) == {(0.0,) * (len(BUCKETS_S) + 2)}


@given(st.lists(st.integers(0, 50), max_size=100))
def test_models_beyond_the_bound_count_as_other(models: list[int]) -> None:
    tally = Tally(most=10)

    for number in models:
        tally.ended(call(model=f"reported/{number}"))

    found = read(tally, "calls")
    assert len(found) <= 11
    assert sum(value for (value,) in found.values()) == len(models)


def test_no_count_is_lost_between_threads() -> None:
    tally = Tally()
    threads = [threading.Thread(target=lambda: [tally.ended(call(attempt=2)) for _ in range(1_000)]) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read(tally, "retries") == {("openai",): (8_000.0,)}
    assert isinstance(tally.families()[0].readings[0], Reading)
