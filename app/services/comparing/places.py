"""Models are asked side by side, until a budget seems to run out: then one asks alone, and knows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """Safe to share between threads.

    A call under way holds the worst that it may cost. That a budget refuses the next one may mean no more than that,
    so it asks again when nobody else does: what is refused then is refused for good.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._taken = False

    @contextmanager
    def beside_others(self) -> Iterator[None]:
        """Inside the block others may ask too."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside the block nobody else asks."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._taken = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()
