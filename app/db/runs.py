"""Runs as rows: most are written once they are over, those of several steps when they begin, too."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from app.db.insert import insert_new
from app.db.paging import Order
from app.db.paging import page as paged
from app.db.tables import runs, sessions
from app.db.uow import Tx
from app.domain.call import Run, RunStatus
from app.domain.errors import NotFound
from app.domain.run_step import LOST

FIELDS: Final = tuple(field.name for field in fields(Run))
COLUMNS: Final = tuple(runs.c[name] for name in FIELDS)
NEWEST: Final = Order("-id", (runs.c.id, runs.c.id), descending=True)
NEWEST_OF_USE_CASE: Final = Order("-started_at", (runs.c.started_at, runs.c.id), descending=True)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What a run must match; None asks nothing."""

    use_case_id: str | None = None
    status: RunStatus | None = None
    session_id: str | None = None


def add_new(tx: Tx, done: Sequence[Run]) -> set[str]:
    """Stores those that are not there yet; their ids."""
    return insert_new(tx, runs, [_values(run) for run in done], returning=runs.c.id)


def end(tx: Tx, done: Sequence[Run]) -> set[str]:
    """Stores the ends of runs that have begun, unless they have ended before; the ids of those that have ended now.

    What was taken for lost has not: its end is what happened.
    """
    if not done:
        return set()
    rows = {run.id: _values(run) for run in done}
    return {str(row[0]) for row in tx.execute(_ending(tx.dialect.name), list(rows.values()))}


def get(tx: Tx, run_id: str, *, lock: bool = False) -> Run:
    """The run; with `lock` nobody else changes it before this transaction ends. Raises NotFound."""
    statement = select(*COLUMNS).where(runs.c.id == run_id)
    row = tx.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFound("run", run_id)
    return _run(row)


def of_session(tx: Tx, session_id: str) -> list[Run]:
    """All runs of the session, oldest first."""
    statement = select(*COLUMNS).where(runs.c.session_id == session_id).order_by(runs.c.started_at, runs.c.id)
    return [_run(row) for row in tx.execute(statement)]


def page(tx: Tx, wanted: RunFilter, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Run], str | None]:
    """Runs that match, newest first, and the next page's cursor; none of shadows. Raises Invalid for a foreign one."""
    asked = [runs.c[each.name] == value for each in fields(wanted) if (value := getattr(wanted, each.name)) is not None]
    shown = select(sessions.c.id).where(sessions.c.id == runs.c.session_id, sessions.c.shadow.is_(False)).exists()
    statement: Select[tuple[object, ...]] = select(*COLUMNS).where(*asked, shown)
    by = NEWEST if wanted.use_case_id is None else NEWEST_OF_USE_CASE
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_run)


def goes_on(tx: Tx, run: Run) -> str | None:
    """The id of a run that went on with this one, and is under way or ended well; None for none."""
    own = (runs.c.session_id == run.session_id, runs.c.resumes == run.id)
    live = runs.c.status.in_(("running", "succeeded"))
    return tx.execute(select(runs.c.id).where(*own, live).limit(1)).scalar_one_or_none()


def ask_to_cancel(tx: Tx, run_id: str, moment: datetime) -> None:
    """Whoever walks the run sees it and stops."""
    running = (runs.c.id == run_id, runs.c.status == "running", runs.c.cancel_asked_at.is_(None))
    tx.execute(update(runs).where(*running).values(cancel_asked_at=moment))


def to_cancel(tx: Tx, ids: Sequence[str]) -> list[str]:
    """Those of the runs that somebody wants cancelled."""
    asked = (runs.c.status == "running", runs.c.cancel_asked_at.is_not(None))
    return list(tx.execute(select(runs.c.id).where(*asked, runs.c.id.in_(ids))).scalars())


def running_since(tx: Tx, before: datetime, *, limit: int) -> list[Run]:
    """Runs under way that began before that moment, oldest first."""
    late = (runs.c.status == "running", runs.c.started_at < before)
    statement = select(*COLUMNS).where(*late).order_by(runs.c.started_at).limit(limit)
    return [_run(row) for row in tx.execute(statement)]


def lose(tx: Tx, run: Run) -> bool:
    """Stores how far a lost run came, unless it has ended meanwhile; whether it had not."""
    values = {name: getattr(run, name) for name in ("status", "error", "failed_step", "outputs", "cost", "ended_at")}
    own = (runs.c.id == run.id, runs.c.status == "running")
    return bool(tx.execute(update(runs).where(*own).values(**values, latency_ms=run.latency_ms)).rowcount)


def _run(row: Row[tuple[object, ...]]) -> Run:
    return Run(**row._mapping)


def _values(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in FIELDS}


@cache
def _ending(dialect: str) -> ReturningInsert[tuple[str]]:
    fresh = sqlite.insert(runs) if dialect == "sqlite" else postgresql.insert(runs)
    given = {name: fresh.excluded[name] for name in FIELDS if name != "id"}
    open_still = or_(runs.c.status == "running", runs.c.error == LOST)
    ended = fresh.on_conflict_do_update(index_elements=[runs.c.id], set_=given, where=open_still)
    return ended.returning(runs.c.id)
