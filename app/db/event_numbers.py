"""The order in which events are told: numbers that are given after the commit, by one process at a time.

An id is made before its transaction ends, and may become visible after a later one. A number is given to what is
committed already, in a transaction that holds the cursor: whoever has seen a number never finds a lower one afterwards.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, select, update

from app.db import cursors
from app.db.events import to_event
from app.db.tables import events
from app.db.uow import Tx
from app.domain.event import Event

CURSOR: Final = "events"
c = events.c
NUMBERED: Final = update(events).where(c.id == bindparam("of")).values(number=bindparam("its_number"))


def any_left(tx: Tx) -> bool:
    """Whether an event has no number yet."""
    return tx.execute(select(c.id).where(c.number.is_(None)).limit(1)).first() is not None


def give(tx: Tx, *, limit: int) -> list[Event]:
    """The oldest events without a number, with the next ones; nobody else gives any until the transaction is over."""
    stands = cursors.hold(tx, CURSOR)
    waiting = select(events).where(c.number.is_(None)).order_by(c.id).limit(limit)
    found = [to_event(row) for row in tx.execute(waiting)]
    if not found:
        return []
    last = int(stands) if stands else last_of_all(tx)
    numbered = [replace(event, number=number) for number, event in enumerate(found, last + 1)]
    tx.execute(NUMBERED, [{"of": event.id, "its_number": event.number} for event in numbered])
    cursors.put(tx, CURSOR, str(numbered[-1].number))
    return numbered


def last_of_all(tx: Tx) -> int:
    """The highest number that was given and is still there, 0 before the first."""
    return tx.execute(select(func.max(c.number))).scalar() or 0


def last_given(tx: Tx) -> int:
    """The last number that was given, 0 before the first."""
    stands = cursors.position(tx, CURSOR)
    return int(stands) if stands else last_of_all(tx)


def after(
    tx: Tx, last: int, *, among: Sequence[ColumnElement[bool]] = (), kinds: Collection[str] | None = None, limit: int
) -> tuple[list[Event], int]:
    """Events behind the number `last` in their order, and the number up to which all were looked at.

    Looks at `limit` events at most, of which it gives those that are `among` and of the kinds.
    """
    ahead = select(c.number).where(c.number > last).order_by(c.number).limit(limit).subquery()
    top = tx.execute(select(func.max(ahead.c.number))).scalar()
    if top is None:
        return [], last
    statement = select(events).where(c.number > last, c.number <= top, *among).order_by(c.number)
    if kinds is not None:
        statement = statement.where(c.kind.in_(kinds))
    return [to_event(row) for row in tx.execute(statement)], int(top)
