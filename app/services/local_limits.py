"""Limits counted in this process alone: all there is to count with one worker, and a share when the store is away."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from threading import Lock
from typing import Final

from app.domain.limits import SEAT_WAIT_MS, Decision, KeyLimits, Levels, Refusal, decide, standing, taken

KEPT: Final = 10_000


class LocalLimits:
    """Buckets and seats of the `kept` holders that asked last; one that is dropped begins with full buckets again.

    `now_ms`: Unix time. Safe to share between threads.
    """

    def __init__(self, now_ms: Callable[[], int], *, kept: int = KEPT) -> None:
        self._now_ms = now_ms
        self._kept = kept
        self._lock = Lock()
        self._levels: OrderedDict[str, Levels] = OrderedDict()
        self._seats: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def decide(
        self, name: str, limits: KeyLimits, *, requests: int, tokens: int, seat: str | None = None, seat_ms: int = 0
    ) -> Decision:
        """Admit and book, with a seat for `seat_ms`, or refuse and book nothing."""
        now_ms = self._now_ms()
        with self._lock:
            decision = decide(self._levels.get(name), limits, now_ms, requests=requests, tokens=tokens)
            if decision.refusal is not None:
                return decision
            if seat is not None and not self._seated(name, seat, now_ms + seat_ms, limits, now_ms):
                return Decision(decision.levels, Refusal("concurrent", SEAT_WAIT_MS))
            self._keep(name, decision.levels)
            return decision

    def spend(self, name: str, limits: KeyLimits, *, tokens: int) -> None:
        """Book tokens after the fact, also into debt; negative ones are given back."""
        now_ms = self._now_ms()
        with self._lock:
            levels = standing(self._levels.get(name), limits, now_ms)
            self._keep(name, taken(levels, limits, requests=0, tokens=tokens))

    def leave(self, name: str, seat: str) -> None:
        """Give the seat back."""
        with self._lock:
            seats = self._seats[name]
            seats.pop(seat, None)
            if not seats:
                del self._seats[name]

    def close(self) -> None:
        """Nothing is held."""

    def _keep(self, name: str, levels: Levels) -> None:
        self._levels[name] = levels
        self._levels.move_to_end(name)
        if len(self._levels) > self._kept:
            self._levels.popitem(last=False)

    def _seated(self, name: str, seat: str, until_ms: int, limits: KeyLimits, now_ms: int) -> bool:
        seats = self._seats[name]
        if limits.concurrent is not None and len(seats) >= limits.concurrent:
            for gone in [held for held, end in seats.items() if end <= now_ms]:
                del seats[gone]
            if len(seats) >= limits.concurrent:
                return False
        seats[seat] = until_ms
        return True
