"""Batches of submissions are committed together; one that breaks a rule fails alone; none is lost with the database."""

import logging
import time
from collections.abc import Sequence
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
    """Used by one thread. After an outage was seen, the database is asked again only after a pause that grows."""

    def __init__(self, store: Store, spool: Spool) -> None:
        self._store = store
        self._spool = spool
        self._pause_s = FIRST_PAUSE_S
        self._retry_at: float | None = None
        self._owed = spool.waiting()
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

    def _ready(self) -> bool:
        """Whether the database may be asked: facts that were spooled go first."""
        if self._retry_at is not None and time.monotonic() < self._retry_at:
            return False
        if not self._owed:
            return True
        try:
            self._replay()
        except StoreUnavailable:
            self._outage()
            return False
        self._owed, self._retry_at, self._pause_s = False, None, FIRST_PAUSE_S
        return True

    def _outage(self) -> None:
        if self._retry_at is None:
            log.warning("store_gone")
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
            with self._store.write() as tx:
                return list(apply(tx, [submission.facts for submission in batch]))
        except (Conflict, Invalid) as error:
            if len(batch) == 1:
                return [error]
        with self._store.write() as tx:
            return [_apart(tx, submission.facts) for submission in batch]

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

    def _replay(self) -> None:
        if not self._spool.waiting():
            self._store.ping()
            return
        with self._spool.alone():
            for path in self._spool.take():
                for payload in records(path):
                    self._replay_record(decode(payload), path.name)
                path.unlink()

    def _replay_record(self, submissions: list[list[Fact]], source: str) -> None:
        try:
            with self._store.write() as tx:
                replay(tx, submissions)
        except (Conflict, Invalid):
            with self._store.write() as tx:
                refused = [facts for facts in submissions if not _replayed_apart(tx, facts)]
            if refused:
                self._spool.reject(source, encode(refused))
                self.counters.rejected += sum(len(facts) for facts in refused)
                log.error("spool_rejected", extra={"source": source, "submissions": len(refused)})
        self.counters.replayed += sum(len(facts) for facts in submissions)


def settle(submission: Submission, answer: Answer | Exception) -> None:
    """Tells the waiter."""
    if isinstance(answer, Exception):
        submission.future.set_exception(answer)
    else:
        submission.future.set_result(answer)


def _apart(tx: Tx, facts: tuple[Fact, ...]) -> Answer | Exception:
    try:
        with translated(), tx.begin_nested():
            return apply(tx, [facts])[0]
    except (Conflict, Invalid) as error:
        return error


def _replayed_apart(tx: Tx, facts: list[Fact]) -> bool:
    try:
        with translated(), tx.begin_nested():
            replay(tx, [facts])
    except (Conflict, Invalid):
        return False
    return True
