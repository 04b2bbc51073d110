"""Use cases as rows."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Row, insert, select
from sqlalchemy import delete as deletion
from sqlalchemy import update as change

from app.db.paging import Orders, holds_words, order_by
from app.db.paging import page as paged
from app.db.tables import call_texts, calls, use_cases
from app.db.uow import Tx
from app.domain.errors import NotFound
from app.domain.use_case import StepSpec, UseCase

ORDERS: Final[Orders] = {name: use_cases.c[name] for name in ("code", "title", "created_at", "updated_at")}


def add(tx: Tx, use_case: UseCase) -> None:
    """Raises Conflict (`duplicate-code`) when the code is taken."""
    tx.execute(insert(use_cases).values(_values(use_case)))


def update(tx: Tx, use_case: UseCase) -> None:
    """Raises NotFound, or Conflict (`duplicate-code`) when the code is taken."""
    if not tx.execute(change(use_cases).where(use_cases.c.id == use_case.id).values(_values(use_case))).rowcount:
        raise NotFound("use case", use_case.code)


def delete(tx: Tx, use_case_id: str) -> None:
    """With its flows, experiments, sessions, runs, feedback and all texts; calls stay on the books. Raises NotFound."""
    own_calls = select(calls.c.id).where(calls.c.use_case_id == use_case_id)
    tx.execute(deletion(call_texts).where(call_texts.c.call_id.in_(own_calls)))
    if not tx.execute(deletion(use_cases).where(use_cases.c.id == use_case_id)).rowcount:
        raise NotFound("use case", use_case_id)


def get(tx: Tx, use_case_id: str) -> UseCase:
    """Raises NotFound."""
    row = tx.execute(select(use_cases).where(use_cases.c.id == use_case_id)).one_or_none()
    if row is None:
        raise NotFound("use case", use_case_id)
    return _use_case(row)


def get_by_code(tx: Tx, code: str) -> UseCase:
    """Raises NotFound."""
    row = tx.execute(select(use_cases).where(use_cases.c.code == code)).one_or_none()
    if row is None:
        raise NotFound("use case", code)
    return _use_case(row)


def codes_of(tx: Tx, ids: Collection[str]) -> dict[str, str]:
    """Codes by id, of those that are there."""
    if not ids:
        return {}
    statement = select(use_cases.c.id, use_cases.c.code).where(use_cases.c.id.in_(sorted(ids)))
    return {row.id: row.code for row in tx.execute(statement)}


def all_of(tx: Tx) -> list[UseCase]:
    """Every use case, by code."""
    return [_use_case(row) for row in tx.execute(select(use_cases).order_by(use_cases.c.code))]


def page(
    tx: Tx, *, search: str | None = None, order: str = "code", cursor: str | None = None, limit: int = 50
) -> tuple[list[UseCase], str | None]:
    """Those whose code, title or description holds every word of `search`, and the next page's cursor.

    `order` is code, title, created_at or updated_at, with `-` for descending. Raises Invalid for another or a foreign
    cursor.
    """
    found = holds_words(search, (use_cases.c.code, use_cases.c.title, use_cases.c.description))
    by = order_by(order, ORDERS, unique=use_cases.c.id)
    return paged(tx, select(use_cases).where(found), order=by, cursor=cursor, limit=limit, to=_use_case)


def set_epoch(tx: Tx, use_case_id: str, epoch_id: str | None) -> None:
    """New sessions count for this epoch from now on. Raises NotFound."""
    if not tx.execute(change(use_cases).where(use_cases.c.id == use_case_id).values(epoch_id=epoch_id)).rowcount:
        raise NotFound("use case", use_case_id)


def _values(use_case: UseCase) -> dict[str, object]:
    return {column.name: getattr(use_case, column.name) for column in use_cases.columns}


def _use_case(row: Row[tuple[object, ...]]) -> UseCase:
    fields = dict(row._mapping)
    fields["steps"] = tuple(StepSpec(**step) for step in fields["steps"])
    return UseCase(**fields)
