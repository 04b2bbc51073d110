"""Turns of conversations as rows, numbered from 1 in the order in which they were begun."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select, update

from app.db import turn_json
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import turns
from app.db.uow import Tx
from app.domain.conversation import Turn
from app.domain.errors import NotFound

c = turns.c
FIELDS: Final = tuple(each.name for each in fields(Turn))
ORDERS: Final[Orders] = {"number": c.number}
AT_ONCE: Final = 50
INTERRUPTED: Final = "interrupted"


def add(tx: Tx, given: Sequence[Turn]) -> None:
    """Stores the turns."""
    tx.execute(insert(turns), [_values(turn) for turn in given])


def get(tx: Tx, conversation_id: str, turn_id: str) -> Turn:
    """Raises NotFound."""
    row = tx.execute(select(turns).where(c.id == turn_id, c.conversation_id == conversation_id)).one_or_none()
    if row is None:
        raise NotFound("turn", turn_id)
    return _turn(row)


def page(
    tx: Tx, conversation_id: str, *, order: str, cursor: str | None = None, limit: int = 50
) -> tuple[list[Turn], str | None]:
    """Turns by `number` or `-number`, and the next page's cursor. Raises Invalid."""
    by = order_by(order, ORDERS, unique=c.id)
    return paged(
        tx, select(turns).where(c.conversation_id == conversation_id), order=by, cursor=cursor, limit=limit, to=_turn
    )


def answered(tx: Tx, conversation_id: str, *, above: int, upto: int | None = None, back: bool = True) -> Iterator[Turn]:
    """Answered turns with numbers above one and up to another, from the newest `back`, or on from the oldest.

    Read a few at a time, so that whoever needs only some reads no more.
    """
    low, high = above, upto
    while True:
        own = [c.conversation_id == conversation_id, c.state == "answered", c.number > low]
        if high is not None:
            own.append(c.number <= high)
        by = c.number.desc() if back else c.number.asc()
        rows = tx.execute(select(turns).where(*own).order_by(by).limit(AT_ONCE)).all()
        yield from (_turn(row) for row in rows)
        if len(rows) < AT_ONCE:
            return
        if back:
            high = rows[-1].number - 1
        else:
            low = rows[-1].number


def end(tx: Tx, turn: Turn) -> None:
    """What has become of a turn that was asked."""
    values = _values(turn)
    tx.execute(update(turns).where(c.id == turn.id, c.state == "asked").values(values))


def interrupt(tx: Tx, conversation_id: str, moment: datetime) -> None:
    """Turns that somebody began who has not been heard of since have failed."""
    begun = update(turns).where(c.conversation_id == conversation_id, c.state == "asked")
    tx.execute(begun.values(state="failed", error=INTERRUPTED, ended_at=moment))


def _values(turn: Turn) -> dict[str, object]:
    reply = None if turn.reply is None else turn_json.encode([turn.reply])[0]
    return {name: getattr(turn, name) for name in FIELDS} | {"said": turn_json.encode(turn.said), "reply": reply}


def _turn(row: Row[Any]) -> Turn:
    values = dict(row._mapping)
    reply = values.pop("reply")
    said = turn_json.decode(values.pop("said"))
    return Turn(**values, said=said, reply=None if reply is None else turn_json.decode([reply])[0])
