"""Deliveries as rows: an outbox, written with the event and emptied by the beat."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Row, delete, insert, select, update

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import deliveries, webhooks
from app.db.uow import Tx
from app.db.webhooks import to_webhook
from app.domain.errors import NotFound
from app.domain.webhook import Delivery, Webhook

ORDERS: Final[Orders] = {"id": deliveries.c.id}
FIELDS: Final = tuple(column.name for column in deliveries.columns)


def add(tx: Tx, delivery: Delivery) -> None:
    """Records the delivery."""
    tx.execute(insert(deliveries).values({name: getattr(delivery, name) for name in FIELDS}))


def get(tx: Tx, webhook_id: str, delivery_id: str) -> Delivery:
    """One of the webhook's own. Raises NotFound."""
    own = (deliveries.c.webhook_id == webhook_id, deliveries.c.id == delivery_id)
    row = tx.execute(select(deliveries).where(*own)).one_or_none()
    if row is None:
        raise NotFound("delivery", delivery_id)
    return _delivery(row)


def next_due(tx: Tx, moment: datetime, *, but_not: Collection[str] = ()) -> tuple[Delivery, Webhook] | None:
    """The pending delivery that is due for longest, of an active webhook that is not among `but_not`."""
    waiting = (deliveries.c.status == "pending", deliveries.c.due_at <= moment, webhooks.c.active)
    others = deliveries.c.webhook_id.not_in(sorted(but_not))
    statement = (
        select(deliveries, webhooks)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(*waiting, others)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(1)
    )
    row = tx.execute(statement).one_or_none()
    return None if row is None else (_delivery(row), to_webhook(row))


def update_state(tx: Tx, before: Delivery, after: Delivery) -> bool:
    """Whether `before` was still there to write `after` over: it may be gone, or somebody else has had it."""
    unchanged = (
        deliveries.c.id == before.id,
        deliveries.c.status == before.status,
        deliveries.c.attempts == before.attempts,
    )
    names = ("status", "attempts", "due_at", "answered", "error", "ended_at")
    values = {name: getattr(after, name) for name in names}
    return tx.execute(update(deliveries).where(*unchanged).values(values)).rowcount == 1


def postpone(tx: Tx, webhook_id: str, until: datetime) -> None:
    """No pending delivery of the webhook is due before that moment."""
    early = (deliveries.c.webhook_id == webhook_id, deliveries.c.status == "pending", deliveries.c.due_at < until)
    tx.execute(update(deliveries).where(*early).values(due_at=until))


def prune(tx: Tx, before: datetime) -> int:
    """How many were made before that moment, and are gone now."""
    return tx.execute(delete(deliveries).where(deliveries.c.created_at < before)).rowcount


def page(tx: Tx, webhook_id: str, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Delivery], str | None]:
    """The webhook's deliveries, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement = select(deliveries).where(deliveries.c.webhook_id == webhook_id)
    by = order_by("-id", ORDERS, unique=deliveries.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_delivery)


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    return Delivery(**{name: row._mapping[deliveries.c[name]] for name in FIELDS})
