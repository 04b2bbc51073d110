"""Mirrors hold copies of served requests in a short line until a few threads have time for them, or drop them."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.session import Session
from app.services.asking import Asked
from app.services.departure import Departure
from app.services.retry_budget import RetryBudgets

LENGTH: Final = 64
CLOSING_S: Final = 5.0

Ended = Literal["succeeded", "failed", "cancelled"]
Dropped = Literal["full", "closed", "withdrawn", "unbudgeted", "budget", "busy", "limited", "resting", "unfit", "store"]
Fate = Ended | Dropped
ENDED: Final[tuple[Ended, ...]] = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Copy:
    """One request that was answered, for one shadow. `asked` names no key and no user; `answer` is what was served."""

    flow_id: str
    session: Session
    asked: Asked
    answer: str


@dataclass(frozen=True, slots=True)
class MirrorFigures:
    """For metrics: copies that wait, those under way, runs of shadows by how they ended, copies dropped by reason."""

    waiting: int
    under_way: int
    runs: dict[str, int]
    dropped: dict[str, int]


class Mirrors:
    """One per process; `start` it after any fork. Nobody waits for it: what does not fit in is dropped and counted.

    `length`: copies that may wait. Shadows have their own budget of retries, and one caller, who leaves at `close`.
    """

    def __init__(self, *, length: int = LENGTH) -> None:
        self.departure: Final = Departure()
        self.retry_budgets: Final = RetryBudgets()
        self._length = length
        self._waiting: deque[Copy] = deque()
        self._fates: Counter[Fate] = Counter()
        self._changed = threading.Condition()
        self._open = False
        self._perform: Callable[[Copy], Fate] | None = None
        self._threads: list[threading.Thread | None] = []
        self._under_way = 0

    def start(self, perform: Callable[[Copy], Fate], *, threads: int) -> None:
        """Begin to take copies, for so many daemon threads; with none, all copies are dropped."""
        with self._changed:
            self._perform = perform
            self._threads = [None] * threads
            self._open = threads > 0
            self._ensure_running()

    def offer(self, copy: Copy) -> bool:
        """Whether the copy stands in the line; it never waits and never raises."""
        with self._changed:
            fits = self._open and len(self._waiting) < self._length
            if not fits:
                self._fates["full" if self._open else "closed"] += 1
                return False
            self._ensure_running()
            self._waiting.append(copy)
            self._changed.notify()
            return True

    def close(self, *, timeout_s: float = CLOSING_S) -> None:
        """Drop what has not begun and hang up what has; returns when its rows are handed in, or the time is over."""
        with self._changed:
            self._open = False
            if self._waiting:
                self._fates["closed"] += len(self._waiting)
                self._waiting.clear()
            self._changed.notify_all()
            threads = [thread for thread in self._threads if thread is not None]
        self.departure.leave()
        for thread in threads:
            thread.join(timeout_s)

    def figures(self) -> MirrorFigures:
        """Counts since the start."""
        with self._changed:
            runs: dict[str, int] = {fate: count for fate, count in self._fates.items() if fate in ENDED}
            dropped: dict[str, int] = {fate: count for fate, count in self._fates.items() if fate not in ENDED}
            return MirrorFigures(len(self._waiting), self._under_way, runs, dropped)

    def _ensure_running(self) -> None:
        """A thread that died of a defect is replaced, so that one bad copy does not stop the rest."""
        for place, thread in enumerate(self._threads):
            if thread is None or not thread.is_alive():
                fresh = threading.Thread(target=self._run, name="mirror", daemon=True)
                self._threads[place] = fresh
                fresh.start()

    def _run(self) -> None:
        while (copy := self._next()) is not None:
            fate: Fate = "failed"
            try:
                fate = self._performed(copy)
            finally:
                with self._changed:
                    self._fates[fate] += 1
                    self._under_way -= 1

    def _performed(self, copy: Copy) -> Fate:
        return "closed" if self._perform is None else self._perform(copy)

    def _next(self) -> Copy | None:
        """The next copy, waited for; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            if not self._open:
                return None
            self._under_way += 1
            return self._waiting.popleft()
