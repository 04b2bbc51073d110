"""The breakers of one process: a memory look while a target works, one probe over all processes when it did not."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from app.db.breakers import MOST, Resting, Stored
from app.db.uow import Store
from app.domain import breaker as moves
from app.domain.breaker import Breaker, BreakerPolicy, State, Target
from app.services.breaker_sharing import CLAIM_WAIT_S, Sharing

log = logging.getLogger(__name__)
Pass = Literal["free", "probe"]
LONGEST_REST_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one target; `retry_at` is when a probe may pass, `trips` how often it opened in a day or so.

    `rests_for_s`: seconds for which it is still not to be asked after a 429, whatever its state.
    """

    target: Target
    state: State
    failures: int
    opened_at: datetime | None
    retry_at: datetime | None
    trips: int
    rests_for_s: float


class Breakers:
    """Who may pass, and what came of it. Safe to share between threads.

    `holder` names this process to the others. Every `poll_s` seconds the store is asked what they have seen; until
    `start`, and while the store is away, this process decides alone. The `MOST` targets used last are remembered.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        policy: BreakerPolicy,
        holder: str,
        poll_s: float = 0.5,
        claim_wait_s: float = CLAIM_WAIT_S,
    ) -> None:
        self._now = now
        self._policy = policy
        self._lock = threading.Lock()
        self._known: OrderedDict[Target, Breaker] = OrderedDict()
        self._probing: set[Target] = set()  # whose probe comes from this process
        self._resting: dict[Target, datetime] = {}
        self._sharing = Sharing(store, self, now=now, holder=holder, poll_s=poll_s, claim_wait_s=claim_wait_s)

    def start(self) -> None:
        """Begin to share with other processes, in a daemon thread."""
        self._sharing.start()

    def close(self) -> None:
        """Write what the others should know, then stop sharing."""
        self._sharing.close()

    def admits(self, target: Target) -> bool:
        """Whether a call may go there now; who is told so says later how it went, by one of the three verbs below."""
        return self.enter(target) is not None

    def enter(self, target: Target) -> Pass | None:
        """As `admits`, and whether the call is the probe on which the breaker's fate hangs.

        Waits only where a probe is due, for the store's word that no other process has it, and at most `claim_wait_s`.
        """
        breaker = self._known.get(target)
        if breaker is None or breaker.state == "closed":
            return "free"
        with self._lock:
            breaker = self._known.get(target, breaker)
            now = self._now()
            if breaker.state == "closed":
                return "free"
            if not moves.may_probe(breaker, now=now):
                return None
            probe = moves.probing(breaker, self._policy, now=now)
            self._keep(target, probe)
            self._probing.add(target)
        if self._sharing.claim(target, probe):
            return "probe"
        return "free" if self.closed(target) else None

    def succeeded(self, target: Target, *, probe: bool = True) -> None:
        """A good answer came. `probe=False`: the call is known not to be the probe."""
        breaker = self._known.get(target)
        if breaker is not None and breaker.state == "closed" and moves.succeeded(breaker, self._policy) is breaker:
            return
        self._move(target, lambda before: moves.succeeded(before, self._policy), probe=probe)

    def failed(self, target: Target, *, retry_after_s: float | None = None, probe: bool = True) -> None:
        """The target is to blame: no connection, no answer in time, 5xx, a malformed answer."""
        now = self._now()
        self._move(
            target,
            lambda before: moves.failed(before, self._policy, now=now, salt=_name(target), retry_after_s=retry_after_s),
            probe=probe,
        )

    def well(self, target: Target) -> None:
        """The probe that this process has under way begins to speak: calls pass again before it has ended."""
        breaker = self._known.get(target)
        if breaker is not None and breaker.state == "half-open":
            self._move(target, moves.closed, probe=True)

    def released(self, target: Target, *, probe: bool = True) -> None:
        """Nothing was learnt (the caller left, or asked for what cannot be): a probe is free again, nothing counts."""
        breaker = self._known.get(target)
        if breaker is None or breaker.state == "closed":
            return
        now = self._now()
        self._move(target, lambda before: moves.released(before, now=now), probe=probe)

    def closed(self, target: Target) -> bool:
        """Whether calls pass freely; asks nobody and changes nothing."""
        breaker = self._known.get(target)
        return breaker is None or breaker.state == "closed"

    def troubled(self) -> set[str]:
        """The models of which some target is not closed."""
        return {target.model for target, breaker in list(self._known.items()) if breaker.state != "closed"}

    def open_for_s(self, target: Target) -> float | None:
        """Seconds until a probe may pass; None when closed."""
        breaker = self._known.get(target)
        if breaker is None or breaker.state == "closed":
            return None
        return moves.wait_s(breaker, self._policy, now=self._now())

    def rest(self, target: Target, for_s: float) -> None:
        """The target is not to be asked for so long, in no process; at most an hour."""
        until = self._now() + timedelta(seconds=max(0.0, min(for_s, LONGEST_REST_S)))
        with self._lock:
            before = self._resting.get(target)
            if before is None or before < until:
                self._resting[target] = until
                self._sharing.publish_rest(target, until)
            if len(self._resting) > MOST:
                del self._resting[min(self._resting, key=self._resting.__getitem__)]

    def rests_for_s(self, target: Target) -> float:
        """Seconds for which the target is still to rest; 0.0 when it may be asked."""
        until = self._resting.get(target)
        if until is None:
            return 0.0
        left = (until - self._now()).total_seconds()
        return left if 0 < left <= LONGEST_REST_S else 0.0  # more than that: the clock was set back

    def resting(self) -> dict[Target, float]:
        """The targets that rest, at most `MOST`, with the seconds for which they still do."""
        with self._lock:
            several = list(self._resting)
        return {target: left for target in several if (left := self.rests_for_s(target))}

    def readings(self) -> list[Reading]:
        """All that is remembered, by target."""
        resting = self.resting()
        with self._lock:
            known = {**dict.fromkeys(resting, Breaker()), **self._known}
        found = [
            Reading(target, it.state, it.in_row, it.opened_at, it.retry_at, it.trips, resting.get(target, 0.0))
            for target, it in known.items()
        ]
        return sorted(found, key=lambda reading: _name(reading.target))

    def reset(self, provider: str) -> None:
        """Close the provider's breakers and end its rests, in all processes. Raises StoreUnavailable."""
        self._sharing.reset(provider)

    def adopt(self, shared: Mapping[Target, Stored], resting: Resting, *, refused: Collection[Target]) -> None:
        """Take over what the store says, except where this process knows better."""
        with self._lock:
            now = self._now()
            self._resting = {**resting, **self._sharing.unwritten_rests()}
            for target in refused:
                self._probing.discard(target)
                if target in self._known:
                    self._known[target] = moves.released(self._known[target], now=now)
            for target, stored in reversed(list(shared.items())):
                if not (self._sharing.unwritten(target) or self._probes(target, now)):
                    self._adopt(target, stored.breaker)

    def forget(self, provider: str) -> None:
        """Everything of the provider is as if it had never failed."""
        with self._lock:
            for target in [target for target in self._known if target.provider == provider]:
                self._known[target] = moves.closed(self._known[target])
                self._probing.discard(target)
            self._resting = {target: it for target, it in self._resting.items() if target.provider != provider}

    def _adopt(self, target: Target, shared: Breaker) -> None:
        known = self._known.get(target)
        if shared.state != "closed":
            if shared != known:
                self._keep(target, shared)
        elif known is None or known.state != "closed":
            self._keep(target, moves.closed(shared))
        elif known.trips != shared.trips:
            self._keep(target, replace(known, trips=shared.trips))

    def _probes(self, target: Target, now: datetime) -> bool:
        known = self._known.get(target)
        return target in self._probing and known is not None and not moves.may_probe(known, now=now)

    def _move(self, target: Target, move: Callable[[Breaker], Breaker], *, probe: bool) -> None:
        with self._lock:
            before = self._known.get(target) or Breaker()
            if before.state == "half-open" and not (probe and target in self._probing):
                return  # sent before the breaker opened: the probe alone decides
            after = move(before)
            if after is before:
                return
            self._keep(target, after)
            if before.state == "half-open":
                self._probing.discard(target)
                self._sharing.publish(target, "settled", after)
            elif before.state == "open":
                self._sharing.publish(target, "prolonged", after)
            elif after.state == "open":
                self._sharing.publish(target, "opened", after)
        if before.state != after.state:
            log.info("breaker", extra={"target": f"{target.endpoint}/{target.model}", "state": after.state})

    def _keep(self, target: Target, breaker: Breaker) -> None:
        self._known[target] = breaker
        self._known.move_to_end(target)
        if len(self._known) > MOST:
            dropped, _ = self._known.popitem(last=False)
            self._probing.discard(dropped)


def _name(target: Target) -> str:
    return f"{target.provider}:{target.model}:{target.endpoint}"
