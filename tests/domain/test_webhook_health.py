"""A receiver that fails is asked ever more seldom, alone, and given up after days; one answer makes it well."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhook import Webhook
from app.domain.webhook_health import GIVEN_UP_AFTER, LONGEST_PAUSE, PAUSED_AFTER, failed, most_at_once, well

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
WELL = Webhook("w", "https://host/", "whsec_", ("*",), True, NOON, NOON)


def test_it_is_paused_from_the_fifth_failure_on_for_ever_longer() -> None:
    webhook, pauses = WELL, []
    for _ in range(PAUSED_AFTER + 9):
        webhook = failed(webhook, NOON)
        pauses.append(None if webhook.paused_until is None else (webhook.paused_until - NOON).total_seconds())

    assert pauses[: PAUSED_AFTER - 1] == [None] * (PAUSED_AFTER - 1)
    assert pauses[PAUSED_AFTER - 1 :] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert (webhook.active, webhook.failing_since) == (True, NOON)


def test_after_days_of_failures_it_is_given_up_and_one_answer_makes_it_well() -> None:
    webhook = WELL
    for _ in range(PAUSED_AFTER):
        webhook = failed(webhook, NOON)
    almost = failed(webhook, NOON + GIVEN_UP_AFTER - timedelta(seconds=1))
    gone = failed(webhook, NOON + GIVEN_UP_AFTER)

    assert (almost.active, gone.active) == (True, False)
    assert (gone.disabled_at, gone.paused_until) == (NOON + GIVEN_UP_AFTER, None)
    assert well(almost) == WELL


def test_a_few_failures_over_days_are_no_reason_to_give_up() -> None:
    webhook = WELL
    for day in range(PAUSED_AFTER - 1):
        webhook = failed(webhook, NOON + timedelta(days=4 * day))

    assert webhook.active


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=60))
def test_whatever_comes_it_is_asked_within_an_hour_and_alone_unless_it_is_well(answers: list[tuple[bool, int]]) -> None:
    webhook, moment = WELL, NOON
    for good, seconds in answers:
        moment += timedelta(seconds=seconds)
        webhook = well(webhook) if good else failed(webhook, moment)
        if webhook.paused_until is not None:
            assert moment < webhook.paused_until <= moment + LONGEST_PAUSE
        assert most_at_once(webhook, 8) == (8 if good else 1)
