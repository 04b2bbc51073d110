"""What follows a try of a job: over, due again after a wait that grows, or somebody else's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.job import LONGEST_WAIT_S, Failed, HandedBack, Job, Outcome, Postponed, Succeeded, after, wait_s

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
RUNNING = Job(
    "an id", "kind", "thing", NOON, NOON, status="running", attempts=3, holder="me", until=NOON + timedelta(seconds=30)
)
OUTCOMES = st.one_of(
    st.just(Succeeded()), st.just(HandedBack()), st.just(Failed("x")), st.floats(0, 10**6).map(Postponed)
)


@given(outcome=OUTCOMES, attempts=st.integers(1, 20), most=st.integers(1, 20))
def test_after_a_try_nobody_holds_it_and_it_is_over_or_due(outcome: Outcome, attempts: int, most: int) -> None:
    job = replace(RUNNING, attempts=min(attempts, most), most_attempts=most)

    then = after(job, outcome, NOON)

    assert (then.holder, then.until) == (None, None)
    assert then.live == (then.ended_at is None) == (then.status == "queued")
    assert not then.live or then.due_at >= NOON
    assert then.attempts < most or not then.live or isinstance(outcome, Postponed | HandedBack)
    assert (then.status == "dead") == (isinstance(outcome, Failed) and job.attempts == most)


@pytest.mark.parametrize("outcome", [HandedBack(), Postponed(60)])
def test_what_was_no_try_is_not_counted(outcome: Outcome) -> None:
    assert after(RUNNING, outcome, NOON).attempts == 2


def test_what_has_nothing_to_do_is_due_when_it_said() -> None:
    assert after(RUNNING, Postponed(60), NOON).due_at == NOON + timedelta(seconds=60)


@given(id_=st.uuids().map(str), attempts=st.integers(1, 1_000))
def test_waits_double_up_to_a_quarter_of_an_hour_and_jitter_takes_at_most_half(id_: str, attempts: int) -> None:
    bound = min(2.0 ** min(attempts - 1, 60), LONGEST_WAIT_S)

    waited = wait_s(replace(RUNNING, id=id_, attempts=attempts))

    assert bound / 2 <= waited <= bound
    assert waited == wait_s(replace(RUNNING, id=id_, attempts=attempts))


def test_jobs_that_fail_together_come_back_one_after_another() -> None:
    waits = {wait_s(replace(RUNNING, id=f"job {number}")) for number in range(100)}

    assert len(waits) == 100


def test_a_failure_keeps_its_code_and_a_success_forgets_it() -> None:
    failed = after(RUNNING, Failed("provider-timeout"), NOON)

    assert failed.error == "provider-timeout"
    assert after(replace(failed, status="running"), Succeeded(), NOON).error is None
