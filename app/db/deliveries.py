"""Deliveries as rows: the log of what each webhook was sent, and what it is still owed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, delete, select, update

from app.db.insert import insert_new
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import deliveries
from app.db.uow import Tx
from app.domain.delivery import Delivery, Status
from app.domain.errors import NotFound

c = deliveries.c
earlier = deliveries.alias("earlier")
ORDERS: Final[Orders] = {"id": c.id}
FIELDS: Final = tuple(column.name for column in deliveries.columns)
STATE: Final = ("status", "attempts", "due_at", "answered", "error", "ended_at", "replayed", "tries")


def add_new(tx: Tx, made: Sequence[Delivery]) -> set[str]:
    """Records those of events that their webhook is not owed yet; their ids."""
    return insert_new(tx, deliveries, [{name: getattr(one, name) for name in FIELDS} for one in made], returning=c.id)


def get(tx: Tx, webhook_id: str, delivery_id: str) -> Delivery:
    """One of the webhook's own. Raises NotFound."""
    row = tx.execute(select(deliveries).where(c.webhook_id == webhook_id, c.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound("delivery", delivery_id)
    return _delivery(row)


def due(tx: Tx, webhook_id: str, moment: datetime, *, limit: int) -> list[Delivery]:
    """What the webhook is owed and is due: of what is about the same only the first that is pending."""
    before = (earlier.c.webhook_id == c.webhook_id, earlier.c.about == c.about, earlier.c.status == "pending")
    sooner = and_(earlier.c.number < c.number) | and_(earlier.c.number == c.number, earlier.c.id < c.id)
    first = ~select(earlier.c.id).where(*before, sooner).exists()
    waiting = (c.webhook_id == webhook_id, c.status == "pending", c.due_at <= moment, first)
    statement = select(deliveries).where(*waiting).order_by(c.due_at, c.number, c.id).limit(limit)
    return [_delivery(row) for row in tx.execute(statement)]


def next_due_at(tx: Tx, webhook_id: str) -> datetime | None:
    """When a pending delivery of the webhook is due next, None if it is owed nothing."""
    own = (c.webhook_id == webhook_id, c.status == "pending")
    return tx.execute(select(c.due_at).where(*own).order_by(c.due_at).limit(1)).scalar()


def owed(tx: Tx, webhook_ids: Collection[str]) -> set[str]:
    """Those of the webhooks for which a delivery is pending."""
    pending = select(c.id).where(c.status == "pending")
    return {one for one in webhook_ids if tx.execute(pending.where(c.webhook_id == one).limit(1)).first()}


def update_state(tx: Tx, before: Delivery, after: Delivery) -> bool:
    """Whether `before` was still there to write `after` over: it may be gone, or somebody else has had it."""
    unchanged = (c.id == before.id, c.status == before.status, c.attempts == before.attempts)
    values = {name: getattr(after, name) for name in STATE}
    return tx.execute(update(deliveries).where(*unchanged).values(values)).rowcount == 1


def postpone(tx: Tx, delivery: Delivery) -> None:
    """Nothing pending about the same is due before the delivery is: looking at it before would be in vain."""
    behind = (c.webhook_id == delivery.webhook_id, c.about == delivery.about, c.status == "pending")
    until = update(deliveries).where(*behind, c.due_at < delivery.due_at).values(due_at=delivery.due_at)
    tx.execute(until)


def bring_forward(tx: Tx, webhook_id: str, moment: datetime) -> None:
    """The receiver is back: whatever waits for it is due."""
    waiting = (c.webhook_id == webhook_id, c.status == "pending", c.due_at > moment)
    tx.execute(update(deliveries).where(*waiting).values(due_at=moment))


def revive(tx: Tx, webhook_id: str, event_ids: Collection[str], statuses: Collection[Status], moment: datetime) -> int:
    """Deliveries of these events that have ended so are due once more, from their first attempt on; how many."""
    ended = (c.webhook_id == webhook_id, c.event_id.in_(event_ids), c.status.in_(statuses))
    values = {"status": "pending", "attempts": 0, "due_at": moment, "ended_at": None, "replayed": True}
    return tx.execute(update(deliveries).where(*ended).values(values)).rowcount


def prune(tx: Tx, before: datetime, traffic_before: datetime, traffic: Sequence[str], *, looked_at: int) -> int:
    """How many of the oldest were made before that moment, or, if they are delivered traffic, before the other one."""
    oldest = select(c.id, c.created_at, c.kind, c.status).order_by(c.id).limit(looked_at).subquery()
    told = and_(oldest.c.kind.in_(traffic), oldest.c.status == "delivered", oldest.c.created_at < traffic_before)
    old = select(oldest.c.id).where(told | (oldest.c.created_at < before))
    return tx.execute(delete(deliveries).where(c.id.in_(old))).rowcount


def page(
    tx: Tx, webhook_id: str, *, status: Status | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[Delivery], str | None]:
    """The webhook's deliveries, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement = select(deliveries).where(c.webhook_id == webhook_id)
    if status is not None:
        statement = statement.where(c.status == status)
    by = order_by("-id", ORDERS, unique=c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_delivery)


def _delivery(row: Row[Any]) -> Delivery:
    values = {name: row._mapping[c[name]] for name in FIELDS}
    return Delivery(**{**values, "tries": tuple(values["tries"])})
