"""The journal commits the facts of many requests together and answers each only when its facts are safe."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.db.facts import Fact, Pin, Result
from app.db.spool import Spool
from app.db.uow import Store
from app.db.writer import Submission, Writer, settle
from app.domain.ab.counting import Counting
from app.domain.errors import StoreUnavailable
from app.domain.session import Session

BATCH: Final = 256  # submissions in one transaction
IDLE_S: Final = 0.5  # how often an idle writer looks for spooled facts


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """For metrics: submissions waiting, batches and facts committed, facts spooled, replayed and refused on replay."""

    pending: int
    batches: int
    facts: int
    spooled: int
    replayed: int
    rejected: int


class Journal:
    """One writer thread per process; `start` it after any fork, `close` it to write what is pending.

    `linger_ms`: how long at most a batch waits to grow as large as the one before; one caller alone never waits.
    `max_pending`: submissions that may wait before new ones are refused. `tell`: whether traffic is recorded as events.
    """

    def __init__(
        self,
        store: Store,
        spool_dir: Path | str,
        *,
        linger_ms: float = 2.0,
        max_pending: int = 10_000,
        tell: bool = True,
    ) -> None:
        self._writer = Writer(store, Spool(Path(spool_dir)), tell=tell)
        self._linger_s = linger_ms / 1000
        self._max_pending = max_pending
        self._pending: deque[Submission] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the writer, which first replays what a former process left."""
        with self._changed:
            self._closed = False
            self._ensure_running()

    def close(self, *, timeout_s: float = 30.0) -> None:
        """Refuses new facts, and returns when those pending are safe or the time is over."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    def post(self, facts: Sequence[Fact]) -> "Future[list[Result]]":
        """Hands the facts in without waiting. Raises StoreUnavailable when closed or too many wait already."""
        submission = Submission(tuple(facts))
        with self._changed:
            if self._closed:
                raise StoreUnavailable("the journal is closed")
            if len(self._pending) >= self._max_pending:
                raise StoreUnavailable("too many facts wait to be written")
            self._ensure_running()
            self._pending.append(submission)
            self._changed.notify()
        return submission.future

    def write(self, facts: Sequence[Fact], *, timeout_s: float) -> list[Result]:
        """One result per fact, once all are committed, or fsynced to the spool with the database gone.

        Raises Conflict or Invalid when a fact breaks a rule of the store (then none of these facts is written), and
        StoreUnavailable when they are not safe in time (they may still be written later).
        """
        try:
            return self.post(facts).result(timeout_s)
        except FutureTimeout as error:
            raise StoreUnavailable("the facts were not written in time") from error

    def pin(self, session: Session, *, timeout_s: float, counting: Counting | None = None) -> Session:
        """The session that is stored under its correlation id: this one, or the one stored first."""
        (stored,) = self.write([Pin(session, counting)], timeout_s=timeout_s)
        return stored if isinstance(stored, Session) else session

    def figures(self) -> JournalFigures:
        """Counts since the start."""
        done = self._writer.counters
        return JournalFigures(len(self._pending), done.batches, done.facts, done.spooled, done.replayed, done.rejected)

    def spooled_bytes(self) -> int:
        """How much waits in the spool to be replayed, of all processes that share it."""
        return self._writer.spooled_bytes()

    def spool_takes(self) -> bool:
        """Whether the spool could take facts now; asked by writing to it."""
        return self._writer.spool_takes()

    def _ensure_running(self) -> None:
        """A writer that died of a defect is replaced, so that one bad batch does not stop the journal."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            self._writer.idle()
            company = 0
            while (batch := self._next(company=company)) is not None:
                company = len(batch)
                self._serve(batch)
        finally:
            self._writer.close()

    def _serve(self, batch: Sequence[Submission]) -> None:
        try:
            if batch:
                self._writer.write(batch)
            else:
                self._writer.idle()
        finally:
            for submission in batch:
                if not submission.future.done():
                    settle(submission, StoreUnavailable("the writer failed"))

    def _next(self, *, company: int) -> list[Submission] | None:
        """The next batch; empty after an idle while; None when closed and all is written."""
        with self._changed:
            if not self._pending and not self._closed:
                self._changed.wait(0 if self._writer.replaying else IDLE_S)
            if company > 1 and self._pending and not self._closed:
                self._linger(company)
            if not self._pending and self._closed:
                return None
            return [self._pending.popleft() for _ in range(min(BATCH, len(self._pending)))]

    def _linger(self, company: int) -> None:
        """Waits until as many are here as in the last batch, whose callers often come back at once; see `linger_ms`."""
        until = time.monotonic() + self._linger_s
        while len(self._pending) < company and (left := until - time.monotonic()) > 0:
            if not self._changed.wait(left):
                return
