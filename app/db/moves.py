"""Moves as rows: written once, never changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Row, func, insert, select

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import moves
from app.db.uow import Tx
from app.domain.experiment import Move

ORDERS: Final[Orders] = {"at": moves.c.at}
FIELDS: Final = tuple(column.name for column in moves.columns)


def add(tx: Tx, move: Move) -> None:
    """Records the move."""
    tx.execute(insert(moves).values({name: getattr(move, name) for name in FIELDS}))


def following(tx: Tx, use_case_id: str, moment: datetime) -> datetime:
    """When the next move of the use case is: at the moment, or right after the last move.

    The clocks of two machines differ, and moves are read in the order of their time.
    """
    last = tx.execute(select(func.max(moves.c.at)).where(moves.c.use_case_id == use_case_id)).scalar()
    return moment if last is None or moment > last else last + timedelta(microseconds=1)


def latest(tx: Tx, experiment_id: str) -> Move | None:
    """The newest move of the experiment."""
    statement = select(moves).where(moves.c.experiment_id == experiment_id)
    row = tx.execute(statement.order_by(moves.c.at.desc(), moves.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _move(row)


def of_experiment(tx: Tx, experiment_id: str) -> Iterator[Move]:
    """All moves of the experiment, oldest first, read bit by bit: their inputs are long."""
    statement = select(moves).where(moves.c.experiment_id == experiment_id).order_by(moves.c.at, moves.c.id)
    for row in tx.execute(statement.execution_options(yield_per=20)):
        yield _move(row)


def page(
    tx: Tx, use_case_id: str, *, experiment_id: str | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[Move], str | None]:
    """Moves of the use case, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement = select(moves).where(moves.c.use_case_id == use_case_id)
    if experiment_id is not None:
        statement = statement.where(moves.c.experiment_id == experiment_id)
    by = order_by("-at", ORDERS, unique=moves.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_move)


def _move(row: Row[tuple[object, ...]]) -> Move:
    return Move(**row._mapping)
