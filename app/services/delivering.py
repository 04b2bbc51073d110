"""Delivering empties what a webhook is owed: signed, in order about each thing, until it is taken or believed lost."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from app.db import deliveries as rows
from app.db import runs as run_rows
from app.db import webhooks as webhook_rows
from app.db.types import dumps
from app.db.uow import Tx
from app.domain.delivery import Answer, Delivery, after
from app.domain.errors import NotFound
from app.domain.event import TRAFFIC
from app.domain.message import Json
from app.domain.webhook import Webhook
from app.domain.webhook_health import failed, most_at_once, well
from app.providers import receiver
from app.services import events
from app.services.jobs.held import Held, Later
from app.services.jobs.submitting import submit
from app.services.publishing import JOB
from app.services.world import World

log = logging.getLogger(__name__)

AT_ONCE: Final = 8  # attempts at one receiver, each about something else
SLICE_S: Final = 5.0
SOONEST_S: Final = 0.05
IDLE_S: Final = 5.0
KEPT: Final = timedelta(days=30)
LOOKED_AT: Final = 5_000  # of the oldest deliveries, with each beat


def drain(held: Held) -> None:
    """Send what the webhook is owed and is due; the job is due again when the next delivery is.

    At least once: a process that dies between an answer and its row leaves the delivery due, under the same id. No
    transaction is open while a receiver speaks.
    """
    until, sent = time.monotonic() + SLICE_S, False
    with ThreadPoolExecutor(AT_ONCE, "delivery") as crew:
        while not held.departure.left and _round(held, crew):
            sent = True
            if time.monotonic() >= until:
                raise Later(0.0)  # whoever waits longer goes first: slow receivers do not take all places
    if sent and not held.departure.left:
        raise Later(IDLE_S)  # the next event finds this job, so that steady traffic does not leave a row for each burst


def remind(world: World) -> None:
    """Submit the job of every webhook that is owed something, in case it has none: as after an upgrade."""
    with world.store.read() as tx:
        owed = rows.owed(tx, [webhook.id for webhook in webhook_rows.active(tx)])
    for webhook_id in sorted(owed):
        with world.store.write() as tx:
            submit(tx, world, JOB, about=webhook_id)


def forget(world: World) -> Iterator[str]:
    """A line if deliveries were dropped: after a month, those of traffic that were taken with their events."""
    now = world.now()
    with world.store.write() as tx:
        gone = rows.prune(tx, now - KEPT, now - world.policy.traffic_event_retention, TRAFFIC, looked_at=LOOKED_AT)
    if gone:
        yield f"forgot {gone} deliveries"


def send(world: World, webhook: Webhook, *, id_: str, payload: Json, replayed: bool = False) -> Answer:
    """One attempt: the payload as JSON, signed as Standard Webhooks does."""
    body, moment = dumps(payload).encode(), world.now()
    headers = {
        **webhook.headers,
        "Content-Type": "application/json",
        "User-Agent": "Model-Match",
        "webhook-id": id_,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": webhook.signatures(id_=id_, moment=moment, body=body),
    }
    if replayed:
        headers["webhook-replayed"] = "true"
    return receiver.post(webhook.url, body, headers, private=world.policy.webhook_private_hosts)


def _round(held: Held, crew: ThreadPoolExecutor) -> bool:
    """Whether there may be more to do now. Raises Later when there is, but not yet."""
    world, moment = held.world, held.world.now()
    with world.store.read() as tx:
        webhook = webhook_rows.find(tx, held.job.about)
        if webhook is None or not webhook.active:
            return False
        if webhook.paused_until is not None and webhook.paused_until > moment:
            raise Later((webhook.paused_until - moment).total_seconds())
        due = rows.due(tx, webhook.id, moment, limit=most_at_once(webhook, AT_ONCE))
        if not due:
            _wait_for_next(tx, world, webhook.id)
            return False
        payloads = [_payload(tx, world, webhook, delivery) for delivery in due]
    answers = list(crew.map(lambda one, payload: _attempt(world, webhook, one, payload), due, payloads))
    with world.store.write() as tx:
        if not held.holds(tx):
            return False
        _settle(tx, world, webhook.id, list(zip(due, answers, strict=True)))
    return True


def _wait_for_next(tx: Tx, world: World, webhook_id: str) -> None:
    next_at = rows.next_due_at(tx, webhook_id)
    if next_at is not None:
        raise Later(max(SOONEST_S, (next_at - world.now()).total_seconds()))


def _attempt(world: World, webhook: Webhook, delivery: Delivery, payload: Json) -> Answer:
    return send(world, webhook, id_=delivery.told_as, payload=payload, replayed=delivery.replayed)


def _payload(tx: Tx, world: World, webhook: Webhook, delivery: Delivery) -> Json:
    """What was stored; with a run's outputs for a webhook that wants texts, as long as they are kept."""
    if not webhook.texts or not delivery.kind.startswith("run.") or not world.policy.keep_texts:
        return delivery.payload
    try:
        outputs = run_rows.get(tx, delivery.about).outputs
    except NotFound:
        return delivery.payload
    told = delivery.payload["data"]
    return {**delivery.payload, "data": {**(told if isinstance(told, dict) else {}), "outputs": outputs}}


def _settle(tx: Tx, world: World, webhook_id: str, tried: Sequence[tuple[Delivery, Answer]]) -> None:
    """Each delivery as it is after its attempt, and how the receiver is."""
    moment = world.now()
    before = webhook_rows.find(tx, webhook_id, lock=True)
    if before is None:
        return
    for delivery, answer in tried:
        ended = after(delivery, answer, moment)
        rows.update_state(tx, delivery, ended)
        if ended.status == "pending":
            rows.postpone(tx, ended)
        if ended.status == "dead":
            facts = {"webhook": webhook_id, "delivery": delivery.id, "status": answer.status}
            log.warning("delivery_dead", extra=facts)
    good = any(answer.error is None for _, answer in tried)  # what was tried at once counts as one
    now = well(before) if good else failed(before, moment)
    if now != before:
        webhook_rows.update(tx, now)
        _tell(tx, world, before, now)


def _tell(tx: Tx, world: World, before: Webhook, now: Webhook) -> None:
    """What has changed about the receiver; once it is back, all that waits is due."""
    if before.failures and not now.failures:
        rows.bring_forward(tx, now.id, world.now())
    told: dict[str, object] = {"failures": max(before.failures, now.failures)}
    if not now.active:
        events.record(tx, world, "webhook.disabled", about=now.id, text="given up after days of failures", data=told)
    elif now.paused_until and not before.paused_until:
        events.record(tx, world, "webhook.paused", about=now.id, text="left alone, since it keeps failing", data=told)
    elif before.paused_until and not now.paused_until:
        events.record(tx, world, "webhook.resumed", about=now.id, text="answers again", data=told)
