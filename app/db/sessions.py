"""Sessions as rows: one live session per use case and correlation id; whoever stores it first gives it its flow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, bindparam, select, tuple_, update

from app.db.insert import insert_new
from app.db.tables import sessions
from app.db.uow import Tx
from app.domain.errors import StoreUnavailable
from app.domain.session import Session

FIELDS: Final = tuple(column for column in sessions.columns if column.name != "live")
ROUNDS: Final = 3  # insert, make room, insert again: a third only when another process makes room at the same time
SUMMED: Final = ("runs", "cost", "latency_ms")


@dataclass(frozen=True, slots=True)
class Held:
    """What a session that no one else may change now has summed up so far; `cost` in nano-dollars."""

    runs: int
    cost: int


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
    """The newest session of the correlation id that was shown, expired or not, or None."""
    own = (sessions.c.use_case_id == use_case_id, sessions.c.correlation_id == correlation_id, ~sessions.c.shadow)
    row = tx.execute(select(*FIELDS).where(*own).order_by(sessions.c.assigned_at.desc()).limit(1)).one_or_none()
    return None if row is None else _session(row)


def latest_of_unit(tx: Tx, use_case_id: str, unit: str) -> Session | None:
    """The newest session of the unit that was shown, expired or not, or None; without those of testers."""
    shown = (~sessions.c.shadow, ~sessions.c.forced)
    own = (sessions.c.use_case_id == use_case_id, sessions.c.unit == unit, *shown)
    row = tx.execute(select(*FIELDS).where(*own).order_by(sessions.c.assigned_at.desc()).limit(1)).one_or_none()
    return None if row is None else _session(row)


def began(tx: Tx, ids: Collection[str]) -> dict[str, datetime]:
    """When these sessions were assigned, by id."""
    if not ids:
        return {}
    statement = select(sessions.c.id, sessions.c.assigned_at).where(sessions.c.id.in_(sorted(ids)))
    return {row.id: row.assigned_at for row in tx.execute(statement)}


def of_correlation(tx: Tx, correlation_id: str) -> list[Session]:
    """Every session of that correlation id over all use cases, newest first."""
    own = select(*FIELDS).where(sessions.c.correlation_id == correlation_id)
    return [_session(row) for row in tx.execute(own.order_by(sessions.c.assigned_at.desc(), sessions.c.id.desc()))]


def pin(tx: Tx, proposed: Sequence[Session]) -> tuple[list[Session], set[str]]:
    """What is stored for each proposal, in order, and the ids that were new.

    The first writer wins; a session that had expired when the new one was assigned gives way to it, and so does the
    one that it `replaces`. A shadow session stands beside those that live, and is in no one's way.
    """
    waiting = sorted((session for session in proposed if not session.shadow), key=_key)
    fresh = _beside(tx, [session for session in proposed if session.shadow])
    stored = {session.id: session for session in proposed if session.shadow}
    for _ in range(ROUNDS + len(waiting)):  # a spool may hold a chain of sessions, each of which replaces the last
        if not waiting:
            return [stored[session.id] for session in proposed], fresh
        new = insert_new(tx, sessions, [_values(session, live=True) for session in waiting], returning=sessions.c.id)
        fresh |= new
        stored |= {session.id: session for session in waiting if session.id in new}
        waiting = [session for session in waiting if session.id not in stored]
        if not waiting:
            continue
        found = _stored(tx, waiting)
        gone = {found[_key(session)].id for session in waiting if _gives_way(found.get(_key(session)), session)}
        first = {session.id for session in waiting}  # whoever replaces one of them is not answered before it
        settled = [session for session in waiting if session.replaces not in first]
        stored |= {session.id: found[_key(session)] for session in settled if _stays(found.get(_key(session)), session)}
        waiting = [session for session in waiting if session.id not in stored]
        if gone:
            tx.execute(update(sessions).where(sessions.c.id.in_(sorted(gone)), sessions.c.live).values(live=False))
    raise StoreUnavailable("sessions of one correlation id expire faster than they are stored")


def keep(tx: Tx, served: Sequence[Session]) -> set[str]:
    """Stores sessions that have already been served, live or, where another one lives, not live; the new ids."""
    _, new = pin(tx, served)
    return new | _beside(tx, [session for session in served if session.id not in new])


def hold(tx: Tx, ids: Collection[str]) -> dict[str, Held]:
    """The sums of these sessions by id, locked in one order for all writers until they are done; without those gone.

    The lock lets rows be written that refer to the session, as other writers have done before they ask for it.
    """
    if not ids:
        return {}
    statement = select(sessions.c.id, sessions.c.runs, sessions.c.cost).where(sessions.c.id.in_(sorted(ids)))
    rows = tx.execute(statement.order_by(sessions.c.id).with_for_update(key_share=True))
    return {row.id: Held(row.runs, row.cost) for row in rows}


def grow(tx: Tx, grown: Mapping[str, Mapping[str, int]]) -> None:
    """Adds `runs`, `cost` and `latency_ms` to each session, by id."""
    statement = (
        update(sessions)
        .where(sessions.c.id == bindparam("b_id"))
        .values({name: sessions.c[name] + bindparam(f"b_{name}") for name in SUMMED})
    )
    rows = [{"b_id": key, **{f"b_{name}": sums[name] for name in SUMMED}} for key, sums in sorted(grown.items())]
    if rows:
        tx.execute(statement, rows)


def _beside(tx: Tx, given: Sequence[Session]) -> set[str]:
    """Stores sessions that do not live; the new ids."""
    rows = [_values(session, live=False) for session in sorted(given, key=_key)]
    return insert_new(tx, sessions, rows, returning=sessions.c.id)


def _stored(tx: Tx, proposed: Sequence[Session]) -> dict[tuple[str, str], Session]:
    keys = sorted({_key(session) for session in proposed})
    matches: ColumnElement[bool] = tuple_(sessions.c.use_case_id, sessions.c.correlation_id).in_(keys)
    rows = tx.execute(select(*FIELDS).where(matches, sessions.c.live))
    return {_key(session): session for session in map(_session, rows)}


def _gives_way(found: Session | None, session: Session) -> bool:
    if found is None or found.id == session.id:
        return False
    return found.id == session.replaces or found.expires_at <= session.assigned_at


def _stays(found: Session | None, session: Session) -> bool:
    return found is not None and not _gives_way(found, session)


def _key(session: Session) -> tuple[str, str]:
    return (session.use_case_id, session.correlation_id)


def _values(session: Session, *, live: bool) -> dict[str, object]:
    return {**{column.name: getattr(session, column.name) for column in FIELDS}, "live": live}


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(**row._mapping)
