"""Sessions as rows: one live session per use case and correlation id; whoever stores it first gives it its flow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, select, tuple_, update

from app.db.insert import insert_new
from app.db.tables import sessions
from app.db.uow import Tx
from app.domain.errors import StoreUnavailable
from app.domain.session import Session

FIELDS: Final = tuple(column for column in sessions.columns if column.name != "live")
ROUNDS: Final = 3  # insert, make room, insert again: a third only when another process makes room at the same time


def get(tx: Tx, use_case_id: str, correlation_id: str, moment: datetime) -> Session | None:
    """The session that lives at that moment, or None."""
    own = (sessions.c.use_case_id == use_case_id, sessions.c.correlation_id == correlation_id)
    row = tx.execute(select(*FIELDS).where(*own, sessions.c.live, sessions.c.expires_at > moment)).one_or_none()
    return None if row is None else _session(row)


def get_by_id(tx: Tx, session_id: str) -> Session | None:
    """The session, live or not, or None."""
    row = tx.execute(select(*FIELDS).where(sessions.c.id == session_id)).one_or_none()
    return None if row is None else _session(row)


def latest(tx: Tx, use_case_id: str, correlation_id: str) -> Session | None:
    """The newest session of the correlation id, expired or not, or None."""
    own = (sessions.c.use_case_id == use_case_id, sessions.c.correlation_id == correlation_id)
    row = tx.execute(select(*FIELDS).where(*own).order_by(sessions.c.assigned_at.desc()).limit(1)).one_or_none()
    return None if row is None else _session(row)


def of_correlation(tx: Tx, correlation_id: str) -> list[Session]:
    """Every session of that correlation id over all use cases, newest first."""
    own = select(*FIELDS).where(sessions.c.correlation_id == correlation_id)
    return [_session(row) for row in tx.execute(own.order_by(sessions.c.assigned_at.desc(), sessions.c.id.desc()))]


def pin(tx: Tx, proposed: Sequence[Session]) -> tuple[list[Session], set[str]]:
    """What is stored for each proposal, in order, and the ids that were new.

    The first writer wins; a session that had expired when the new one was assigned gives way to it.
    """
    fresh: set[str] = set()
    stored: dict[str, Session] = {}
    waiting = sorted(proposed, key=_key)
    for _ in range(ROUNDS):
        new = insert_new(tx, sessions, [_values(session, live=True) for session in waiting], returning=sessions.c.id)
        fresh |= new
        stored |= {session.id: session for session in waiting if session.id in new}
        waiting = [session for session in waiting if session.id not in stored]
        if not waiting:
            return [stored[session.id] for session in proposed], fresh
        found = _stored(tx, waiting)
        expired = [found[_key(session)].id for session in waiting if _gives_way(found.get(_key(session)), session)]
        stored |= {session.id: found[_key(session)] for session in waiting if _stays(found.get(_key(session)), session)}
        waiting = [session for session in waiting if session.id not in stored]
        if expired:
            tx.execute(update(sessions).where(sessions.c.id.in_(expired), sessions.c.live).values(live=False))
        if not waiting:
            return [stored[session.id] for session in proposed], fresh
    raise StoreUnavailable("sessions of one correlation id expire faster than they are stored")


def keep(tx: Tx, served: Sequence[Session]) -> set[str]:
    """Stores sessions that have already been served, live or, where another one lives, not live; the new ids."""
    _, new = pin(tx, served)
    beaten = [_values(session, live=False) for session in sorted(served, key=_key) if session.id not in new]
    return new | insert_new(tx, sessions, beaten, returning=sessions.c.id)


def _stored(tx: Tx, proposed: Sequence[Session]) -> dict[tuple[str, str], Session]:
    keys = sorted({_key(session) for session in proposed})
    matches: ColumnElement[bool] = tuple_(sessions.c.use_case_id, sessions.c.correlation_id).in_(keys)
    rows = tx.execute(select(*FIELDS).where(matches, sessions.c.live))
    return {_key(session): session for session in map(_session, rows)}


def _gives_way(found: Session | None, session: Session) -> bool:
    return found is not None and found.id != session.id and found.expires_at <= session.assigned_at


def _stays(found: Session | None, session: Session) -> bool:
    return found is not None and not _gives_way(found, session)


def _key(session: Session) -> tuple[str, str]:
    return (session.use_case_id, session.correlation_id)


def _values(session: Session, *, live: bool) -> dict[str, object]:
    return {**{column.name: getattr(session, column.name) for column in FIELDS}, "live": live}


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(**row._mapping)
