"""Which endpoint of a provider takes the next call: the least busy one that neither rests nor is kept away from."""

import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.domain.breaker import Target
from app.domain.model import Model
from app.providers.base import Endpoint
from app.services.breakers import Breakers


@dataclass(frozen=True, slots=True)
class Seat:
    """A place for one call at an endpoint; `probe`: the breaker's fate hangs on this call."""

    endpoint: Endpoint
    target: Target
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """How busy an endpoint is in this process, and for how many seconds a model of it is still to rest at most."""

    endpoint: Endpoint
    in_flight: int
    cooling_for_s: float


@dataclass(slots=True)
class _Place:
    endpoint: Endpoint
    in_flight: int = 0
    turn: int = 0

    @property
    def load(self) -> float:
        return self.in_flight / self.endpoint.weight


class Balancer:
    """Seats of one process. Every seat that is taken is given back by `done`, once. Safe to share between threads."""

    def __init__(self, endpoints: Mapping[str, tuple[Endpoint, ...]], breakers: Breakers) -> None:
        self._breakers = breakers
        self._lock = threading.Lock()
        self._places = {code: tuple(map(_Place, several)) for code, several in endpoints.items()}
        self._of_model: Counter[str] = Counter()

    def take(self, model: Model, *, avoid: Collection[str] = ()) -> Seat | None:
        """A seat for a call of the model, or None when there is none now.

        Least calls in flight per weight, ties in smooth weighted order. Endpoints named in `avoid` come last; one whose
        breaker is due for a probe comes first, since nobody else would find out whether it is back.
        """
        ready = [found for found in self._found(model) if not self._breakers.rests_for_s(found[1])]
        fresh = [found for found in ready if found[1].endpoint not in avoid] if avoid else ready
        seat = self._seat(fresh)
        if seat is None and len(fresh) < len(ready):
            seat = self._seat([found for found in ready if found[1].endpoint in avoid])
        return seat

    def well(self, seat: Seat) -> Seat:
        """A first token came: a probe has shown enough. The seat as it is then; what it comes to counts as any call."""
        if not seat.probe:
            return seat
        self._breakers.well(seat.target)
        return replace(seat, probe=False)

    def done(
        self, seat: Seat, *, outcome: Literal["ok", "failed", "neutral"], retry_after_s: float | None = None
    ) -> None:
        """The call is over. `failed`: its target is to blame; `neutral`: the caller or the request is, or nobody."""
        with self._lock:
            place = self._place(seat)
            if place is not None:
                place.in_flight = max(0, place.in_flight - 1)
            self._of_model[seat.target.model] -= 1
            if self._of_model[seat.target.model] <= 0:
                del self._of_model[seat.target.model]
        match outcome:
            case "ok":
                self._breakers.succeeded(seat.target, probe=seat.probe)
            case "failed":
                self._breakers.failed(seat.target, retry_after_s=retry_after_s, probe=seat.probe)
            case "neutral":
                self._breakers.released(seat.target, probe=seat.probe)

    def cool(self, seat: Seat, for_s: float) -> None:
        """The vendor has had enough of this model from this key: the target rests, in all processes."""
        self._breakers.rest(seat.target, for_s)

    def ready_in_s(self, model: Model) -> float | None:
        """Seconds until an endpoint may be taken; 0.0 when one may be now, None when the provider has none."""
        return min((self._ready_in_s(target) for _, target in self._found(model)), default=None)

    def in_flight(self, model: Model) -> int:
        """Calls of this model that are under way in this process."""
        return self._of_model.get(model.slug, 0)

    def loads(self) -> dict[str, tuple[Load, ...]]:
        """All endpoints by provider."""
        longest: dict[tuple[str, str], float] = {}
        for target, left_s in self._breakers.resting().items():
            key = target.provider, target.endpoint
            longest[key] = max(left_s, longest.get(key, 0.0))
        return {
            code: tuple(
                Load(place.endpoint, place.in_flight, longest.get((code, place.endpoint.name), 0.0)) for place in places
            )
            for code, places in self._places.items()
        }

    def _found(self, model: Model) -> list[tuple[_Place, Target]]:
        return [
            (place, Target(model.provider, model.slug, place.endpoint.name))
            for place in self._places.get(model.provider, ())
        ]

    def _seat(self, places: Sequence[tuple[_Place, Target]]) -> Seat | None:
        free = []
        for place, target in places:
            if self._breakers.closed(target):
                free.append((place, target))
            elif (passed := self._breakers.enter(target)) == "probe":
                return self._occupy(place, target, probe=True)
            elif passed == "free":
                free.append((place, target))
        if not free:
            return None
        if len(free) == 1:
            return self._occupy(*free[0], probe=False)
        with self._lock:
            least = min(place.load for place, _ in free)
            place, target = _next_in_turn([pair for pair in free if pair[0].load == least])
            return self._seated(place, target, probe=False)

    def _occupy(self, place: _Place, target: Target, *, probe: bool) -> Seat:
        with self._lock:
            return self._seated(place, target, probe=probe)

    def _seated(self, place: _Place, target: Target, *, probe: bool) -> Seat:
        place.in_flight += 1
        self._of_model[target.model] += 1
        return Seat(place.endpoint, target, probe)

    def _place(self, seat: Seat) -> _Place | None:
        places = self._places.get(seat.target.provider, ())
        return next((place for place in places if place.endpoint.name == seat.target.endpoint), None)

    def _ready_in_s(self, target: Target) -> float:
        return max(self._breakers.rests_for_s(target), self._breakers.open_for_s(target) or 0.0)


def _next_in_turn(tied: list[tuple[_Place, Target]]) -> tuple[_Place, Target]:
    """Smooth weighted round robin: everyone gains its weight, the richest goes and pays the sum."""
    for place, _ in tied:
        place.turn += place.endpoint.weight
    richest = max(tied, key=lambda pair: pair[0].turn)
    richest[0].turn -= sum(place.endpoint.weight for place, _ in tied)
    return richest
