"""Admission: one worker gives so many generations at once; a few wait for their turn in order, the rest is told so."""

from collections import deque
from threading import Lock
from typing import Final

from app.domain.errors import Overloaded

RETRY_AFTER_S: Final = 1


class Admission:
    """Places of one worker. A place that is given back goes to whoever waits longest, never to a newcomer.

    `queue_length` may wait, `timeout_s` at most. Safe to share between threads.
    """

    def __init__(self, places: int, *, queue_length: int, timeout_s: float) -> None:
        self._places = places
        self._free = places
        self._refused = 0
        self._queue_length = queue_length
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._waiting: deque[Lock] = deque()

    def enter(self) -> None:
        """Take a place, if need be after a wait. Raises Overloaded when too many wait already, or none came in time."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            if len(self._waiting) >= self._queue_length:
                self._refused += 1
                raise Overloaded("this worker gives all answers it can, and enough wait", retry_after_s=RETRY_AFTER_S)
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        if not turn.acquire(timeout=self._timeout_s) and not self._came_late(turn):
            raise Overloaded("no place came free in time", retry_after_s=RETRY_AFTER_S)

    def leave(self) -> None:
        """Give the place back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many places are taken."""
        return self._places - self._free

    @property
    def refused(self) -> int:
        """How many were sent away since the start, at once or after their wait."""
        return self._refused

    def _came_late(self, turn: Lock) -> bool:
        """Whether the place came between the end of the wait and now; else the wait is given up."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._refused += 1
                return False
            return True
