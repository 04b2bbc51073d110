"""Whoever holds something by a lease keeps saying that they live; one thread says it for all of a process."""

import threading
import time
from collections.abc import Callable
from typing import Final

from app.domain.errors import ModelMatchError

TERM_S: Final = 15.0  # without a word for so long, the holder is taken for dead
PERIOD_S: Final = 4.0


class Renewals:
    """Calls what each holder gave it, every few seconds, from when it has been held so long. Safe between threads."""

    def __init__(self, *, period_s: float = PERIOD_S) -> None:
        self._period_s = period_s
        self._lock = threading.Lock()
        self._held: dict[object, tuple[float, Callable[[], None]]] = {}
        self._thread: threading.Thread | None = None

    def begin(self, renew: Callable[[], None]) -> object:
        """A token by which to end it. What `renew` raises of our own errors is tried again after another period."""
        token = object()
        with self._lock:
            self._held[token] = (time.monotonic(), renew)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="renewals", daemon=True)
                self._thread.start()
        return token

    def end(self, token: object) -> None:
        """It is held no longer; ended twice it changes nothing."""
        with self._lock:
            self._held.pop(token, None)

    def _run(self) -> None:
        while True:
            time.sleep(self._period_s)
            with self._lock:
                if not self._held:
                    self._thread = None
                    return
                since = time.monotonic() - self._period_s
                due = [(token, renew) for token, (began, renew) in self._held.items() if began <= since]
            for token, renew in due:
                if token in self._held:
                    _try(renew)


def _try(renew: Callable[[], None]) -> None:
    """A store that is away for a moment costs nothing: the lease lasts for several periods."""
    try:
        renew()
    except ModelMatchError:
        return
