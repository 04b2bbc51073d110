"""Addresses become SQLAlchemy engines with everything that their databases must be told."""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from app.db import patience
from app.domain.errors import Invalid

STATEMENT_LIMIT_S: Final = 60  # what nobody waits for any more ends on the server too
POOL_WAIT_S: Final = 2


def parse(url: str) -> URL:
    """The address. Raises Invalid unless it is `sqlite:///file` or `postgresql://…`."""
    expected = Invalid("sqlite:///<file> or postgresql://… is expected", field="DATABASE_URL")
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    except ArgumentError as error:
        raise expected from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case _:
            raise expected


def name(url: URL) -> str:
    """Which database this is, without who asks it and from where: host and port may change, as with a proxy."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:{Path(str(url.database)).absolute()}"
    return f"postgresql:{url.database}:{url.query.get('options', '')}"


def sqlite(url: URL, *, pool_size: int, busy_timeout_ms: int) -> Engine:
    """An engine on the file, in WAL mode, synced with each commit."""
    engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_timeout=POOL_WAIT_S)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # BEGIN is ours alone; the driver would send its own, and too late
        for pragma in (
            f"busy_timeout = {busy_timeout_ms}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "cache_size = -16000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(str(connection.get_execution_options().get("begin", "BEGIN")))

    return engine


def postgresql(url: URL, *, pool_size: int, busy_timeout_ms: int) -> Engine:
    """An engine on the server, whose connections give up a server that has gone silent."""
    limits = {"connect_timeout": 2, "tcp_user_timeout": 3000, "keepalives_idle": 10, "application_name": "model-match"}
    options = f"-c lock_timeout={busy_timeout_ms} -c statement_timeout={STATEMENT_LIMIT_S * 1000} -c timezone=UTC"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        connect_args={**limits, "options": _options(url, options)},
    )

    @event.listens_for(engine, "do_connect")
    def connect(
        dialect: Dialect, entry: ConnectionPoolEntry, given: list[str], named: dict[str, object]
    ) -> patience.Connection:
        return patience.Connection.connect(*given, **named)  # type: ignore[arg-type]  # libpq's names, as above

    return engine


class Renewal:
    """Closes all connections of an engine: idle ones at once, others when they are given back.

    `Engine.dispose` puts another pool into place and forgets what is in use or being made; that stays open until the
    interpreter finds it. Here the pool stays; it may for a while be larger than its size by what is in use.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._number, self._ended = engine, 0, False
        event.listen(engine, "connect", self._made)
        event.listen(engine, "checkin", self._given_back)

    def renew(self) -> None:
        """What is there now is old."""
        self._number += 1
        self._engine.pool.dispose()

    def end(self) -> None:
        """Nothing is kept any more."""
        self._ended = True
        self.renew()

    def _made(self, connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info[Renewal] = self._number

    def _given_back(self, connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if connection is not None and (self._ended or entry.info.get(Renewal) != self._number):
            entry.close()


def _lower(text: str | float | None) -> str | float | None:
    """SQLite's own knows the case of ASCII alone, and searches would miss É for é."""
    return text.lower() if isinstance(text, str) else text


def _options(url: URL, ours: str) -> str:
    """Our server options after those in the URL, which may name a schema."""
    given = url.query.get("options", "")
    return f"{given} {ours}" if isinstance(given, str) else ours
