"""Lists are paged by keyset: a cursor names the last row seen, so pages neither skip nor repeat as rows come in."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, literal, or_, true, tuple_

from app.db.types import Id, Utc, uuid
from app.domain.errors import Invalid

T = TypeVar("T")
Anchor = Column[str] | Column[object] | Column[int]
Orders = Mapping[str, Anchor]


@dataclass(frozen=True, slots=True)
class Order:
    """Rows by one column, ties broken by another that is unique; in the same direction unless `ties_ascend`."""

    name: str
    columns: tuple[Anchor, Anchor]
    descending: bool
    ties_ascend: bool = False


def order_by(name: str, orders: Orders, *, unique: Anchor) -> Order:
    """The order of that name, descending with a leading `-`. Raises Invalid for one that is not offered."""
    column = orders.get(name.removeprefix("-"))
    if column is None:
        raise Invalid(f"one of {', '.join(sorted(orders))} is expected, with '-' for descending", field="order")
    return Order(name, (column, unique), name.startswith("-"))


def page(
    connection: Connection,
    statement: Select[tuple[object, ...]],
    *,
    order: Order,
    cursor: str | None,
    limit: int,
    to: Callable[[Row[tuple[object, ...]]], T],
) -> tuple[list[T], str | None]:
    """At most `limit` items and the cursor of what follows, None at the end. Raises Invalid for a foreign cursor."""
    if cursor is not None:
        statement = statement.where(_beyond(cursor, order))
    downward = (order.descending, order.descending and not order.ties_ascend)
    by = [column.desc() if down else column.asc() for column, down in zip(order.columns, downward, strict=True)]
    rows = connection.execute(statement.order_by(*by).limit(limit + 1)).all()
    following = _cursor(rows[limit - 1], order) if len(rows) > limit else None
    return [to(row) for row in rows[:limit]], following


def holds_words(search: str | None, columns: Sequence[Column[str]]) -> ColumnElement[bool]:
    """Whether every word of the search stands somewhere in the columns, in whatever case; `%` and `_` are letters."""
    words = (search or "").split()
    found = (or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words)
    return and_(true(), *found)


def _beyond(cursor: str, order: Order) -> ColumnElement[bool]:
    """Rows after the one that the cursor names."""
    seen = _values(cursor, order)
    if order.descending and order.ties_ascend:
        column, tie = order.columns
        return or_(column < seen[0], and_(column == seen[0], tie > seen[1]))
    keys = tuple_(*order.columns)
    return keys < tuple_(*seen) if order.descending else keys > tuple_(*seen)


def _cursor(row: Row[tuple[object, ...]], order: Order) -> str:
    values = [row._mapping[column] for column in order.columns]
    return base64.urlsafe_b64encode(orjson.dumps([order.name, *values])).decode().rstrip("=")


def _values(cursor: str, order: Order) -> list[ColumnElement[object]]:
    refused = Invalid("this cursor does not belong to this list", field="cursor")
    try:
        name, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != order.name or len(values) != len(order.columns):
            raise refused
        pairs = zip(values, order.columns, strict=True)
        return [literal(_typed(value, column), column.type) for value, column in pairs]
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError) as error:
        raise refused from error


def _typed(value: object, column: Anchor) -> object:
    match column.type:
        case Utc():
            return datetime.fromisoformat(str(value))
        case Id():
            return uuid(str(value))
        case _:
            if not isinstance(value, column.type.python_type):
                raise TypeError("another kind of value")
            return value
