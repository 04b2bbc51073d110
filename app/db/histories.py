"""The newest part of an experiment's history, light and bounded: how traffic was shared, and each move with its why."""

from dataclasses import fields
from typing import Final

from sqlalchemy import select

from app.db.tables import epochs, moves
from app.db.uow import Tx
from app.domain.experiment import Epoch, Move

HEAVY: Final = {"inputs", "outputs"}
LIGHT: Final = tuple(field.name for field in fields(Move) if field.name not in HEAVY)
EPOCH: Final = tuple(field.name for field in fields(Epoch))


def newest_epochs(tx: Tx, experiment_id: str, *, limit: int) -> list[Epoch]:
    """The last epochs, the newest first."""
    statement = (
        select(*(epochs.c[name] for name in EPOCH))
        .where(epochs.c.experiment_id == experiment_id)
        .order_by(epochs.c.number.desc())
        .limit(limit)
    )
    return [Epoch(**row._mapping) for row in tx.execute(statement)]


def newest_moves(tx: Tx, use_case_id: str, experiment_id: str, *, limit: int) -> list[Move]:
    """The last moves, the newest first, without the inputs and outputs that reproduce them."""
    statement = (
        select(*(moves.c[name] for name in LIGHT))
        .where(moves.c.use_case_id == use_case_id, moves.c.experiment_id == experiment_id)
        .order_by(moves.c.at.desc(), moves.c.id.desc())
        .limit(limit)
    )
    return [Move(**row._mapping) for row in tx.execute(statement)]
