"""Delivering empties the outbox: what is due goes to its receiver, signed, until it is taken or believed lost."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.db import deliveries as rows
from app.db.types import dumps
from app.domain.message import Json
from app.domain.webhook import FIRST_WAIT, Answer, Delivery, Webhook, after, signature
from app.providers import receiver
from app.services.world import World

log = logging.getLogger(__name__)

MOST: Final = 100
WITHIN_S: Final = 10.0  # of one beat; an attempt that has begun may last a few seconds more
KEPT: Final = timedelta(days=30)


def deliver_due(world: World, *, within_s: float = WITHIN_S) -> Iterator[str]:
    """What was delivered, given up or forgotten, a line each. No transaction is open while a receiver speaks.

    At least once: a process that dies between an answer and its row leaves the delivery due, under the same id. A
    webhook that fails is left alone for the rest of the beat and its other deliveries for a while, so that it takes no
    time from others.
    """
    until = time.monotonic() + within_s
    failed: set[str] = set()
    delivered = dead = 0
    for _ in range(MOST):
        if time.monotonic() >= until:
            break
        with world.store.read() as tx:
            due = rows.next_due(tx, world.now(), but_not=failed)
        if due is None:
            break
        ended = _attempt(world, *due)
        delivered += ended.status == "delivered"
        dead += ended.status == "dead"
        if ended.error is not None:
            failed.add(ended.webhook_id)
    if delivered:
        yield f"delivered {delivered} events to webhooks"
    if dead:
        yield f"gave up {dead} deliveries"
    with world.store.write() as tx:
        forgotten = rows.prune(tx, world.now() - KEPT)
    if forgotten:
        yield f"forgot {forgotten} deliveries"


def send(world: World, webhook: Webhook, *, id_: str, payload: Json) -> Answer:
    """One attempt: the payload as JSON, signed as Standard Webhooks does."""
    body, timestamp = dumps(payload).encode(), int(world.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Model-Match",
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(webhook.secret, id_=id_, timestamp=timestamp, body=body),
    }
    return receiver.post(webhook.url, body, headers, private=world.policy.webhook_private_hosts)


def _attempt(world: World, delivery: Delivery, webhook: Webhook) -> Delivery:
    """The delivery after one more attempt, stored."""
    answer = send(world, webhook, id_=delivery.id, payload=delivery.payload)
    moment = world.now()
    ended = after(delivery, answer, moment)
    with world.store.write() as tx:
        rows.update_state(tx, delivery, ended)
        if answer.error is not None:
            rows.postpone(tx, webhook.id, moment + FIRST_WAIT)
    if ended.status == "dead":
        log.warning("delivery_dead", extra={"webhook": webhook.id, "delivery": delivery.id, "status": answer.status})
    return ended
