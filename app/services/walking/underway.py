"""Runs under way in this process can be cancelled, also by word that another process left in the store."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from app.db import runs as rows
from app.db.uow import Store
from app.domain.errors import StoreUnavailable
from app.services.departure import Departure

LOOK_S: Final = 0.4


class Underway:
    """One per process; as many runs at most as requests are admitted. While there is one, a thread looks for words."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, Departure] = {}
        self._cancelled: set[str] = set()
        self._looking = False
        self._changed = threading.Event()

    @contextmanager
    def entered(self, store: Store, run_id: str, departure: Departure) -> Iterator[None]:
        """Inside the block the run can be cancelled."""
        with self._lock:
            self._runs[run_id] = departure
            starts, self._looking = not self._looking, True
        if starts:
            threading.Thread(target=self._look, args=(store,), name="cancels", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                del self._runs[run_id]
                self._cancelled.discard(run_id)

    def cancel(self, run_id: str) -> bool:
        """Hang up what the run waits for; whether it is under way here."""
        with self._lock:
            departure = self._runs.get(run_id)
            if departure is not None:
                self._cancelled.add(run_id)
        if departure is not None:
            departure.leave()
        return departure is not None

    def was_cancelled(self, run_id: str) -> bool:
        """Whether somebody cancelled the run, which is under way here."""
        with self._lock:
            return run_id in self._cancelled

    def _look(self, store: Store) -> None:
        while self._changed.wait(LOOK_S) is False:
            with self._lock:
                ids = [run_id for run_id in self._runs if run_id not in self._cancelled]
                if not self._runs:
                    self._looking = False
                    return
            with suppress(StoreUnavailable):
                for run_id in self._to_cancel(store, ids):
                    self.cancel(run_id)

    def _to_cancel(self, store: Store, ids: list[str]) -> list[str]:
        if not ids or store.reads.away:
            return []
        with store.read() as tx:
            return rows.to_cancel(tx, ids)
