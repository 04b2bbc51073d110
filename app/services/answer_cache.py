"""The cache of answers: memory first, then the shelf that all processes share; never an error, never a long wait."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.db.cached_answers import Forgettable
from app.domain.cached import Entry, Keeping, Kept, worth_keeping
from app.services.answer_shelf import Shelf, ShelfKind
from app.services.far_answers import FarAnswers
from app.services.recent_answers import RecentAnswers
from app.services.single_flight import Flights

__all__ = ["AnswerCache", "Keeping", "Kept", "Readings", "Turn"]

LARGEST: Final = 1_048_576  # bytes of one answer
PATIENCE_S: Final = 0.25
REST_S: Final = 5.0
POLL_S: Final = 1.0
TRUST_S: Final = 60.0  # how long an answer in memory is used before the shelf is asked for a fresher one
PRUNED_AT_ONCE: Final = 500
PRUNINGS: Final = 20
BOTH: Final = Keeping(read=True, write=True, ttl_s=3_600.0)


@dataclass(frozen=True, slots=True)
class Readings:
    """What this process has seen since its start; `shared` is None without a shelf, `shared_entries` when unknown."""

    hits: int
    misses: int
    joined: int
    kept: int
    evicted: int
    too_large: int
    unwritten: int
    entries: int
    bytes: int
    shared: ShelfKind | None
    shared_reachable: bool
    shared_entries: int | None

    @property
    def hit_rate(self) -> float | None:
        """Share of look-ups that were answered, joined ones included; None before the first."""
        answered = self.hits + self.joined
        return answered / (answered + self.misses) if answered + self.misses else None


@dataclass(frozen=True, slots=True)
class Turn:
    """One request's turn. `kept` is the answer to give; without one the caller asks, and says what was `answered`."""

    kept: Kept | None
    answered: Callable[[Kept], None]


class AnswerCache:
    """Safe to share between threads. Without `shelf` answers stay in this process.

    `entries` and `max_bytes` bound the memory; an answer of more than `largest` bytes is not kept.
    """

    def __init__(
        self,
        shelf: Shelf | None,
        *,
        now: Callable[[], datetime],
        entries: int = 1_000,
        max_bytes: int = 67_108_864,
        largest: int = LARGEST,
        patience_s: float = PATIENCE_S,
        rest_s: float = REST_S,
        poll_s: float = POLL_S,
        trust_s: float = TRUST_S,
    ) -> None:
        self._now = now
        self._trust_s = trust_s
        self._recent = RecentAnswers(entries, max_bytes, largest)
        self._flights: Flights[Kept] = Flights()
        self._far = None
        if shelf is not None:
            self._far = FarAnswers(shelf, on_purge=self._drop_all, patience_s=patience_s, rest_s=rest_s, poll_s=poll_s)

    def find(self, key: str) -> Kept | None:
        """The answer kept under a fingerprint, or None; also None when the shelf is down or slow."""
        kept = self._look(key)
        self._recent.count("misses" if kept is None else "hits")
        return kept

    def keep(self, key: str, kept: Kept, *, ttl_s: float) -> None:
        """Keep the answer if it is whole and not too large; the shelf is written in the background."""
        if ttl_s <= 0 or not worth_keeping(kept.reply):
            return
        entry = Entry(kept, self._now() + timedelta(seconds=ttl_s))
        if self._recent.put(key, entry):
            self._recent.count("kept")
            if self._far is not None:
                self._far.put(key, entry, self._now)

    @contextmanager
    def turn(self, key: str, keeping: Keeping = BOTH, *, timeout_s: float) -> Iterator[Turn]:
        """A turn for the request with that fingerprint, as the request wishes.

        Of identical requests that read, one asks at a time; the others wait for it, at most `timeout_s`, and get its
        answer. When it raises, the next one asks; when it ends without an answer, all go on by themselves.
        """

        def store(kept: Kept) -> None:
            if keeping.write:
                self.keep(key, kept, ttl_s=keeping.ttl_s)

        if not keeping.read:
            yield Turn(None, store)
            return
        kept = self._look(key)
        if kept is not None:
            self._recent.count("hits")
            yield Turn(kept, store)
            return
        with self._flights.join(key, timeout_s=timeout_s) as seat:
            kept = seat.answer
            if kept is None:  # somebody may have answered since the look
                kept = self._look(key) if seat.waited else self._near(key)
                if kept is not None:
                    seat.answered(kept)
            self._recent.count("misses" if kept is None else "joined")

            def answered(said: Kept) -> None:
                if worth_keeping(said.reply):
                    store(said)
                    seat.answered(said)

            yield Turn(kept, answered)

    def forget(
        self, *, older_than: datetime | None = None, partition: str | None = None, model: str | None = None
    ) -> int:
        """How many answers were forgotten: on the shelf, or here where there is none. Raises StoreUnavailable.

        Other processes forget theirs a moment later. `older_than`: those made before that moment.
        """
        which = Forgettable(older_than, partition, model)
        here = self._recent.forget(which.covers)
        if self._far is None:
            return here
        gone = self._far.forget(which)
        self._recent.forget(which.covers)  # what was read from the shelf meanwhile
        return gone

    def prune(self) -> int:
        """How many answers whose lifetime is over left the shelf, in small bites. Raises StoreUnavailable."""
        gone = 0
        for _ in range(PRUNINGS if self._far is not None else 0):
            bite = 0 if self._far is None else self._far.prune(self._now(), limit=PRUNED_AT_ONCE)
            gone += bite
            if bite < PRUNED_AT_ONCE:
                break
        return gone

    def readings(self, *, count: bool = True) -> Readings:
        """What has been seen; without `count` the shelf is not asked how much it holds."""
        tally, far = self._recent.tally, self._far
        entries, held = self._recent.size()
        return Readings(
            hits=tally.hits,
            misses=tally.misses,
            joined=tally.joined,
            kept=tally.kept,
            evicted=tally.evicted,
            too_large=tally.too_large,
            unwritten=0 if far is None else far.unwritten,
            entries=entries,
            bytes=held,
            shared=None if far is None else far.kind,
            shared_reachable=far is not None and far.reachable,
            shared_entries=far.count() if count and far is not None else None,
        )

    def flush(self, *, timeout_s: float) -> bool:
        """Whether all that was to be written on the shelf is there within that time."""
        return self._far is None or self._far.flush(timeout_s)

    def close(self) -> None:
        """Write what waits, not for long, then let go; afterwards nothing is found on the shelf."""
        if self._far is not None:
            self._far.close()

    def _look(self, key: str) -> Kept | None:
        moment = self._now()
        held = self._recent.get(key, moment)
        if self._far is None:
            return None if held is None else held.entry.kept
        self._far.poll()
        if held is not None and time.monotonic() - held.since < self._trust_s:
            return held.entry.kept
        entry = self._far.get(key, moment)
        if entry is not None:
            self._recent.put(key, entry)
            return entry.kept
        return held.entry.kept if held is not None and not self._far.reachable else None

    def _near(self, key: str) -> Kept | None:
        held = self._recent.get(key, self._now())
        return None if held is None else held.entry.kept

    def _drop_all(self) -> None:
        self._recent.forget(lambda _: True)
