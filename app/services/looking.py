"""Looks at a use case follow each other: a burst of feedback costs two at a time, and the last is always seen."""

from collections.abc import Callable
from threading import Condition


class Looks:
    """At most one look at a use case is under way in this process, and at most one more waits for its end.

    The one that waits begins after everything that came while it waited, so those others need none of their own.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._under_way: set[str] = set()
        self._waiting: set[str] = set()

    def look(self, use_case_id: str, act: Callable[[], object]) -> bool:
        """Look now, or after the look that is under way; False at once when another one waits to look already.

        Raises what `act` raises, to its own caller alone.
        """
        with self._changed:
            if use_case_id in self._waiting:
                return False
            if use_case_id in self._under_way:
                self._waiting.add(use_case_id)
                try:
                    self._changed.wait_for(lambda: use_case_id not in self._under_way)
                finally:
                    self._waiting.remove(use_case_id)
            self._under_way.add(use_case_id)
        try:
            act()
        finally:
            with self._changed:
                self._under_way.remove(use_case_id)
                self._changed.notify_all()
        return True
