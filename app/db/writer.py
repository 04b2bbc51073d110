"""Batches of submissions are committed together; one that breaks a rule fails alone; none is lost with the database."""

import logging
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from app.db.apply import apply, replay
from app.db.facts import Fact, Result, assumed, decode, encode
from app.db.faults import translated
from app.db.spool import Spool, records
from app.db.uow import Store, Tx
from app.domain.errors import Conflict, Invalid, StoreUnavailable

log = logging.getLogger(__name__)

Answer = list[Result]
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 4.0
SLOW_S: Final = 1.0
SLICE_S: Final = 0.2  # of replaying, before those who wait are served
TOGETHER: Final = 256  # submissions replayed in one transaction


@dataclass(frozen=True, slots=True)
class Submission:
    """Facts that one caller handed in together, and where it waits for what became of them."""

    facts: tuple[Fact, ...]
    future: "Future[Answer]" = field(default_factory=Future)


@dataclass(slots=True)
class Counters:
    """What a writer has done: batches committed, facts in them, facts spooled, replayed, and refused on replay."""

    batches: int = 0
    facts: int = 0
    spooled: int = 0
    replayed: int = 0
    rejected: int = 0


class Writer:
    """Used by one thread. After an outage was seen, the database is asked again only after a pause that grows.

    `tell`: events of what is new are written with it.
    """

    def __init__(self, store: Store, spool: Spool, *, tell: bool = True) -> None:
        self._store = store
        self._tell = tell
        self._spool = spool
        self._pause_s = FIRST_PAUSE_S
        self._retry_at: float | None = None
        self._owed = spool.waiting()
        self._replaying: Generator[None] | None = None
        self._was_alone = True
        self.counters: Final = Counters()

    def write(self, batch: Sequence[Submission]) -> None:
        """Settles every submission: its results, or why it failed."""
        if not self._ready():
            self._keep(batch)
            return
        try:
            answers = self._commit_or_retry(batch)
        except StoreUnavailable:
            self._outage()
            self._keep(batch)
            return
        self.counters.batches += 1
        self.counters.facts += sum(len(submission.facts) for submission in batch)
        for submission, answer in zip(batch, answers, strict=True):
            settle(submission, answer)

    def idle(self) -> None:
        """Replays what waits, also of processes that are gone, once the database answers."""
        self._owed = self._owed or self._spool.waiting()
        self._ready()

    @property
    def replaying(self) -> bool:
        """Whether more waits than one slice could replay."""
        return self._replaying is not None

    def close(self) -> None:
        """Lets another process replay."""
        self._stop_replaying()

    def spool_takes(self) -> bool:
        """Whether the spool could take facts now."""
        return self._spool.writable()

    def spooled_bytes(self) -> int:
        """How much waits in the spool, of all processes that share it."""
        return self._spool.waiting_bytes()

    def _ready(self) -> bool:
        """Whether the database may be asked: facts that were spooled go first, and what comes meanwhile after them."""
        if self._store.writes.away or (self._retry_at is not None and time.monotonic() < self._retry_at):
            return False
        if not self._owed:
            return True
        try:
            done = self._replay()
        except StoreUnavailable:
            self._outage()
            return False
        self._retry_at, self._pause_s = None, FIRST_PAUSE_S
        self._owed = not done
        return done

    def _outage(self) -> None:
        if self._retry_at is None:
            log.warning("store_gone")
        self._stop_replaying()
        self._owed = True  # even when nothing was spooled: others may have, and facts must keep their order
        self._retry_at = time.monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def _commit_or_retry(self, batch: Sequence[Submission]) -> list[Answer | Exception]:
        """A fault that shows at once is tried again: a deadlock or one lost connection is no outage."""
        begun = time.monotonic()
        try:
            return self._commit(batch)
        except StoreUnavailable:
            if time.monotonic() - begun > SLOW_S:
                raise
        return self._commit(batch)

    def _commit(self, batch: Sequence[Submission]) -> list[Answer | Exception]:
        try:
            with self._store.write(patient=True) as tx:
                return list(apply(tx, [submission.facts for submission in batch], tell=self._tell))
        except (Conflict, Invalid) as error:
            if len(batch) == 1:
                return [error]
        with self._store.write(patient=True) as tx:
            return [self._apart(tx, submission.facts) for submission in batch]

    def _keep(self, batch: Sequence[Submission]) -> None:
        try:
            self._spool.append(encode([submission.facts for submission in batch]))
        except StoreUnavailable as error:
            for submission in batch:
                settle(submission, error)
            return
        self._owed = True
        self.counters.spooled += sum(len(submission.facts) for submission in batch)
        for submission in batch:
            settle(submission, assumed(submission.facts))

    def _replay(self) -> bool:
        """Whether own facts wait no more, after one slice of work. The place in a file is kept from slice to slice.

        Facts of others are replayed too, but not waited for: as long as they write, there are always some.
        """
        until = time.monotonic() + SLICE_S
        while self._replaying is not None or self._spool.waiting():
            if self._replaying is None:
                self._replaying = self._replay_all()
            for _ in self._replaying:
                if time.monotonic() >= until:
                    return False
            self._replaying = None
            if not self._spool.own_waits():
                return True
            if not self._was_alone or time.monotonic() >= until:
                return False
        return True

    def _replay_all(self) -> Generator[None]:
        """Every file there is, unless another process is at it; stops after each transaction.

        Small records share one, or other processes would spool faster than this one replays.
        """
        with self._spool.alone() as free:
            self._was_alone = free
            for path in self._spool.take() if free else ():
                together: list[list[Fact]] = []
                for payload in records(path):
                    together += decode(payload)
                    if len(together) >= TOGETHER:
                        self._replay_submissions(together, path.name)
                        together = []
                        yield
                if together:
                    self._replay_submissions(together, path.name)
                path.unlink()
                yield

    def _stop_replaying(self) -> None:
        if self._replaying is not None:
            self._replaying.close()
            self._replaying = None

    def _replay_submissions(self, submissions: list[list[Fact]], source: str) -> None:
        try:
            with self._store.write(patient=True) as tx:
                replay(tx, submissions, tell=self._tell)
        except (Conflict, Invalid):
            with self._store.write(patient=True) as tx:
                refused = [facts for facts in submissions if not self._replayed_apart(tx, facts)]
            if refused:
                self._spool.reject(source, encode(refused))
                self.counters.rejected += sum(len(facts) for facts in refused)
                log.error("spool_rejected", extra={"source": source, "submissions": len(refused)})
        self.counters.replayed += sum(len(facts) for facts in submissions)

    def _apart(self, tx: Tx, facts: tuple[Fact, ...]) -> Answer | Exception:
        try:
            with translated(), tx.begin_nested():
                return apply(tx, [facts], tell=self._tell)[0]
        except (Conflict, Invalid) as error:
            return error

    def _replayed_apart(self, tx: Tx, facts: list[Fact]) -> bool:
        try:
            with translated(), tx.begin_nested():
                replay(tx, [facts], tell=self._tell)
        except (Conflict, Invalid):
            return False
        return True


def settle(submission: Submission, answer: Answer | Exception) -> None:
    """Tells the waiter."""
    if isinstance(answer, Exception):
        submission.future.set_exception(answer)
    else:
        submission.future.set_result(answer)
