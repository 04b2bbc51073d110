"""Ids are UUIDv7 (RFC 9562): made here, ordered in time, so that a replayed insert finds its own row."""

import threading
from uuid import UUID

import uuid_utils


class Increasing:
    """Ids that grow within a process, also when the clock is set back: then each follows the one before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def after(self, fresh: int) -> int:
        """The id as a number: `fresh`, unless that is not greater than the last one."""
        with self._lock:
            self._last = max(fresh, self._last + 1)
            return self._last


_increasing = Increasing()


def new_id() -> str:
    """A new id in canonical form; increasing within a process."""
    fresh = uuid_utils.uuid7()
    number = _increasing.after(fresh.int)
    return str(fresh) if number == fresh.int else str(UUID(int=number))
