"""Of identical requests one leads and the others get its answer; when it fails the next leads; nobody waits long."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app.services.single_flight import Flights
from tests.waiting import until

LONG_S = 30.0
THREADS = 32


class Failed(RuntimeError):
    """The provider failed."""


def crowd(flights: Flights[str], ask: Callable[[int], str | None]) -> list[str | None]:
    """What 32 callers of one key get; `ask` is called, with a running number, by those who lead or ask alone."""
    inside, numbers, lock = threading.Barrier(THREADS), iter(range(THREADS)), threading.Lock()

    def one(_: int) -> str | None:
        inside.wait(LONG_S)
        with suppress(Failed), flights.join("k", timeout_s=LONG_S) as seat:
            if seat.answer is not None:
                return seat.answer
            with lock:
                number = next(numbers)
            said = ask(number)
            if said is not None:
                seat.answered(said)
            return said
        return "failed"

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def waiting(flights: Flights[str]) -> int:
    """How many are inside the one flight that is open."""
    return sum(flight.inside for flight in flights._open.values())


def test_one_of_32_asks_and_all_get_its_answer() -> None:
    flights: Flights[str] = Flights()
    asked: list[int] = []

    def ask(number: int) -> str:
        asked.append(number)
        until(lambda: waiting(flights) == THREADS)
        return "four"

    assert crowd(flights, ask) == ["four"] * THREADS
    assert asked == [0]
    assert len(flights) == 0


def test_when_the_leader_fails_the_next_one_leads() -> None:
    flights: Flights[str] = Flights()
    asked: list[int] = []

    def ask(number: int) -> str:
        asked.append(number)
        if number == 0:
            until(lambda: waiting(flights) == THREADS)
        if number < 3:
            raise Failed
        return "four"

    found = crowd(flights, ask)

    assert (found.count("failed"), found.count("four")) == (3, THREADS - 3)
    assert asked == [0, 1, 2, 3]
    assert len(flights) == 0


def test_a_leader_with_nothing_to_share_lets_all_go_on_at_once() -> None:
    flights: Flights[str] = Flights()
    together = threading.Barrier(THREADS - 1)

    def ask(number: int) -> str | None:
        if number == 0:
            until(lambda: waiting(flights) == THREADS)
            return None
        together.wait(LONG_S)  # breaks unless all others ask at the same time
        return str(number)

    found = crowd(flights, ask)

    assert found.count(None) == 1
    assert len(set(found)) == THREADS
    assert len(flights) == 0


def test_who_has_waited_long_enough_asks_alone() -> None:
    flights: Flights[str] = Flights()

    with flights.join("k", timeout_s=LONG_S) as leader, flights.join("k", timeout_s=0.01) as other:
        assert (leader.leads, leader.waited) == (True, False)
        assert (other.answer, other.leads, other.waited) == (None, False, True)
    assert len(flights) == 0


def test_who_asks_alone_and_is_faster_answers_for_all() -> None:
    flights: Flights[str] = Flights()

    with flights.join("k", timeout_s=LONG_S), ThreadPoolExecutor(1) as pool:

        def third() -> str | None:
            with flights.join("k", timeout_s=LONG_S) as seat:
                return seat.answer

        waits = pool.submit(third)
        until(lambda: waiting(flights) == 2)
        with flights.join("k", timeout_s=0.001) as alone:
            alone.answered("four")
        assert waits.result(LONG_S) == "four"
    assert len(flights) == 0


def test_a_leader_that_fails_after_its_answer_changes_nothing() -> None:
    flights: Flights[str] = Flights()

    def fail() -> None:
        with flights.join("k", timeout_s=LONG_S) as seat:
            seat.answered("four")
            raise Failed

    with pytest.raises(Failed):
        fail()

    with flights.join("k", timeout_s=LONG_S) as later:
        assert (later.answer, later.leads) == (None, True)
    assert len(flights) == 0


def test_other_requests_are_not_waited_for() -> None:
    flights: Flights[str] = Flights()

    with flights.join("a", timeout_s=LONG_S), flights.join("b", timeout_s=LONG_S) as other:
        assert (other.leads, other.waited) == (True, False)
        assert len(flights) == 2
    assert len(flights) == 0
