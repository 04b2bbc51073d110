"""A receiver that fails for long is left alone: asked now and then whether it is back, and given up after days."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.domain.webhook import Webhook

PAUSED_AFTER: Final = 5  # failures in a row
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(days=5)


def failed(webhook: Webhook, moment: datetime) -> Webhook:
    """The webhook after one more failure: paused for ever longer from the fifth on, switched off after five days."""
    failures, since = webhook.failures + 1, webhook.failing_since or moment
    worse = replace(webhook, failures=failures, failing_since=since)
    if failures < PAUSED_AFTER:
        return worse
    if moment - since >= GIVEN_UP_AFTER:
        return replace(worse, active=False, disabled_at=moment, paused_until=None)
    doublings = min(failures - PAUSED_AFTER, 10)
    return replace(worse, paused_until=moment + min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE))


def well(webhook: Webhook) -> Webhook:
    """The webhook after an answer of 2xx, or when somebody switches it on again."""
    return replace(webhook, failures=0, failing_since=None, paused_until=None, disabled_at=None)


def most_at_once(webhook: Webhook, most: int) -> int:
    """How many deliveries may be tried at once: one alone, while it is not known whether the receiver is back."""
    return 1 if webhook.failures else most
