"""The store: one database, read through snapshots, written through units of work that commit whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from app.db import engines
from app.db.absence import Absence, Watch
from app.db.faults import away, translate, translated
from app.db.insert import insert
from app.db.patience import SILENCE_S, patience
from app.db.tables import revisions
from app.db.turnstile import turn
from app.domain.errors import StoreUnavailable

WORLD: Final = "world"
TRIAL: Final = "trial"  # what is changed to see whether the store takes writes
ASKING_S: Final = 1.0  # what a look whether the store is back may take
TURN_S: Final = 2.0
Tx: TypeAlias = Connection  # one unit of work, as the repositories take it


class Store:
    """Opened once per process, after any fork. Safe to share between threads.

    `url` is `sqlite:///path` (its folder is made) or `postgresql://…`; `busy_timeout_ms` bounds each wait for a lock.
    A store that did not answer is `away`: units of work are then refused at once, until a thread of its own finds it
    back. Reads and writes are told apart, since a full disk or a locked file can still be read.
    """

    def __init__(self, url: str, *, pool_size: int = 10, busy_timeout_ms: int = 2000) -> None:
        parsed = engines.parse(url)
        self.sqlite: Final = parsed.get_backend_name() == "sqlite"
        self._turn: Path | None = None
        if self.sqlite:
            path = Path(str(parsed.database))
            with suppress(OSError):  # what cannot be made is told by whatever is asked of the store
                path.parent.mkdir(parents=True, exist_ok=True)
            self._turn = path.with_name(path.name + ".turn")
            self.engine = engines.sqlite(parsed, pool_size=pool_size, busy_timeout_ms=busy_timeout_ms)
            self._reader = self.engine
            self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        else:
            self.engine = engines.postgresql(parsed, pool_size=pool_size, busy_timeout_ms=busy_timeout_ms)
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writer = self.engine.execution_options(isolation_level="READ COMMITTED")
        self._renewal = engines.Renewal(self.engine)
        self.name: Final = engines.name(parsed)
        self._closed = False
        self._prepare: Callable[[], None] | None = None
        self._then: dict[Connection, dict[Callable[[], None], None]] = {}
        self.reads, self.writes = Absence("reads"), Absence("writes")
        self._watch = Watch((self.reads, self.writes), self._ask)

    @contextmanager
    def read(self, *, silence_s: float = SILENCE_S, within_s: float | None = None) -> Iterator[Connection]:
        """A connection that sees one moment of the store. Raises StoreUnavailable, at once while the store is away.

        `silence_s` bounds each wait for PostgreSQL's answer, `within_s` all of them together.
        """
        self._check_open()
        self.reads.check()
        waits = patience(silence_s=silence_s, within_s=within_s)
        with self._noticing(self.reads, self.writes), waits, self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, silence_s: float = SILENCE_S, patient: bool = False) -> Iterator[Connection]:
        """A writing unit of work: committed at the end of the block, rolled back when the block raises.

        Raises Conflict or Invalid for a row that breaks a rule, StoreUnavailable when the database does not answer, at
        once while it is away. `patient`: asks it all the same, as the journal does that has something to lose.
        """
        self._check_open()
        if not patient:
            self.writes.check()
        waits = patience(silence_s=silence_s)
        with self._turnstile(patient=patient), self._noticing(self.writes), waits:
            if not patient:
                self.writes.check()  # it may have gone while this one waited for its turn
            with self._writer.connect() as connection:
                try:
                    with connection.begin():
                        yield connection
                    committed = list(self._then.get(connection, ()))
                finally:
                    self._then.pop(connection, None)
        for call in committed:
            call()

    def after_commit(self, connection: Connection, call: Callable[[], None]) -> None:
        """`call` once the unit of work, one of `write`, is committed; never if it is not. It is quick and never raises.

        The same one twice in a unit of work is called once.
        """
        self._then.setdefault(connection, {})[call] = None

    def bump(self, connection: Connection) -> int:
        """The next revision, written in the caller's unit of work: every snapshot older than it is stale."""
        return _bump(connection, WORLD)

    def revision(self) -> int:
        """The revision now; 0 on a new store. Waits a second at most."""
        with self.read(within_s=ASKING_S) as connection:
            return revision(connection)

    def ping(self) -> None:
        """Raises StoreUnavailable unless the database answers."""
        with self.read(within_s=ASKING_S) as connection:
            connection.execute(select(1))

    def prepare_later(self, prepare: Callable[[], None]) -> None:
        """The store is away from the start: once it answers, `prepare` is done before anything else."""
        self._prepare = prepare
        self._watch.lost(self.reads, self.writes)

    def close(self) -> None:
        """Gives all connections back; what is asked afterwards raises StoreUnavailable."""
        self._closed = True
        self._watch.close()
        self._renewal.end()

    def _ask(self) -> None:
        """Ends the absence of reads, then that of writes. Raises StoreUnavailable at the first that fails."""
        if self._prepare is not None:
            self._prepare()
            self._prepare = None
        with translated(), patience(within_s=ASKING_S), self._reader.connect() as connection, connection.begin():
            revision(connection)
        self.reads.end()
        if self.writes.away:
            self._renewal.renew()  # connections to a standby, or to a file that was read-only, stay what they were
            with self._turnstile(patient=False), translated(), patience(silence_s=ASKING_S):
                self._write_something()
            self.writes.end()

    def _write_something(self) -> None:
        """A full disk takes a transaction and refuses its pages, so a row is changed: SQLite skips one that is not."""
        with self._writer.connect() as connection, connection.begin():
            _bump(connection, TRIAL)

    @contextmanager
    def _noticing(self, *work: Absence) -> Iterator[None]:
        """Raises the domain's errors, and remembers what they say of the store."""
        try:
            yield
        except SQLAlchemyError as error:
            if away(error):
                self._watch.lost(*work)
            raise translate(error) from error

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed")

    def _turnstile(self, *, patient: bool) -> AbstractContextManager[None]:
        return nullcontext() if self._turn is None else self._in_turn(self._turn, TURN_S * (2 if patient else 1))

    @contextmanager
    def _in_turn(self, path: Path, timeout_s: float) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(turn(path, timeout_s=timeout_s))
            except StoreUnavailable:
                self._watch.lost(self.writes)
                raise
            except OSError as error:
                self._watch.lost(self.writes)
                raise StoreUnavailable("the folder of the database cannot be written to") from error
            yield


def _bump(connection: Connection, name: str) -> int:
    fresh = insert(connection, revisions).values(name=name, revision=1)
    statement = fresh.on_conflict_do_update(
        index_elements=[revisions.c.name], set_={"revision": revisions.c.revision + 1}
    )
    return int(connection.execute(statement.returning(revisions.c.revision)).scalar_one())


def revision(connection: Connection) -> int:
    """The revision that this connection sees; 0 on a new store."""
    statement = select(revisions.c.revision).where(revisions.c.name == WORLD)
    return int(connection.execute(statement).scalar() or 0)
