"""Listeners wait for events on streams that last; each takes a thread of the server, so there are only so many."""

from threading import Event, Lock
from typing import Final

from app.domain.errors import Overloaded

MOST: Final = 32
RETRY_AFTER_S: Final = 5


class Listeners:
    """Places of one process. Safe to share between threads; once it is closed, streams end and none begins."""

    def __init__(self, places: int = MOST) -> None:
        self._free = places
        self._lock = Lock()
        self._closed = Event()

    @property
    def closed(self) -> bool:
        """Whether the server is about to stop."""
        return self._closed.is_set()

    def enter(self) -> None:
        """Take a place. Raises Overloaded when none is free, or the server is about to stop."""
        with self._lock:
            if self._free < 1 or self.closed:
                raise Overloaded("this worker has as many listeners as it may", retry_after_s=RETRY_AFTER_S)
            self._free -= 1

    def leave(self) -> None:
        """Give the place back."""
        with self._lock:
            self._free += 1

    def close(self) -> None:
        """The server is about to stop."""
        self._closed.set()
