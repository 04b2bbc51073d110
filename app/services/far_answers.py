"""The shared shelf at arm's length: nobody waits long for it, and after a fault it is left alone for a while."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar

from app.db.cached_answers import Forgettable
from app.domain.cached import Entry
from app.domain.errors import Invalid, ModelMatchError, StoreUnavailable
from app.services.answer_shelf import Shelf, ShelfKind

T = TypeVar("T")
log = logging.getLogger(__name__)

READERS: Final = 4
READS: Final = 32  # under way at once; who comes later does without
WRITES: Final = 256  # waiting for the next writing; an answer that comes later is not written


class FarAnswers:
    """Reads are waited for `patience_s`; one thread writes in the background, all that has come meanwhile at once.

    `rest_s`: how long it is left alone after a fault. `poll_s`: how often purges by other processes are looked for;
    `on_purge` is called when there was one.
    """

    def __init__(
        self, shelf: Shelf, *, on_purge: Callable[[], None], patience_s: float, rest_s: float, poll_s: float
    ) -> None:
        self._shelf = shelf
        self._on_purge = on_purge
        self._patience_s, self._rest_s, self._poll_s = patience_s, rest_s, poll_s
        self._readers = ThreadPoolExecutor(READERS, "cache-read")
        self._writer = ThreadPoolExecutor(1, "cache-write")
        self._reads = threading.BoundedSemaphore(READS)
        self._waiting: dict[str, Entry] = {}
        self._taking = threading.Lock()
        self._resting_until = self._polled_at = float("-inf")
        self._purges: int | None = None
        self._closed = False
        self.unwritten = 0

    @property
    def kind(self) -> ShelfKind:
        """What it stands on."""
        return self._shelf.kind

    @property
    def reachable(self) -> bool:
        """Whether it is asked at all now."""
        return not self._closed and time.monotonic() >= self._resting_until

    def get(self, key: str, moment: datetime) -> Entry | None:
        """The answer; None also when the shelf is down, slow or busy."""
        return self._ask(lambda: self._shelf.get(key, moment))

    def put(self, key: str, entry: Entry, now: Callable[[], datetime]) -> None:
        """Hand the answer over to be written; it is dropped when the shelf rests or too many wait."""
        with self._taking:
            if not self.reachable or (len(self._waiting) >= WRITES and key not in self._waiting):
                self.unwritten += 1
                return
            alone = not self._waiting
            self._waiting[key] = entry
        if alone:  # else a writing that has not begun yet takes it along
            with suppress(RuntimeError):  # closed meanwhile
                self._writer.submit(self._write, now)

    def count(self) -> int | None:
        """How many answers are kept; None when the shelf cannot say."""
        return self._ask(self._shelf.count)

    def forget(self, which: Forgettable) -> int:
        """How many answers were dropped, after what is still to be written. Raises StoreUnavailable."""
        self.flush(self._patience_s)
        return self._shelf.forget(which)

    def prune(self, moment: datetime, *, limit: int) -> int:
        """How many answers whose lifetime is over were dropped. Raises StoreUnavailable."""
        return self._shelf.prune(moment, limit=limit)

    def poll(self) -> None:
        """Look for purges by other processes, in the background and not too often."""
        if time.monotonic() - self._polled_at < self._poll_s or not self.reachable:
            return
        self._polled_at = time.monotonic()
        if self._reads.acquire(blocking=False):
            self._read(self._look_for_purges)

    def flush(self, timeout_s: float) -> bool:
        """Whether all that waited has been written within that time."""
        if self._closed:
            return False
        with suppress(TimeoutError, CancelledError, RuntimeError):  # slow, or closed meanwhile
            self._writer.submit(int).result(timeout_s)
            return True
        return False

    def close(self) -> None:
        """Write what waits and end the reads under way, not for long, then let go."""
        self.flush(self._patience_s)
        self._closed = True
        deadline = time.monotonic() + self._patience_s
        for _ in range(READS):
            self._reads.acquire(timeout=max(deadline - time.monotonic(), 0))
        for threads in (self._writer, self._readers):
            threads.shutdown(wait=False, cancel_futures=True)
        self._shelf.close()

    def _ask(self, question: Callable[[], T]) -> T | None:
        if not self.reachable or not self._reads.acquire(blocking=False):
            return None
        future = self._read(question)
        try:
            return None if future is None else future.result(self._patience_s)
        except CancelledError:  # it was closed meanwhile
            return None
        except TimeoutError:
            self._rest("slow")
        except ModelMatchError as error:
            self._rest(error.code)
        return None

    def _read(self, question: Callable[[], T]) -> Future[T] | None:
        try:
            future = self._readers.submit(question)
        except RuntimeError:  # it was closed meanwhile
            self._reads.release()
            return None
        future.add_done_callback(lambda _: self._reads.release())
        return future

    def _write(self, now: Callable[[], datetime]) -> None:
        with self._taking:
            entries, self._waiting = self._waiting, {}
        try:
            self._put(entries, now())
        except Invalid:  # one of them cannot be kept
            for key, entry in entries.items():
                with suppress(Invalid):
                    self._put({key: entry}, now())

    def _put(self, entries: dict[str, Entry], moment: datetime) -> None:
        try:
            if self.reachable:
                return self._shelf.put(entries, moment)
        except StoreUnavailable as error:
            self._rest(error.code)
        self.unwritten += len(entries)
        return None

    def _look_for_purges(self) -> None:
        try:
            found = self._shelf.purges()
        except ModelMatchError as error:
            return self._rest(error.code)
        if self._purges is not None and found != self._purges:
            self._on_purge()
        self._purges = found
        return None

    def _rest(self, why: str) -> None:
        self._resting_until = time.monotonic() + self._rest_s
        log.warning("cache_rests", extra={"code": why, "seconds": self._rest_s})
