"""Retries: who is asked again, after how long, and who is blamed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import retries
from app.domain.errors import (
    ContentRefused,
    ContextTooLong,
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)

PASSING = [ProviderRateLimited, ProviderUnavailable, ProviderBadAnswer]
PERMANENT = [ProviderRefused, ContextTooLong, ContentRefused]


def fault(kind: type[ProviderError], **given: int) -> ProviderError:
    """An error of that kind."""
    return kind("no", provider="p", **given)  # type: ignore[arg-type]  # fields of the error by name


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("kind", PASSING)
def test_a_passing_fault_is_tried_again_at_the_same_model(kind: type[ProviderError], last: bool) -> None:
    assert retries.turn(fault(kind), last=last) == "again"


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("kind", PERMANENT)
def test_a_refusal_for_good_is_never_sent_again_unchanged(kind: type[ProviderError], last: bool) -> None:
    assert retries.turn(fault(kind), last=last) == "elsewhere"


def test_a_time_limit_is_tried_again_only_when_no_other_model_is_left() -> None:
    assert retries.turn(fault(ProviderTimeout), last=False) == "elsewhere"
    assert retries.turn(fault(ProviderTimeout), last=True) == "again"


def test_a_prompt_that_was_too_long_goes_to_a_larger_window_only() -> None:
    error = fault(ContextTooLong)

    assert [retries.fits(error, failed_window=8, next_window=window) for window in (4, 8, 9)] == [False, False, True]
    assert retries.fits(fault(ProviderUnavailable), failed_window=8, next_window=4)


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (fault(ProviderUnavailable, status=503), True),
        (fault(ProviderUnavailable), True),
        (fault(ProviderTimeout), True),
        (fault(ProviderBadAnswer), True),
        (fault(ProviderRateLimited, status=429), False),
        (fault(ProviderUnavailable, status=409), False),
        (fault(ProviderRefused, status=401), False),
        (fault(ContentRefused), False),
    ],
)
def test_the_target_is_blamed_for_its_own_faults_only(error: ProviderError, blamed: bool) -> None:
    assert retries.blames_target(error) is blamed


def test_a_malformed_answer_is_tried_once_more_only() -> None:
    bad = fault(ProviderBadAnswer)

    assert [retries.worth_repeating(bad, failures=failures) for failures in (1, 2)] == [True, False]
    assert retries.worth_repeating(fault(ProviderUnavailable), failures=2)


@given(salt=st.text(), failures=st.integers(1, 60), base_s=st.floats(0, 60), asked_s=st.none() | st.floats(0, 86_400))
def test_a_pause_is_what_was_asked_plus_jitter_below_a_bound_that_doubles(
    salt: str, failures: int, base_s: float, asked_s: float | None
) -> None:
    pause = retries.pause_s(salt, failures=failures, base_s=base_s, asked_s=asked_s)

    bound = min(base_s * 2 ** (failures - 1), retries.LONGEST_PAUSE_S)
    assert (asked_s or 0) <= pause <= (asked_s or 0) + bound
    assert pause == retries.pause_s(salt, failures=failures, base_s=base_s, asked_s=asked_s)


def test_the_jitter_is_spread_over_the_whole_range() -> None:
    pauses = [retries.pause_s(str(number), failures=1, base_s=1, asked_s=None) for number in range(2_000)]

    assert abs(sum(pauses) / len(pauses) - 0.5) < 0.03
    assert min(pauses) < 0.01
    assert max(pauses) > 0.99


def test_a_provider_is_waited_for_only_shortly_while_others_may_answer() -> None:
    assert retries.patience_s(others=True, most_s=10) == retries.PATIENT_S
    assert retries.patience_s(others=True, most_s=1) == 1
    assert retries.patience_s(others=False, most_s=10) == 10
