"""Answers used lately are kept in memory, bounded by number and by bytes; the least recently used go first."""

import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.domain.cached import Entry, Kept

OVERHEAD: Final = 1_000  # bytes of an entry's objects beside its text, measured on CPython 3.11


@dataclass(frozen=True, slots=True)
class Held:
    """An answer in memory with its size in bytes and the `time.monotonic()` moment at which it came."""

    entry: Entry
    size: int
    since: float


@dataclass(slots=True)
class Tally:
    """What has happened since the start."""

    kept: int = 0
    evicted: int = 0
    too_large: int = 0
    hits: int = 0
    misses: int = 0
    joined: int = 0


@dataclass(slots=True)
class RecentAnswers:
    """Safe to share between threads. An answer of more than `largest` bytes is not kept."""

    entries: int
    max_bytes: int
    largest: int
    tally: Tally = field(default_factory=Tally)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: OrderedDict[str, Held] = field(default_factory=OrderedDict)

    def get(self, key: str, moment: datetime) -> Held | None:
        """The answer, unless it is unknown here or its lifetime is over."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            if found.entry.expires_at <= moment:
                self._drop(key)
                return None
            self._held.move_to_end(key)
            return found

    def put(self, key: str, entry: Entry) -> bool:
        """Keep the answer in place of an older one; False when it is too large."""
        size = weight(entry.kept)
        with self._lock:
            self._drop(key)
            if size > min(self.largest, self.max_bytes) or self.entries < 1:
                self.tally.too_large += 1
                return False
            self._held[key] = Held(entry, size, time.monotonic())
            self._bytes += size
            while len(self._held) > self.entries or self._bytes > self.max_bytes:
                self._drop(next(iter(self._held)))
                self.tally.evicted += 1
            return True

    def forget(self, covers: Callable[[Kept], bool]) -> int:
        """How many answers were dropped."""
        with self._lock:
            gone = [key for key, held in self._held.items() if covers(held.entry.kept)]
            for key in gone:
                self._drop(key)
            return len(gone)

    def count(self, name: str) -> None:
        """One more of that in the tally."""
        with self._lock:
            setattr(self.tally, name, getattr(self.tally, name) + 1)

    def size(self) -> tuple[int, int]:
        """Entries and bytes held now."""
        with self._lock:
            return len(self._held), self._bytes

    def _drop(self, key: str) -> None:
        found = self._held.pop(key, None)
        if found is not None:
            self._bytes -= found.size


def weight(kept: Kept) -> int:
    """About how many bytes an answer takes in memory."""
    said = sys.getsizeof(kept.reply.text)
    return OVERHEAD + said + sum(OVERHEAD + sys.getsizeof(call.arguments) for call in kept.reply.tool_calls)
