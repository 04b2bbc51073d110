"""The store: one database, read through snapshots, written through units of work that commit whole or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from app.db.faults import translated
from app.db.insert import insert
from app.db.tables import revisions
from app.db.turnstile import turn
from app.domain.errors import Invalid, StoreUnavailable

WORLD: Final = "world"
Tx: TypeAlias = Connection  # one unit of work, as the repositories take it


class Store:
    """Opened once per process, after any fork. Safe to share between threads.

    `url` is `sqlite:///path` (its folder is made) or `postgresql://…`; `busy_timeout_ms` bounds each wait for a lock.
    """

    def __init__(self, url: str, *, pool_size: int = 10, busy_timeout_ms: int = 5000) -> None:
        parsed = _parse(url)
        self.sqlite: Final = parsed.get_backend_name() == "sqlite"
        self._turn: Path | None = None
        if self.sqlite:
            path = Path(str(parsed.database))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._turn = path.with_name(path.name + ".turn")
            self.engine = _sqlite(parsed, pool_size=pool_size, busy_timeout_ms=busy_timeout_ms)
            self._reader = self.engine
            self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        else:
            self.engine = _postgresql(parsed, pool_size=pool_size, busy_timeout_ms=busy_timeout_ms)
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writer = self.engine.execution_options(isolation_level="READ COMMITTED")
        self._closed = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store. Raises StoreUnavailable."""
        self._check_open()
        with translated(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A writing unit of work: committed at the end of the block, rolled back when the block raises.

        Raises Conflict or Invalid for a row that breaks a rule, StoreUnavailable when the database does not answer.
        """
        self._check_open()
        with self._turnstile(), translated(), self._writer.connect() as connection, connection.begin():
            yield connection

    def bump(self, connection: Connection) -> int:
        """The next revision, written in the caller's unit of work: every snapshot older than it is stale."""
        fresh = insert(connection, revisions).values(name=WORLD, revision=1)
        statement = fresh.on_conflict_do_update(
            index_elements=[revisions.c.name], set_={"revision": revisions.c.revision + 1}
        )
        return int(connection.execute(statement.returning(revisions.c.revision)).scalar_one())

    def revision(self) -> int:
        """The revision now; 0 on a new store."""
        with self.read() as connection:
            return revision(connection)

    def ping(self) -> None:
        """Raises StoreUnavailable unless the database answers."""
        with self.read() as connection:
            connection.execute(select(1))

    def close(self) -> None:
        """Gives all connections back; what is asked afterwards raises StoreUnavailable."""
        self._closed = True
        self.engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed")

    def _turnstile(self) -> AbstractContextManager[None]:
        return nullcontext() if self._turn is None else turn(self._turn)


def revision(connection: Connection) -> int:
    """The revision that this connection sees; 0 on a new store."""
    statement = select(revisions.c.revision).where(revisions.c.name == WORLD)
    return int(connection.execute(statement).scalar() or 0)


def _parse(url: str) -> URL:
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


def _sqlite(url: URL, *, pool_size: int, busy_timeout_ms: int) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size)

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

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(str(connection.get_execution_options().get("begin", "BEGIN")))

    return engine


def _postgresql(url: URL, *, pool_size: int, busy_timeout_ms: int) -> Engine:
    limits = {"connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 10, "application_name": "model-match"}
    options = f"-c lock_timeout={busy_timeout_ms} -c timezone=UTC"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={**limits, "options": _options(url, options)},
    )


def _options(url: URL, ours: str) -> str:
    """Our server options after those in the URL, which may name a schema."""
    given = url.query.get("options", "")
    return f"{given} {ours}" if isinstance(given, str) else ours
