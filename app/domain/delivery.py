"""A delivery is one telling of one event to one webhook: tried again until it is taken or believed lost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from app.domain.message import Json

Status = Literal["pending", "delivered", "dead"]

MOST_ATTEMPTS: Final = 8
FIRST_WAIT: Final = timedelta(seconds=15)
WAIT_FACTOR: Final = 4  # 8 attempts at 0 s, 15 s, 75 s, … span 22 h 45 min
TRIES_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver made of an attempt: its HTTP status if it gave one, and what was wrong, None for 2xx."""

    status: int | None
    error: str | None
    latency_ms: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """`answered`: the HTTP status of the last attempt; `error`: what was wrong with it.

    `about` and `number` are those of the event: of one `about` the lower number goes first. `event_id` is None where
    the delivery was made before events had numbers. `replayed`: it was sent, or given up, once before. `tries`: the
    last attempts, each with `at`, `answered`, `error` and `latency_ms`.
    """

    id: str
    webhook_id: str
    kind: str
    payload: Json
    status: Status
    attempts: int
    due_at: datetime
    answered: int | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None
    event_id: str | None = None
    about: str = ""
    number: int = 0
    replayed: bool = False
    tries: tuple[Mapping[str, object], ...] = ()

    @property
    def told_as(self) -> str:
        """Its `webhook-id`: that of the event, however often it is told."""
        return self.event_id or self.id


def after(delivery: Delivery, answer: Answer, moment: datetime) -> Delivery:
    """The delivery once this attempt has ended: delivered, due again after a wait that grows, or dead."""
    attempts = delivery.attempts + 1
    told = {
        "at": moment.isoformat(),
        "answered": answer.status,
        "error": answer.error,
        "latency_ms": answer.latency_ms,
    }
    tries = (*delivery.tries, told)[-TRIES_KEPT:]
    tried = replace(delivery, attempts=attempts, answered=answer.status, error=answer.error, tries=tries)
    if answer.error is None:
        return replace(tried, status="delivered", ended_at=moment)
    if attempts >= MOST_ATTEMPTS:
        return replace(tried, status="dead", ended_at=moment)
    return replace(tried, due_at=moment + FIRST_WAIT * WAIT_FACTOR ** (attempts - 1))


def again(delivery: Delivery, moment: datetime) -> Delivery:
    """The delivery, which has ended, due once more from its first attempt on."""
    return replace(delivery, status="pending", attempts=0, due_at=moment, ended_at=None, replayed=True)
