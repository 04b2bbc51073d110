"""Moves as rows: written once, never changed."""

from typing import Final

from sqlalchemy import Row, insert, select

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
