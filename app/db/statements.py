"""Providers' statements as rows, with a line per day and name of a model."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, Select, delete, insert, select

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import statement_lines, statements
from app.db.uow import Tx
from app.domain.errors import NotFound
from app.domain.statement import Figures, Statement, StatementLine

ORDERS: Final[Orders] = {"created_at": statements.c.created_at}
FIELDS: Final = tuple(field.name for field in fields(Statement))
FIGURES: Final = tuple(field.name for field in fields(Figures))


def add(tx: Tx, statement: Statement, lines: Sequence[StatementLine]) -> None:
    """Stores the statement with its lines, of which there is at least one."""
    tx.execute(insert(statements).values({name: getattr(statement, name) for name in FIELDS}))
    rows = [
        {
            "statement_id": statement.id,
            "day": line.day,
            "name": line.name,
            "model": line.model,
            **{name: getattr(line.figures, name) for name in FIGURES},
        }
        for line in lines
    ]
    tx.execute(insert(statement_lines), rows)


def get(tx: Tx, statement_id: str) -> Statement:
    """Raises NotFound."""
    row = tx.execute(select(statements).where(statements.c.id == statement_id)).one_or_none()
    if row is None:
        raise NotFound("statement", statement_id)
    return _statement(row)


def lines_of(tx: Tx, statement_id: str) -> list[StatementLine]:
    """All lines, by day and name."""
    c = statement_lines.c
    found = tx.execute(select(statement_lines).where(c.statement_id == statement_id).order_by(c.day, c.name))
    return [
        StatementLine(row.day, row.name, row.model, Figures(**{name: row._mapping[name] for name in FIGURES}))
        for row in found
    ]


def page(tx: Tx, *, cursor: str | None, limit: int) -> tuple[list[Statement], str | None]:
    """Statements, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement: Select[tuple[object, ...]] = select(statements)
    by = order_by("-created_at", ORDERS, unique=statements.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_statement)


def drop(tx: Tx, statement_id: str) -> None:
    """The statement and its lines are gone. Raises NotFound."""
    if not tx.execute(delete(statements).where(statements.c.id == statement_id)).rowcount:
        raise NotFound("statement", statement_id)


def _statement(row: Row[Any]) -> Statement:
    return Statement(**{name: row._mapping[name] for name in FIELDS})
