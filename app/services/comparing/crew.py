"""A crew of threads works through things in their order, and what comes of them is recorded as soon as it is there."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from app.domain.errors import CallerLeft
from app.services.comparing.errands import Errand
from app.services.departure import Departure


class Placed(Protocol):
    """Something with its place in an order."""

    @property
    def place(self) -> int:
        """From 0 on."""


T = TypeVar("T", bound=Placed)
HANDFUL: Final = 4  # results that share a commit, also of one thread
LINGER_S: Final = 0.04  # how long a result waits for company before it is recorded


class Crew(Generic[T]):
    """`fetch` gives the next things after a place, `perform` what comes of one (None: stop), `record` keeps results."""

    def __init__(
        self,
        fetch: Callable[[int], Sequence[T]],
        perform: Callable[[T], T | None],
        record: Callable[[Sequence[T]], None],
        *,
        departure: Departure,
    ) -> None:
        self._fetch = fetch
        self._perform = perform
        self._record = record
        self._departure = departure
        self._lock = threading.Lock()
        self._ready: deque[T] = deque()
        self._last = -1
        self._stop = threading.Event()
        self._most = 1
        self._results: queue.Queue[T | None] = queue.Queue()

    def work(self, threads: int) -> bool:
        """Whether everything was performed and recorded. What was performed is recorded also when the crew stops.

        No more results wait than there are threads, or a handful, and as many are recorded at once: whoever takes over
        after a kill asks again what was in flight and, at most, two such handfuls.

        Raises what `fetch`, `perform` or `record` raised. CallerLeft is no error: the crew was told to go.
        """
        self._most = max(threads, HANDFUL)
        self._results = queue.Queue(self._most)
        errands = [Errand(self._run, name="comparison") for _ in range(threads)]
        left = threads
        try:
            while left:
                found, ended = self._gather()
                left -= ended
                if found:
                    self._record(found)
        finally:
            if left:  # what cannot be recorded is lost to this crew, which goes home; another one asks again
                self._stop.set()
                self._departure.leave()
            while left:
                left -= self._gather()[1]
        for errand in errands:
            errand.wait()
        return not self._stop.is_set()

    def _run(self) -> None:
        whole = False
        try:
            while (thing := self._next()) is not None:
                result = self._perform(thing)
                if result is None:
                    return
                self._results.put(result)
            whole = True
        except CallerLeft:
            pass
        finally:
            if not whole:
                self._stop.set()
            self._results.put(None)

    def _next(self) -> T | None:
        with self._lock:
            if self._stop.is_set() or self._departure.left:
                self._stop.set()
                return None
            if not self._ready:
                self._ready.extend(self._fetch(self._last))
            if not self._ready:
                return None
            thing = self._ready.popleft()
            self._last = thing.place
            return thing

    def _gather(self) -> tuple[list[T], int]:
        """The next results, waited for, and how many threads have ended meanwhile."""
        came = [self._results.get()]
        until = time.monotonic() + LINGER_S
        while len(came) < self._most and came[-1] is not None and (left := until - time.monotonic()) > 0:
            try:
                came.append(self._results.get(timeout=left))
            except queue.Empty:
                break
        found = [each for each in came if each is not None]
        return found, len(came) - len(found)
