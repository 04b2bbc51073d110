"""A crew works through everything in its order, records what is done whatever happens, and tells what went wrong."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from app.domain.errors import CallerLeft, StoreUnavailable
from app.services.comparing.crew import LINGER_S, Crew
from app.services.departure import Departure


@dataclass(frozen=True)
class Thing:
    place: int


@dataclass
class Bench:
    """Things to be done, and what became of them."""

    many: int
    perform: Callable[[Thing], Thing | None] = lambda thing: thing
    begun: list[int] = field(default_factory=list)
    recorded: list[int] = field(default_factory=list)
    departure: Departure = field(default_factory=Departure)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, after: int) -> Sequence[Thing]:
        return [Thing(place) for place in range(after + 1, min(after + 8, self.many))]

    def do(self, thing: Thing) -> Thing | None:
        with self.lock:
            self.begun.append(thing.place)
        return self.perform(thing)

    def record(self, several: Sequence[Thing]) -> None:
        self.recorded += [each.place for each in several]

    def work(self, threads: int) -> bool:
        return Crew(self.fetch, self.do, self.record, departure=self.departure).work(threads)


@pytest.mark.parametrize("threads", [1, 5])
def test_everything_is_begun_in_order_and_recorded_once(threads: int) -> None:
    bench = Bench(50)

    assert bench.work(threads) is True

    assert bench.begun == list(range(50))
    assert sorted(bench.recorded) == list(range(50))


def test_nothing_to_do_is_done() -> None:
    assert Bench(0).work(3) is True


def test_no_more_are_under_way_than_there_are_threads() -> None:
    under_way: list[int] = []
    now = [0]
    lock = threading.Lock()

    def perform(thing: Thing) -> Thing:
        with lock:
            now[0] += 1
            under_way.append(now[0])
        time.sleep(0.002)
        with lock:
            now[0] -= 1
        return thing

    Bench(40, perform).work(4)

    assert max(under_way) == 4


def test_what_was_performed_is_recorded_also_when_the_crew_stops() -> None:
    bench = Bench(50, lambda thing: None if thing.place == 10 else thing)

    assert bench.work(1) is False

    assert bench.recorded == list(range(10))
    assert bench.begun == list(range(11))


def test_a_crew_that_is_told_to_go_goes() -> None:
    bench = Bench(10**6)

    def perform(thing: Thing) -> Thing:
        if thing.place == 20:
            bench.departure.leave()
        return thing

    bench.perform = perform

    assert bench.work(2) is False
    assert len(bench.recorded) < 100


def test_one_that_hangs_up_is_no_error() -> None:
    def perform(thing: Thing) -> Thing:
        raise CallerLeft("gone")

    assert Bench(5, perform).work(2) is False


def test_what_goes_wrong_is_raised_after_the_rest_was_recorded() -> None:
    def perform(thing: Thing) -> Thing:
        if thing.place == 7:
            raise StoreUnavailable("away")
        return thing

    bench = Bench(50, perform)

    with pytest.raises(StoreUnavailable):
        bench.work(1)

    assert bench.recorded == list(range(7))


def test_a_crew_that_cannot_record_goes_home() -> None:
    bench = Bench(10**6)

    def record(several: Sequence[Thing]) -> None:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        Crew(bench.fetch, bench.do, record, departure=bench.departure).work(3)

    assert bench.departure.left
    assert len(bench.begun) < 10**6


def test_a_result_waits_for_company_but_not_long() -> None:
    waited: list[float] = []
    done = [0.0]

    def perform(thing: Thing) -> Thing:
        time.sleep(0.15)
        done[0] = time.monotonic()
        return thing

    bench = Bench(3, perform)

    def record(several: Sequence[Thing]) -> None:
        waited.append(time.monotonic() - done[0])

    Crew(bench.fetch, bench.do, record, departure=bench.departure).work(1)

    assert len(waited) == 3
    assert min(waited) <= LINGER_S + 0.02
