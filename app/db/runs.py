"""Runs as rows."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Row, select

from app.db.insert import insert_new
from app.db.tables import runs
from app.db.uow import Tx
from app.domain.call import Run
from app.domain.errors import NotFound

FIELDS: Final = tuple(column.name for column in runs.columns)


def add_new(tx: Tx, done: Sequence[Run]) -> set[str]:
    """Stores those that are not there yet; their ids."""
    return insert_new(tx, runs, [{name: getattr(run, name) for name in FIELDS} for run in done], returning=runs.c.id)


def get(tx: Tx, run_id: str) -> Run:
    """Raises NotFound."""
    row = tx.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise NotFound("run", run_id)
    return _run(row)


def of_session(tx: Tx, session_id: str) -> list[Run]:
    """All runs of the session, oldest first."""
    statement = select(runs).where(runs.c.session_id == session_id).order_by(runs.c.started_at, runs.c.id)
    return [_run(row) for row in tx.execute(statement)]


def _run(row: Row[tuple[object, ...]]) -> Run:
    return Run(**row._mapping)
