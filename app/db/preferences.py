"""Preferences as rows: which model a user or a team wants for a task."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select

from app.db import paging
from app.db.insert import insert
from app.db.paging import Order
from app.db.tables import preferences
from app.db.uow import Tx
from app.domain.preference import Kind, Preference

c = preferences.c


def all_of(tx: Tx) -> dict[tuple[str, str, str], str]:
    """Model by task, kind and who; read with every snapshot, so no more than is needed."""
    rows = tx.execute(select(c.task, c.kind, c.who, c.model))
    return {(task, kind, who): model for task, kind, who, model in rows}


def of_task(tx: Tx, task: str) -> list[Preference]:
    """By kind and who."""
    return [_preference(row) for row in tx.execute(select(preferences).where(c.task == task).order_by(*_key()))]


def page(
    tx: Tx, task: str, *, kind: Kind | None, cursor: str | None, limit: int
) -> tuple[list[Preference], str | None]:
    """Of a task, by kind and who; the cursor of the next page. Raises Invalid for a foreign cursor."""
    wanted = select(preferences).where(c.task == task)
    if kind is not None:
        wanted = wanted.where(c.kind == kind)
    order = Order("who", (c.kind, c.who), descending=False)
    return paging.page(tx, wanted, order=order, cursor=cursor, limit=limit, to=_preference)


def count(tx: Tx) -> int:
    """How many there are, of all tasks."""
    return tx.execute(select(func.count()).select_from(preferences)).scalar_one()


def put(tx: Tx, preference: Preference, moment: datetime) -> None:
    """The preference takes the place of what these wanted before."""
    said = {"task": preference.task, "kind": preference.kind, "who": preference.who, "model": preference.model}
    fresh = insert(tx, preferences).values(**said, updated_at=moment)
    changed = {"model": fresh.excluded.model, "updated_at": fresh.excluded.updated_at}
    tx.execute(fresh.on_conflict_do_update(index_elements=list(_key()), set_=changed))


def clear(tx: Tx, task: str, kind: Kind, who: str) -> bool:
    """Whether there was a preference to take away."""
    return tx.execute(delete(preferences).where(c.task == task, c.kind == kind, c.who == who)).rowcount == 1


def _key() -> tuple[Any, ...]:
    return (c.task, c.kind, c.who)


def _preference(row: Row[Any]) -> Preference:
    return Preference(row.task, row.kind, row.who, row.model)
