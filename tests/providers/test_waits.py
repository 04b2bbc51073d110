"""The wait that a vendor asks for is found wherever it says so, and only a 429 speaks of its rate limits."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers import waits


def later(seconds: float) -> datetime:
    """A moment so far ahead."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "1e300"}, 86_400.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "3", "x-ratelimit-reset-requests": "1h"}, 3.0),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert waits.asked_s(429, headers, None) == seconds


def test_the_wait_may_be_a_date() -> None:
    said = {"retry-after": format_datetime(later(600), usegmt=True)}

    assert waits.asked_s(503, said, None) == pytest.approx(600, abs=30)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("250ms", 0.25),
        ("1h2m3.5s", 3723.5),
        ("7.66s", 7.66),
        ("2m59.56s", 179.56),
        ("1d", 86_400.0),
        ("42", 42.0),
        ("0.5", 0.5),
        ("", None),
        ("s", None),
        ("6 minutes", None),
        ("1m2", None),
    ],
)
def test_a_reset_may_be_a_length_of_time(value: str, seconds: float | None) -> None:
    assert waits.asked_s(429, {"x-ratelimit-reset-tokens": value}, None) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "written",
    [
        lambda moment: str(int(moment.timestamp())),
        lambda moment: str(int(moment.timestamp() * 1000)),
        lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        datetime.isoformat,
        lambda moment: format_datetime(moment, usegmt=True),
    ],
)
def test_a_reset_may_be_a_moment(written: Callable[[datetime], str]) -> None:
    for name in ("x-ratelimit-reset", "anthropic-ratelimit-requests-reset", "X-RateLimit-Reset"):
        assert waits.asked_s(429, {name: written(later(600))}, None) == pytest.approx(600, abs=60)


def test_the_limits_that_are_used_up_say_how_long() -> None:
    openai = {
        "x-ratelimit-remaining-requests": "4999",
        "x-ratelimit-reset-requests": "12ms",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "6m0s",
    }
    anthropic = {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": later(20).isoformat(),
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": later(300).isoformat(),
        "anthropic-ratelimit-output-tokens-remaining": "8000",
        "anthropic-ratelimit-output-tokens-reset": later(900).isoformat(),
    }

    assert waits.asked_s(429, openai, None) == 360.0
    assert waits.asked_s(429, anthropic, None) == pytest.approx(300, abs=10)


def test_without_a_limit_that_is_used_up_the_first_to_begin_anew_counts() -> None:
    said = {
        "x-ratelimit-reset-requests": "12s",
        "x-ratelimit-reset-tokens": "6m0s",
        "x-ratelimit-remaining-tokens": "9",
    }

    assert waits.asked_s(429, said, None) == 12.0


def test_resets_beside_another_status_ask_for_nothing() -> None:
    for status in (200, 500, 503, None):
        assert waits.asked_s(status, {"x-ratelimit-reset-requests": "12s"}, None) is None


@given(st.text(max_size=80), st.sampled_from(["x-ratelimit-reset", "anthropic-ratelimit-tokens-reset", "retry-after"]))
def test_no_value_breaks_it(value: str, name: str) -> None:
    found = waits.asked_s(429, {name: value}, None)

    assert found is None or 0 <= found <= waits.MAX_WAIT_S
