"""A crew lends threads to runs whose steps, or whose items, are asked side by side."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Final

MOST: Final = 256
IDLE_S: Final = 10.0

Work = Callable[[], None]


class Crew:
    """One per process, of at most `most` threads over all runs; idle ones stay a while for the next.

    Who gets none does the work itself, so that nobody ever waits for a thread.
    """

    def __init__(self, most: int = MOST) -> None:
        self._free = threading.Semaphore(most)
        self._waiting: SimpleQueue[Work] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0

    def lend(self, work: Work) -> bool:
        """Whether a thread does the work, within the caller's context; the work itself must raise nothing."""
        if not self._free.acquire(blocking=False):
            return False
        carried = copy_context()

        def carry() -> None:
            try:
                carried.run(work)
            finally:
                self._free.release()

        with self._lock:
            taken = self._idle > 0
            self._idle -= taken
        if taken:
            self._waiting.put(carry)
        else:
            threading.Thread(target=self._serve, args=(carry,), name="walk", daemon=True).start()
        return True

    def _serve(self, work: Work) -> None:
        while True:
            work()
            with self._lock:
                self._idle += 1
            following = self._next()
            if following is None:
                return
            work = following

    def _next(self) -> Work | None:
        """What to do next; None after an idle while in which nothing came."""
        try:
            return self._waiting.get(timeout=IDLE_S)
        except Empty:
            with self._lock:
                if self._idle > 0:
                    self._idle -= 1
                    return None
        return self._waiting.get()  # somebody counted on this thread in the moment it gave up
