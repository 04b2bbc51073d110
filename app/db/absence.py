"""A store that did not answer is known to be away, so that whoever asks meanwhile is told at once and nobody waits."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from app.domain.errors import ModelMatchError, StoreUnavailable

log = logging.getLogger(__name__)
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0


class Absence:
    """Whether one kind of work, reading or writing, finds the store away, and since when."""

    def __init__(self, work: str) -> None:
        self._work = work
        self._since: float | None = None

    @property
    def away(self) -> bool:
        """Whether the store is known not to do this work."""
        return self._since is not None

    @property
    def seconds(self) -> float | None:
        """For how long it has been away; None when it is here."""
        since = self._since
        return None if since is None else time.monotonic() - since

    def check(self) -> None:
        """Raises StoreUnavailable while it is away."""
        if self._since is not None:
            raise StoreUnavailable("the database is away")

    def begin(self) -> None:
        """It did not answer."""
        if self._since is None:
            self._since = time.monotonic()
            log.warning("store_away", extra={"work": self._work})

    def end(self) -> None:
        """It answered."""
        if self._since is not None:
            log.warning("store_back", extra={"work": self._work, "seconds": round(self.seconds or 0, 1)})
            self._since = None


class Watch:
    """One thread asks a store that is away whether it is back, at once and then with pauses that grow.

    `ask` ends the absences of whatever answers, and raises StoreUnavailable at what does not. Whatever else it raises
    is logged once in an absence, and it is asked again.
    """

    def __init__(self, absences: tuple[Absence, ...], ask: Callable[[], None]) -> None:
        self._absences = absences
        self._ask = ask
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def lost(self, *absences: Absence) -> None:
        """This work found the store away."""
        with self._lock:
            if self._stop.is_set():
                return
            for absence in absences:
                absence.begin()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="store-watch", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ask no more."""
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout=5)

    def _run(self) -> None:
        pause_s, told = FIRST_PAUSE_S, False
        while not self._over():
            try:
                self._ask()
            except ModelMatchError as error:
                if not told and not isinstance(error, StoreUnavailable):
                    log.error("store_watch_failed", extra={"code": error.code})
                    told = True
                self._stop.wait(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _over(self) -> bool:
        """Whether nothing is away any more; then the thread ends, and the next loss starts another."""
        with self._lock:
            over = self._stop.is_set() or not any(absence.away for absence in self._absences)
            if over:
                self._thread = None
            return over
