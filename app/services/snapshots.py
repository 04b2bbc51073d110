"""The snapshot is all configuration in memory, immutable, swapped whole when the stored revision changes."""

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from app.db.migrate import patiently
from app.db.snapshot import Snapshot, load
from app.db.snapshot_file import Kept, SnapshotFile
from app.db.uow import Store
from app.domain.errors import StoreUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")
PAUSE_S: Final = 0.01
FILE_PAUSE_S: Final = 30.0  # after the disk refused the file


class Snapshots:
    """The current snapshot of one process; polled every `poll_s` seconds and refreshed after each own write.

    With the database gone the last good snapshot stays in force (promise P8). `file` keeps it for the next start, and
    `kept`, what a former process left there, is in force until the store answers for the first time.
    """

    def __init__(
        self, store: Store, *, poll_s: float, file: SnapshotFile | None = None, kept: Kept | None = None
    ) -> None:
        self._store = store
        self._poll_s = poll_s
        self._file = file
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._looking = threading.Lock()
        self._looked_at = -math.inf
        self._confirmed_at = time.monotonic() - (0.0 if kept is None else kept.age_s)
        self._in_file: Snapshot | None = None if kept is None else kept.snapshot
        self._file_retry_at = -math.inf
        self._certain = kept is None
        self._current = self._load() if kept is None else kept.snapshot

    @property
    def current(self) -> Snapshot:
        """The snapshot in force."""
        return self._current

    @property
    def age_s(self) -> float:
        """Seconds since the store last said that the snapshot is up to date."""
        return time.monotonic() - self._confirmed_at

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
            asked_at = time.monotonic()
            if self._store.revision() != self._current.revision or not self._certain:
                self._current = self._load()
                self._certain = True
            self._confirmed_at = asked_at

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
        """Refresh, unless a look has begun since the caller came, for which all who came before it have waited.

        Looks keep a pause between them: strangers who guess names cost the store no more than that.
        """
        came = time.monotonic()
        with self._looking:
            if self._looked_at >= came:
                return
            time.sleep(max(0.0, self._looked_at + PAUSE_S - came))
            self._looked_at = time.monotonic()
            with suppress(StoreUnavailable):
                self.refresh()

    def _load(self) -> Snapshot:
        with self._store.read() as connection:
            return load(connection)

    def _poll(self) -> None:
        self._keep()
        while not self._stop.wait(self._poll_s):
            try:
                self.refresh()
            except StoreUnavailable:
                log.warning("snapshot_stale", extra={"revision": self._current.revision})
            self._keep()

    def _keep(self) -> None:
        """Puts the snapshot into its file when it is another one; serving never waits for that."""
        current = self._current
        if self._file is None or current is self._in_file or time.monotonic() < self._file_retry_at:
            return
        try:
            self._file.write(current)
            self._in_file = current
        except OSError as error:
            self._file_retry_at = time.monotonic() + FILE_PAUSE_S
            log.warning("snapshot_not_kept", extra={"error": type(error).__name__})


def open_snapshots(store: Store, migrate: Callable[[Store], None], *, poll_s: float, file: SnapshotFile) -> Snapshots:
    """Snapshots of the migrated store; without the store, those of the last snapshot that was kept.

    Then the store is migrated once it answers. Raises StoreUnavailable without store and file.
    """
    try:
        migrate(store)
        return Snapshots(store, poll_s=poll_s, file=file)
    except StoreUnavailable:
        kept = file.read()
        if kept is None:
            raise
    log.warning("started_without_store", extra={"revision": kept.snapshot.revision, "age_s": round(kept.age_s)})
    store.prepare_later(patiently(lambda: migrate(store)))
    return Snapshots(store, poll_s=poll_s, file=file, kept=kept)
