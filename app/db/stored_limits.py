"""Limits counted in the store, over all processes: one atomic upsert decides, and a row's lock makes seats exact."""

import sqlite3
import time
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    event,
    extract,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.sql.dml import ReturningInsert

from app.db.tables import buckets, seats
from app.db.uow import Store, Tx
from app.domain.limits import (
    DAY_MS,
    DEBT,
    FULL,
    KEPT_MS,
    LONGEST_MS,
    SEAT_WAIT_MS,
    STEP_MS,
    UNITS,
    Decision,
    KeyLimits,
    Levels,
    Refusal,
    refusal,
    standing,
)

Number = ColumnElement[int]
MEASURES: Final = ("requests", "tokens")


class StoredLimits:
    """Buckets and seats as rows. The moment is PostgreSQL's; on SQLite all processes share the machine's clock.

    `store` is its own: its commits do not wait for the disk, so that a power cut takes the last moments of limits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        event.listen(store.engine, "connect", _hasten)

    def decide(
        self, name: str, limits: KeyLimits, *, requests: int, tokens: int, seat: str | None = None, seat_ms: int = 0
    ) -> Decision:
        """Admit and book, with a seat for `seat_ms`, or refuse and book nothing. Raises StoreUnavailable."""
        with self._store.write() as tx:
            given = _given(tx, name, limits, requests=requests, tokens=tokens)
            row = tx.execute(_statement(tx.dialect.name), given).one_or_none()
            if row is None:
                return _refused(tx, given, limits, requests=requests, tokens=tokens)
            if seat is not None and not _seated(tx, name, seat, seat_ms, limits, now_ms=row.now_ms):
                tx.rollback()
                return Decision(_levels(row), Refusal("concurrent", SEAT_WAIT_MS))
            return Decision(_levels(row))

    def spend(self, name: str, limits: KeyLimits, *, tokens: int) -> None:
        """Book tokens after the fact, also into debt; negative ones are given back. Raises StoreUnavailable."""
        with self._store.write() as tx:
            given = _given(tx, name, limits, requests=0, tokens=tokens)
            tx.execute(_statement(tx.dialect.name), {**given, "certain": 1})

    def leave(self, name: str, seat: str) -> None:
        """Give the seat back. Raises StoreUnavailable."""
        with self._store.write() as tx:
            tx.execute(delete(seats).where(seats.c.id == seat))

    def close(self) -> None:
        """Gives all connections back."""
        self._store.close()


def prune(tx: Tx, now_ms: int) -> int:
    """How many buckets and seats are forgotten that no longer say anything."""
    idle = tx.execute(delete(buckets).where(buckets.c.at_ms < now_ms - KEPT_MS)).rowcount
    return idle + tx.execute(delete(seats).where(seats.c.until_ms < now_ms - DAY_MS)).rowcount


def _hasten(connection: DBAPIConnection, _: object) -> None:
    """A new connection that does not wait for the disk."""
    cursor = connection.cursor()
    on_sqlite = isinstance(connection, sqlite3.Connection)
    cursor.execute("PRAGMA synchronous = NORMAL" if on_sqlite else "SET synchronous_commit = off")
    cursor.close()
    if not on_sqlite:
        connection.commit()


def _given(tx: Tx, name: str, limits: KeyLimits, *, requests: int, tokens: int) -> dict[str, object]:
    """Values of the statement; a limit of 0 is none."""
    return {
        "name": name,
        "clock_ms": time.time_ns() // 1_000_000 if tx.dialect.name == "sqlite" else 0,
        "requests_cap": limits.requests_per_min or 0,
        "tokens_cap": limits.tokens_per_min or 0,
        "day_requests_cap": limits.requests_per_day or 0,
        "day_tokens_cap": limits.tokens_per_day or 0,
        "take_requests": requests,
        "take_tokens": tokens,
        "needed": max(1, min(tokens, limits.tokens_per_min or 0) * UNITS),
        "certain": 0,
    }


def _refused(tx: Tx, given: dict[str, object], limits: KeyLimits, *, requests: int, tokens: int) -> Decision:
    """Why; the upsert that changed nothing has locked the row, and the transaction's moment is still the same."""
    row = tx.execute(_look(tx.dialect.name), given).one()
    levels = standing(_levels(row), limits, row.now_ms)
    return Decision(levels, refusal(levels, limits, requests=requests, tokens=tokens))


