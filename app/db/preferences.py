"""Preferences as rows: which model a user or a team wants for a task."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, select

from app.db.insert import insert
from app.db.tables import preferences
from app.db.uow import Tx

Kind = Literal["user", "team"]

c = preferences.c


@dataclass(frozen=True, slots=True)
class Preference:
    """`who` is the id of the user, or the name of the team."""

    task: str
    kind: Kind
    who: str
    model: str


def all_of(tx: Tx) -> dict[tuple[str, str, str], str]:
    """Model by task, kind and who."""
    return {(row.task, row.kind, row.who): row.model for row in tx.execute(select(preferences).order_by(*_key()))}


def of_task(tx: Tx, task: str) -> list[Preference]:
    """By kind and who."""
    return [_preference(row) for row in tx.execute(select(preferences).where(c.task == task).order_by(*_key()))]


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
