"""Calls as rows, with their texts apart; found by any mix of filters, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, Select, or_, select

from app.db.insert import insert_new
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import call_texts, calls
from app.db.uow import Tx
from app.domain.call import Call, CallText
from app.domain.errors import NotFound
from app.domain.message import Usage

USAGE: Final = tuple(field.name for field in fields(Usage))
PLAIN: Final = tuple(field.name for field in fields(Call) if field.name != "usage")
ORDERS: Final[Orders] = {"at": calls.c.at}


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What a call must match; None asks nothing. `since` counts, `until` does not; `text` stands in prompt or reply."""

    use_case_id: str | None = None
    flow_id: str | None = None
    model: str | None = None
    provider: str | None = None
    session_id: str | None = None
    run_id: str | None = None
    outcome: str | None = None
    source: str | None = None
    step: str | None = None
    task: str | None = None
    key_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


def add_new(tx: Tx, done: Sequence[Call]) -> set[str]:
    """Stores those that are not there yet; their ids."""
    return insert_new(tx, calls, [_values(call) for call in done], returning=calls.c.id)


def add_texts(tx: Tx, texts: Sequence[CallText]) -> None:
    """Stores the texts of calls that are stored."""
    rows = [{"call_id": text.call_id, "prompt": text.prompt, "reply": text.reply} for text in texts]
    insert_new(tx, call_texts, rows, returning=call_texts.c.call_id)


def get(tx: Tx, call_id: str) -> Call:
    """Raises NotFound."""
    row = tx.execute(select(calls).where(calls.c.id == call_id)).one_or_none()
    if row is None:
        raise NotFound("call", call_id)
    return call_of(row)


def text_of(tx: Tx, call_id: str) -> CallText | None:
    """What was said in the call, or None when it was not kept."""
    row = tx.execute(select(call_texts).where(call_texts.c.call_id == call_id)).one_or_none()
    return None if row is None else CallText(*row)


def of_run(tx: Tx, run_id: str) -> list[Call]:
    """All calls of the run, oldest first."""
    statement = select(calls).where(calls.c.run_id == run_id).order_by(calls.c.at, calls.c.id)
    return [call_of(row) for row in tx.execute(statement)]


def page(tx: Tx, wanted: CallFilter, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Call], str | None]:
    """Calls that match, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement: Select[tuple[object, ...]] = select(calls).where(*conditions(wanted))
    by = order_by("-at", ORDERS, unique=calls.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=call_of)


def conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on `calls`."""
    named = [field.name for field in fields(CallFilter) if field.name not in ("since", "until", "text")]
    asked = [calls.c[name] == value for name in named if (value := getattr(wanted, name)) is not None]
    if wanted.since is not None:
        asked.append(calls.c.at >= wanted.since)
    if wanted.until is not None:
        asked.append(calls.c.at < wanted.until)
    if wanted.text:
        said = (column.icontains(wanted.text, autoescape=True) for column in (call_texts.c.prompt, call_texts.c.reply))
        asked.append(select(call_texts.c.call_id).where(call_texts.c.call_id == calls.c.id, or_(*said)).exists())
    return asked


def call_of(row: Row[tuple[object, ...]]) -> Call:
    """The call of a whole row."""
    values = dict(row._mapping)
    usage = Usage(**{name: values.pop(name) for name in USAGE})
    return Call(**values, usage=usage)


def _values(call: Call) -> dict[str, object]:
    values = {name: getattr(call, name) for name in PLAIN}
    usage = call.usage
    for name in USAGE:
        values[name] = getattr(usage, name)
    return values
