"""A caller may leave before the answer is there; whoever works for them is told, and the line to the vendor is cut."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.domain.errors import CallerLeft


class Departure:
    """One caller's leaving. Safe to share between threads; leaving twice is leaving once."""

    def __init__(self) -> None:
        self._left = threading.Event()
        self._lock = threading.Lock()
        self._hang_ups: list[Callable[[], None]] = []

    @property
    def left(self) -> bool:
        """Whether the caller is gone."""
        return self._left.is_set()

    def leave(self) -> None:
        """The caller is gone: whatever is under way for them is hung up."""
        with self._lock:
            self._left.set()
            hang_ups = list(self._hang_ups)
        for hang_up in hang_ups:
            hang_up()

    def wait(self, seconds: float) -> bool:
        """Sleep, unless the caller leaves meanwhile: then True at once."""
        return self._left.wait(seconds)

    def pause(self, seconds: float) -> None:
        """Sleep. Raises CallerLeft when the caller is gone or leaves meanwhile."""
        if self.wait(seconds):
            raise CallerLeft("the caller left")

    @contextmanager
    def cuts(self, hang_up: Callable[[], None]) -> Iterator[None]:
        """Inside the block, leaving calls `hang_up`; at once when the caller is gone already."""
        with self._lock:
            self._hang_ups.append(hang_up)
            gone = self._left.is_set()
        if gone:
            hang_up()
        try:
            yield
        finally:
            with self._lock:
                self._hang_ups.remove(hang_up)
