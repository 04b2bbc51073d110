"""Alerts as rows, each written once: its id is a hash of what it is about."""

import uuid
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final

from sqlalchemy import Row, Select, select
from sqlalchemy import update as change

from app.db.insert import insert_new
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import budget_alerts as alerts
from app.db.uow import Tx
from app.domain.budget_alert import BudgetAlert

SPACE: Final = uuid.UUID("6f1c8a52-5a1d-5c86-9d7e-2f5b0c1e4a90")
ORDERS: Final[Orders] = {"at": alerts.c.at}
TOLD_AT_ONCE: Final = 100


FIELDS: Final = tuple(field.name for field in fields(BudgetAlert))


def add_new(tx: Tx, raised: Sequence[BudgetAlert]) -> None:
    """Writes those that were never raised before."""
    rows = {(alert := replace(one, id=identity(one))).id: alert for one in raised}
    ordered = [{name: getattr(rows[id_], name) for name in FIELDS} for id_ in sorted(rows)]
    insert_new(tx, alerts, ordered, returning=alerts.c.id)


def identity(alert: BudgetAlert) -> str:
    """The same for every alert about the same: budget or model, who, period and threshold."""
    about = (alert.kind, alert.budget_id or alert.name, alert.who, alert.starts_at.isoformat(), str(alert.threshold))
    return str(uuid.uuid5(SPACE, "\n".join(about)))


def page(
    tx: Tx, *, name: str | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[BudgetAlert], str | None]:
    """Alerts, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement: Select[tuple[object, ...]] = select(alerts)
    if name is not None:
        statement = statement.where(alerts.c.name == name)
    by = order_by("-at", ORDERS, unique=alerts.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_alert)


def untold(tx: Tx) -> bool:
    """Whether any alert waits to be told."""
    return tx.execute(select(alerts.c.id).where(alerts.c.told.is_(False)).limit(1)).one_or_none() is not None


def claim(tx: Tx) -> list[BudgetAlert]:
    """Alerts that the caller is to tell, once this unit of work is committed; nobody else is given them."""
    some = select(alerts.c.id).where(alerts.c.told.is_(False)).order_by(alerts.c.id).limit(TOLD_AT_ONCE)
    statement = change(alerts).where(alerts.c.id.in_(some), alerts.c.told.is_(False)).values(told=True)
    return [_alert(row) for row in tx.execute(statement.returning(alerts))]


def _alert(row: Row[tuple[object, ...]]) -> BudgetAlert:
    return BudgetAlert(**dict(row._mapping))