def _seated(tx: Tx, name: str, seat: str, seat_ms: int, limits: KeyLimits, *, now_ms: int) -> bool:
    """Whether a seat was free. Nobody else counts this name's seats meanwhile: its bucket is locked."""
    given = {"id": seat, "name": name, "until_ms": now_ms + seat_ms, "now_ms": now_ms, "cap": limits.concurrent}
    return tx.execute(_sit(), given).one_or_none() is not None


@cache
def _sit() -> ReturningInsert[Any]:
    live = select(func.count()).where(seats.c.name == bindparam("name"), seats.c.until_ms > _value("now_ms"))
    row = select(bindparam("id", type_=Text), bindparam("name", type_=Text), _value("until_ms"))
    free = row.where(live.scalar_subquery() < _value("cap"))
    return plain_insert(seats).from_select(["id", "name", "until_ms"], free).returning(seats.c.id)


def _levels(row: Row[tuple[int, ...]]) -> Levels:
    return Levels(row.at_ms, row.requests, row.tokens, row.day, row.day_requests, row.day_tokens)


def _value(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


def _number(value: int) -> Number:
    """A constant as part of the text: bound ones would cost more than all the rest."""
    return literal_column(str(value), BigInteger)


def _now(dialect: str) -> Number:
    """Milliseconds of Unix time at the start of the transaction, so that its statements agree."""
    if dialect == "sqlite":
        return _value("clock_ms")
    return func.floor(extract("epoch", func.now()) * _number(1000)).cast(BigInteger)


@cache
def _look(dialect: str) -> Select[Any]:
    return select(buckets, _now(dialect).label("now_ms")).where(buckets.c.name == bindparam("name"))


@cache
def _statement(dialect: str) -> ReturningInsert[Any]:
    """Admit and book in one upsert, which gives a row only if it did; the arithmetic is that of domain/limits.py."""
    fresh = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(buckets)
    least, greatest = (func.min, func.max) if dialect == "sqlite" else (func.least, func.greatest)
    now, day = _now(dialect), _now(dialect) // _number(DAY_MS)
    elapsed = least(greatest(now - buckets.c.at_ms, _number(0)), _number(LONGEST_MS))
    cap = {of: _value(f"{of}_cap") for of in MEASURES}
    most = {of: _value(f"day_{of}_cap") for of in MEASURES}
    take = {of: _value(f"take_{of}") for of in MEASURES}

    def drained(refilled: Number, of: str) -> Number:
        full = _number(UNITS) * cap[of]
        left: Number = least(full, least(full, refilled) - take[of] * _number(UNITS))
        return case((cap[of] == _number(0), _number(FULL)), else_=greatest(_number(-DEBT) * full, left))

    def used(of: str) -> Number:
        return case((buckets.c.day == day, buckets.c[f"day_{of}"]), else_=_number(0))

    refilled = {of: buckets.c[of] + cap[of] * elapsed for of in MEASURES}
    values = {"name": bindparam("name"), "at_ms": now, "day": day}
    values |= {of: drained(_number(FULL), of) for of in MEASURES}
    values |= {f"day_{of}": greatest(_number(0), take[of]) for of in MEASURES}
    at_ms = case((buckets.c.at_ms - now > _number(STEP_MS), now), else_=greatest(buckets.c.at_ms, now))
    changed = {"at_ms": at_ms, "day": day} | {of: drained(refilled[of], of) for of in MEASURES}
    changed |= {f"day_{of}": greatest(_number(0), used(of) + take[of]) for of in MEASURES}
    admitted = and_(
        or_(cap["requests"] == _number(0), refilled["requests"] >= take["requests"] * _number(UNITS)),
        or_(cap["tokens"] == _number(0), refilled["tokens"] >= _value("needed")),
        or_(most["requests"] == _number(0), used("requests") + take["requests"] <= most["requests"]),
        or_(most["tokens"] == _number(0), used("tokens") < most["tokens"]),
    )
    statement = fresh.values(values).on_conflict_do_update(
        index_elements=[buckets.c.name], set_=changed, where=or_(_value("certain") == _number(1), admitted)
    )
    return statement.returning(buckets, now.label("now_ms"))
