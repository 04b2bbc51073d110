"""What happens to an experiment is recorded with it, owed to webhooks at once, and followed by whoever listens."""

import logging
import time
from collections.abc import Generator
from typing import Final
from uuid import UUID

from app.db import deliveries as delivery_rows
from app.db import experiment_events as rows
from app.db import experiments as experiment_rows
from app.db import use_cases as use_case_rows
from app.db import webhooks as webhook_rows
from app.db.uow import Tx
from app.domain.event import ALERTS, ExperimentEvent, Kind
from app.domain.experiment import Experiment
from app.domain.message import Json
from app.domain.webhook import Delivery
from app.services.departure import Departure
from app.services.world import World

log = logging.getLogger(__name__)

POLL_S: Final = 1.0
LASTS_S: Final = 900.0  # then the listener comes again, and names the last event that it has seen
AT_ONCE: Final = 100


def record(
    tx: Tx, world: World, experiment: Experiment, kind: Kind, text: str, data: Json | None = None
) -> ExperimentEvent:
    """Write the event, and what is owed of it to webhooks, in the caller's unit of work. `text` is for people.

    Speaks to nobody: the beat delivers. Neither text nor data may hold a prompt, an answer or a key.
    """
    event = ExperimentEvent(
        id=_following(world.new_id(), rows.last_id(tx, experiment.id)),
        at=world.now(),
        use_case_id=experiment.use_case_id,
        experiment_id=experiment.id,
        kind=kind,
        text=text,
        data=data or {},
    )
    rows.add(tx, event)
    _owe(tx, world, event)
    world.tally.happened(kind)
    if kind in ALERTS:
        facts = {"experiment": experiment.id, "use_case": experiment.use_case_id, "kind": kind}
        log.warning("experiment_alert", extra=facts)
    return event


def page(
    world: World, experiment_id: str, *, after: str | None, limit: int
) -> tuple[list[ExperimentEvent], str | None]:
    """Events after the one with that id, oldest first, and the id to go on after, None at the end. Raises NotFound."""
    with world.store.read() as tx:
        experiment_rows.get(tx, experiment_id)
        found = rows.after(tx, experiment_id, after, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def newest(world: World, experiment_id: str, *, limit: int) -> tuple[ExperimentEvent, ...]:
    """The last events, the newest first."""
    with world.store.read() as tx:
        return tuple(rows.newest(tx, experiment_id, limit=limit))


def follow(
    world: World, experiment_id: str, departure: Departure, *, after: str | None, lasts_s: float = LASTS_S
) -> Generator[ExperimentEvent | Experiment]:
    """Events as they come; at last the experiment, if it has ended and all is told.

    Ends without it when the listener leaves, when the server is about to stop, and after `lasts_s`. Raises NotFound,
    StoreUnavailable.
    """
    until = time.monotonic() + lasts_s
    while not departure.left:
        with world.store.read() as tx:
            experiment = experiment_rows.get(tx, experiment_id)
            found = rows.after(tx, experiment_id, after, limit=AT_ONCE)
        yield from found
        after = found[-1].id if found else after
        if not found and experiment.status == "ended":
            yield experiment
            return
        if world.listeners.closed or time.monotonic() >= until:
            return
        if len(found) < AT_ONCE and experiment.status != "ended":
            departure.wait(POLL_S)


def _following(fresh: str, last: str | None) -> str:
    """The id, or one right after the last: the clocks of two machines differ, and readers go on after what they saw."""
    return fresh if last is None or fresh > last else str(UUID(int=UUID(last).int + 1))


def _owe(tx: Tx, world: World, event: ExperimentEvent) -> None:
    owed = [webhook for webhook in webhook_rows.active(tx) if event.kind in webhook.kinds]
    if not owed:
        return
    payload = {
        "type": f"experiment.{event.kind}",
        "timestamp": event.at.isoformat(),
        "data": {
            "use_case": use_case_rows.get(tx, event.use_case_id).code,
            "experiment_id": event.experiment_id,
            "event_id": event.id,
            "text": event.text,
            "details": event.data,
        },
    }
    for webhook in owed:
        delivery = Delivery(
            id=world.new_id(),
            webhook_id=webhook.id,
            kind=event.kind,
            payload=payload,
            status="pending",
            attempts=0,
            due_at=event.at,
            answered=None,
            error=None,
            created_at=event.at,
            ended_at=None,
        )
        delivery_rows.add(tx, delivery)
