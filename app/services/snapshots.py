"""The snapshot is all configuration in memory, immutable, swapped whole when the stored revision changes."""

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from app.db.snapshot import Snapshot, load
from app.db.uow import Store
from app.domain.errors import StoreUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")
PAUSE_S: Final = 0.01


class Snapshots:
    """The current snapshot of one process; polled every `poll_s` seconds and refreshed after each own write.

    With the database gone the last good snapshot stays in force (promise P8).
    """

    def __init__(self, store: Store, *, poll_s: float) -> None:
        self._store = store
        self._poll_s = poll_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._looked_at = -math.inf
        self._current = self._load()

    @property
    def current(self) -> Snapshot:
        """The snapshot in force."""
        return self._current

    def start(self) -> None:
        """Begin to poll in a daemon thread."""
        self._thread = threading.Thread(target=self._poll, name="snapshots", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop polling."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def refresh(self) -> None:
        """Load again if the stored revision moved."""
        with self._lock:
            if self._store.revision() != self._current.revision:
                self._current = self._load()

    def find(self, look: Callable[[Snapshot], T | None]) -> T | None:
        """What `look` finds, if need be after a look at the stored revision.

        So what another process has just made is not said to be missing for the length of a poll.
        """
        found = look(self._current)
        if found is not None:
            return found
        self._catch_up()
        return look(self._current)

    def _catch_up(self) -> None:
        """Refresh, unless that was done a moment ago: strangers who guess names cost the store no more than this."""
        if time.monotonic() - self._looked_at < PAUSE_S:
            return
        self._looked_at = time.monotonic()
        with suppress(StoreUnavailable):
            self.refresh()

    def _load(self) -> Snapshot:
        with self._store.read() as connection:
            return load(connection)

    def _poll(self) -> None:
        while not self._stop.wait(self._poll_s):
            try:
                self.refresh()
            except StoreUnavailable:
                log.warning("snapshot_stale", extra={"revision": self._current.revision})
