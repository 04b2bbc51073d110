"""The limiter lets keys in at their limits and holds calls back at those of providers, over all processes if shared."""

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from app.db.snapshot import Snapshot
from app.domain.access import ApiKey
from app.domain.errors import LimitExceeded, StoreUnavailable
from app.domain.limits import NO_LIMITS, Decision, KeyLimits, Refusal
from app.services.local_limits import LocalLimits
from app.services.snapshots import Snapshots

log = logging.getLogger(__name__)

PAUSE_S: Final = 1.0  # so long the own share counts before the shared buckets are asked again
WINDOWS_S: Final[Mapping[str, int]] = {
    "requests_per_min": 60,
    "tokens_per_min": 60,
    "requests_per_day": 86_400,
    "tokens_per_day": 86_400,
}


class Buckets(Protocol):
    """Where token buckets and seats are kept. Each method may raise StoreUnavailable."""

    def decide(
        self, name: str, limits: KeyLimits, *, requests: int, tokens: int, seat: str | None = None, seat_ms: int = 0
    ) -> Decision:
        """Admit and book, with a seat for `seat_ms`, or refuse and book nothing."""

    def spend(self, name: str, limits: KeyLimits, *, tokens: int) -> None:
        """Book tokens after the fact."""

    def leave(self, name: str, seat: str) -> None:
        """Give the seat back."""

    def close(self) -> None:
        """Give all connections back."""


class Pass:
    """A request that was let in: what its key has left, and the seat that it holds until `leave`."""

    __slots__ = ("_buckets", "_seat", "decision", "limits", "name")

    def __init__(
        self, name: str, limits: KeyLimits, decision: Decision | None, buckets: Buckets, seat: str | None
    ) -> None:
        self.name = name
        self.limits = limits
        self.decision = decision
        self._buckets = buckets
        self._seat = seat

    def leave(self) -> None:
        """Give the seat back, once; with its buckets away the seat runs out by itself."""
        seat, self._seat = self._seat, None
        if seat is not None:
            try:
                self._buckets.leave(self.name, seat)
            except StoreUnavailable:
                log.warning("seat_not_left")


class Limiter:
    """Limits of keys and of providers, in `shared` over all processes or in this one alone.

    `key_limits` are those of keys without their own; `seat_s` is how long a seat outlives a holder that died. While the
    shared buckets are away, each of `workers` processes goes on with its own part of every limit.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        *,
        now_ms: Callable[[], int],
        new_id: Callable[[], str],
        key_limits: KeyLimits = NO_LIMITS,
        provider_limits: Mapping[str, KeyLimits] | None = None,
        shared: Buckets | None = None,
        workers: int = 1,
        seat_s: float = 300.0,
    ) -> None:
        self._snapshots = snapshots
        self._new_id = new_id
        self._key_limits = key_limits
        self._provider_limits = provider_limits or {}
        self._local: Buckets = LocalLimits(now_ms)
        self._shared = shared
        self._workers = workers
        self._seat_ms = int(seat_s * 1000)
        self._away_until = 0.0
        self._by_id: tuple[Snapshot | None, Mapping[str, KeyLimits | None]] = (None, {})
        self._refusals: Counter[str] = Counter()

    def enter(self, key: ApiKey) -> Pass:
        """Let one request of the key in; `leave` its pass when its answer is given. Raises LimitExceeded."""
        limits, name = key.limits or self._key_limits, f"key/{key.id}"
        if limits.absent:
            return Pass(name, limits, None, self._local, None)
        seat = None if limits.concurrent is None else self._new_id()
        decision, buckets = self._decide(name, limits, requests=1, tokens=0, seat=seat)
        if decision.refusal is not None:
            self._refusals[decision.refusal.limit] += 1
            raise _exceeded(limits, decision.refusal)
        return Pass(name, limits, decision, buckets, seat)

    def spend(self, key_id: str, *, tokens: int) -> None:
        """Book what a call of the key has used; beyond its limit the key waits until that is paid back."""
        limits = self._limits_of(key_id) or self._key_limits
        if limits.tokens_per_min is not None or limits.tokens_per_day is not None:
            self._spend(f"key/{key_id}", limits, tokens)

    def provider_wait_s(self, provider: str, *, tokens: int) -> float:
        """0.0 when a call of about so many tokens may go to the provider now, which counts it; else seconds to wait."""
        limits = self._provider_limits.get(provider)
        if limits is None:
            return 0.0
        decision, _ = self._decide(f"provider/{provider}", limits, requests=1, tokens=tokens)
        return 0.0 if decision.refusal is None else decision.refusal.wait_ms / 1000

    def provider_spend(self, provider: str, tokens: int) -> None:
        """Correct what was counted for a call by actual minus estimated tokens."""
        limits = self._provider_limits.get(provider)
        if limits is not None and limits.tokens_per_min is not None and tokens != 0:
            self._spend(f"provider/{provider}", limits, tokens)

    def refusals(self) -> Mapping[str, int]:
        """How many requests of keys were refused since the start, by the limit that was reached."""
        return dict(self._refusals)

    def close(self) -> None:
        """Give all connections back."""
        if self._shared is not None:
            self._shared.close()

    def _decide(
        self, name: str, limits: KeyLimits, *, requests: int, tokens: int, seat: str | None = None
    ) -> tuple[Decision, Buckets]:
        if self._shared is not None and self._due():
            try:
                found = self._shared.decide(
                    name, limits, requests=requests, tokens=tokens, seat=seat, seat_ms=self._seat_ms
                )
            except StoreUnavailable:
                self._gone()
            else:
                self._away_until = 0.0
                return found, self._shared
        own = limits if self._shared is None else limits.share(self._workers)
        found = self._local.decide(name, own, requests=requests, tokens=tokens, seat=seat, seat_ms=self._seat_ms)
        return found, self._local

    def _spend(self, name: str, limits: KeyLimits, tokens: int) -> None:
        if self._shared is not None and self._due():
            try:
                self._shared.spend(name, limits, tokens=tokens)
            except StoreUnavailable:
                self._gone()
            else:
                self._away_until = 0.0
                return
        self._local.spend(name, limits if self._shared is None else limits.share(self._workers), tokens=tokens)

    def _due(self) -> bool:
        """Whether the shared buckets are to be asked; while they are away, one request per pause tries."""
        if self._away_until == 0.0:
            return True
        moment = time.monotonic()
        if moment < self._away_until:
            return False
        self._away_until = moment + PAUSE_S
        return True

    def _gone(self) -> None:
        if self._away_until == 0.0:
            log.warning("limits_not_shared", extra={"workers": self._workers})
        self._away_until = time.monotonic() + PAUSE_S

    def _limits_of(self, key_id: str) -> KeyLimits | None:
        """The key's own limits, from the snapshot in force; its keys are sorted by id once per snapshot."""
        snapshot, by_id = self._by_id
        if snapshot is not self._snapshots.current:
            snapshot = self._snapshots.current
            by_id = {key.id: key.limits for key in snapshot.keys.values()}
            self._by_id = (snapshot, by_id)
        return by_id.get(key_id)


def _exceeded(limits: KeyLimits, refusal: Refusal) -> LimitExceeded:
    cap: int = getattr(limits, refusal.limit)
    told = f"the limit of {cap} {refusal.limit.replace('_per_', ' per ').replace('concurrent', 'requests at once')}"
    return LimitExceeded(
        f"{told} of this key is reached",
        limit=refusal.limit,
        cap=cap,
        window_s=WINDOWS_S.get(refusal.limit),
        retry_after_s=max(1, math.ceil(refusal.wait_ms / 1000)),
    )
