"""Identical requests under way at once are one: the first leads, the others wait for what it says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    """`led`: somebody is asking; `over`: nobody needs to wait any more, with or without an answer."""

    inside: int = 0
    led: bool = False
    over: bool = False
    answer: T | None = None


@dataclass(frozen=True, slots=True)
class Seat(Generic[T]):
    """One caller's part. `answer` is set when another has answered meanwhile; else this caller asks.

    `leads`: the others wait for this caller, who hands its answer to them with `answered`. `waited`: it has stood
    behind another one before.
    """

    answer: T | None
    leads: bool
    waited: bool
    answered: Callable[[T], None]


class Flights(Generic[T]):
    """All that is under way in this process; as many as there are callers at most."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._open: dict[str, _Flight[T]] = {}

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def join(self, key: str, *, timeout_s: float) -> Iterator[Seat[T]]:
        """A seat: to lead, or with the leader's answer, or, after `timeout_s`, to ask for oneself alone.

        A leader that raises makes the next waiter lead. One that ends without `answered` has nothing to share: all who
        wait go on by themselves, at once.
        """
        flight, seat = self._board(key, timeout_s)
        raised = True
        try:
            yield seat
            raised = False
        finally:
            self._leave(key, flight, led=seat.leads, raised=raised)

    def _board(self, key: str, timeout_s: float) -> tuple[_Flight[T], Seat[T]]:
        with self._moved:
            flight = self._open.get(key)
            if flight is None or flight.over:
                flight = self._open[key] = _Flight()
            flight.inside += 1
            waited = flight.led
            if waited:
                self._moved.wait_for(lambda: flight.over or not flight.led, timeout_s)
            leads = not flight.led and not flight.over
            flight.led = flight.led or leads
            return flight, Seat(flight.answer, leads, waited, lambda answer: self._land(flight, answer))

    def _land(self, flight: _Flight[T], answer: T) -> None:
        with self._moved:
            flight.answer, flight.over = answer, True
            self._moved.notify_all()

    def _leave(self, key: str, flight: _Flight[T], *, led: bool, raised: bool) -> None:
        with self._moved:
            flight.inside -= 1
            if led and not flight.over:
                flight.led, flight.over = False, not raised
                self._moved.notify_all()
            if (flight.over or not flight.inside) and self._open.get(key) is flight:
                del self._open[key]
