"""Webhooks as rows; deleting one takes its deliveries along."""

from typing import Final

from sqlalchemy import Row, delete, insert, select
from sqlalchemy import update as change

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import webhooks
from app.db.uow import Tx
from app.domain.errors import NotFound
from app.domain.webhook import Webhook

ORDERS: Final[Orders] = {"created_at": webhooks.c.created_at}
FIELDS: Final = tuple(column.name for column in webhooks.columns)


def add(tx: Tx, webhook: Webhook) -> None:
    """Records the webhook."""
    tx.execute(insert(webhooks).values({name: getattr(webhook, name) for name in FIELDS}))


def get(tx: Tx, webhook_id: str) -> Webhook:
    """Raises NotFound."""
    row = tx.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
    if row is None:
        raise NotFound("webhook", webhook_id)
    return to_webhook(row)


def find(tx: Tx, webhook_id: str, *, lock: bool = False) -> Webhook | None:
    """The webhook, None if it is gone; with `lock` nobody else changes it until this unit of work has ended."""
    own = select(webhooks).where(webhooks.c.id == webhook_id)
    row = tx.execute(own.with_for_update(key_share=True) if lock else own).one_or_none()
    return None if row is None else to_webhook(row)


def get_to_change(tx: Tx, webhook_id: str) -> Webhook:
    """The same, and nobody else changes it until this unit of work has ended. Raises NotFound."""
    row = tx.execute(select(webhooks).where(webhooks.c.id == webhook_id).with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFound("webhook", webhook_id)
    return to_webhook(row)


def update(tx: Tx, webhook: Webhook) -> None:
    """All but its id and its beginning. Raises NotFound."""
    values = {name: getattr(webhook, name) for name in FIELDS if name not in ("id", "created_at")}
    if not tx.execute(change(webhooks).where(webhooks.c.id == webhook.id).values(values)).rowcount:
        raise NotFound("webhook", webhook.id)


def remove(tx: Tx, webhook_id: str) -> None:
    """With its deliveries. Raises NotFound."""
    if not tx.execute(delete(webhooks).where(webhooks.c.id == webhook_id)).rowcount:
        raise NotFound("webhook", webhook_id)


def active(tx: Tx) -> list[Webhook]:
    """Every webhook that is switched on, by id."""
    return [to_webhook(row) for row in tx.execute(select(webhooks).where(webhooks.c.active).order_by(webhooks.c.id))]


def page(tx: Tx, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Webhook], str | None]:
    """Webhooks, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    by = order_by("-created_at", ORDERS, unique=webhooks.c.id)
    return paged(tx, select(webhooks), order=by, cursor=cursor, limit=limit, to=to_webhook)


def to_webhook(row: Row[tuple[object, ...]]) -> Webhook:
    """The webhook of a row that holds all its columns."""
    values = {name: row._mapping[webhooks.c[name]] for name in FIELDS}
    return Webhook(**{**values, "kinds": tuple(values["kinds"])})
