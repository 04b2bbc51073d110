"""Publishing gives committed events their numbers, and owes them to the webhooks that asked: once, and in one order."""

import logging
import threading
from collections.abc import Iterable, Sequence
from typing import Final

from app.db import deliveries as delivery_rows
from app.db import event_numbers as numbers
from app.db import use_cases as use_case_rows
from app.db import webhooks as webhook_rows
from app.db.uow import Tx
from app.domain.delivery import Delivery
from app.domain.errors import ModelMatchError
from app.domain.event import Event, matching
from app.domain.message import Json
from app.domain.webhook import Webhook
from app.services.jobs.submitting import submit
from app.services.world import World

log = logging.getLogger(__name__)

JOB: Final = "deliveries"
AT_ONCE: Final = 500  # events numbered in one transaction
POLL_S: Final = 0.25  # what the journal or another process wrote is seen after so long
AWAY_S: Final = 2.0


def publish(world: World) -> int:
    """How many events have been numbered, until none was left."""
    done = 0
    while True:
        with world.store.read() as tx:
            if not numbers.any_left(tx):
                return done
        with world.store.write() as tx:
            published = numbers.give(tx, limit=AT_ONCE)
            _owe(tx, world, published)
        done += len(published)


def owe(tx: Tx, world: World, webhook: Webhook, events: Sequence[Event], *, replayed: bool = False) -> int:
    """Make deliveries of these events for the webhook, if it is owed none of them yet; how many were new."""
    codes = _codes(tx, events)
    made = [_delivery(world, webhook, event, codes, replayed=replayed) for event in events]
    new = delivery_rows.add_new(tx, made)
    if new:
        submit(tx, world, JOB, about=webhook.id)
    return len(new)


def _owe(tx: Tx, world: World, events: Sequence[Event]) -> None:
    if not events:
        return
    for webhook in webhook_rows.active(tx):
        kinds = frozenset(matching(webhook.kinds))
        wanted = [one for one in events if one.kind in kinds and webhook.use_case_id in (None, one.use_case_id)]
        if wanted:
            owe(tx, world, webhook, wanted)


def _delivery(world: World, webhook: Webhook, event: Event, codes: dict[str, str], *, replayed: bool) -> Delivery:
    moment = world.now()
    return Delivery(
        id=world.new_id(),
        webhook_id=webhook.id,
        kind=event.kind,
        payload=payload_of(event, codes.get(event.use_case_id or "")),
        status="pending",
        attempts=0,
        due_at=moment,
        answered=None,
        error=None,
        created_at=moment,
        ended_at=None,
        event_id=event.id,
        about=event.about,
        number=event.number or 0,
        replayed=replayed,
    )


def payload_of(event: Event, use_case: str | None) -> Json:
    """What a webhook is sent of the event; `use_case` is the code of its use case, None where there is none."""
    return {
        "type": event.kind,
        "timestamp": event.at.isoformat(),
        "data": {
            "event_id": event.id,
            "number": event.number,
            "about": event.about,
            "use_case": use_case,
            "experiment_id": event.experiment_id,
            "actor": event.actor,
            "text": event.text,
            "details": event.data,
        },
    }


def _codes(tx: Tx, events: Iterable[Event]) -> dict[str, str]:
    """Codes of the use cases by their ids, of those that are still there."""
    return use_case_rows.codes_of(tx, {event.use_case_id for event in events if event.use_case_id is not None})


class Publisher:
    """Publishes in a daemon thread of each process; whichever is first has the turn. `start` it after any fork."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def close(self) -> None:
        """Stop after what is under way."""
        self._closed.set()
        self._world.publication.ring()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closed.is_set():
            wait_s = POLL_S
            try:
                publish(self._world)
            except ModelMatchError as error:
                log.warning("publishing_failed", extra={"code": error.code})
                wait_s = AWAY_S
            except Exception:  # what comes next must be told; what went wrong is logged and tried again
                log.exception("publishing_crashed")
                wait_s = AWAY_S
            self._world.publication.wait(wait_s)
