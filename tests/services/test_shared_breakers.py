"""Processes see each other's open breakers, one of them all probes, and what happened alone is told later."""

import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app.db import events
from app.db.uow import Store
from app.domain.breaker import BreakerPolicy, Target
from app.services import clock as clocks
from app.services.breakers import Breakers
from tests.db.outages import breakable
from tests.services.breaking import ONE, OTHER, PROBE_S, both_know, fail, make, sharing, state, two
from tests.waiting import until
from tests.worlds import Clock

__all__ = ["two"]


def test_another_process_sees_what_opened_and_what_closed(two: tuple[Breakers, Breakers], clock: Clock) -> None:
    first, second = two

    fail(first)
    both_know(two, is_open=True)
    refused = second.admits(ONE)
    clock.forward(seconds=3)
    passed = second.admits(ONE)
    second.succeeded(ONE)
    both_know(two, is_open=False)

    assert (refused, passed) == (False, True)
    assert first.admits(ONE)
    assert [reading.trips for reading in first.readings()] == [1]


def test_what_opened_and_closed_is_an_event_once(two: tuple[Breakers, Breakers], clock: Clock, store: Store) -> None:
    first, second = two
    fail(first)
    fail(second)
    both_know(two, is_open=True)
    clock.forward(seconds=3)
    assert second.admits(ONE)
    second.succeeded(ONE)
    both_know(two, is_open=False)

    with store.read() as tx:
        told = events.after(tx, "p:p/m:p", None, limit=9)
    assert [event.kind for event in told] == ["breaker.opened", "breaker.closed"]
    assert told[0].data["model"] == "p/m"


def test_of_many_threads_in_two_processes_one_probes(two: tuple[Breakers, Breakers], clock: Clock) -> None:
    fail(two[0])
    both_know(two, is_open=True)
    clock.forward(seconds=3)
    begin = threading.Barrier(16)

    def knock(number: int) -> int:
        begin.wait()
        return sum(two[number % 2].admits(ONE) for _ in range(20))

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(knock, range(16))) == 1


def test_a_failed_probe_doubles_the_pause_for_everybody(two: tuple[Breakers, Breakers], clock: Clock) -> None:
    first, second = two
    fail(first)
    both_know(two, is_open=True)
    clock.forward(seconds=3)

    assert second.admits(ONE)
    second.failed(ONE)

    until(lambda: first.open_for_s(ONE) == second.open_for_s(ONE))
    assert 3 <= (first.open_for_s(ONE) or 0) <= 6


def test_the_vendors_wait_is_shared(two: tuple[Breakers, Breakers]) -> None:
    first, second = two

    fail(first, retry_after_s=40)
    until(lambda: second.open_for_s(ONE) == 40)
    second.failed(ONE, retry_after_s=90)

    until(lambda: first.open_for_s(ONE) == 90)


def test_a_probe_that_its_process_never_reports_lapses(two: tuple[Breakers, Breakers], clock: Clock) -> None:
    first, second = two
    fail(first)
    both_know(two, is_open=True)
    clock.forward(seconds=3)
    assert first.admits(ONE)
    until(lambda: state(second) == "half-open")

    before = second.admits(ONE)
    clock.forward(seconds=PROBE_S)

    assert not before
    assert second.admits(ONE)
    assert not first.admits(ONE)


def test_a_probe_whose_client_left_is_free_for_another_process(two: tuple[Breakers, Breakers], clock: Clock) -> None:
    first, second = two
    fail(first)
    both_know(two, is_open=True)
    clock.forward(seconds=3)
    assert first.admits(ONE)
    first.released(ONE)

    until(lambda: second.admits(ONE))
    assert [reading.failures for reading in second.readings()] == [5]


def test_what_happened_without_the_store_is_told_when_it_is_back(
    store_kind: str, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with breakable(store_kind, tmp_path) as (store, database):
        first, second = make(store, clock, "a"), make(store, clock, "b")
        with sharing(first, second), caplog.at_level(logging.WARNING):
            database.cut()
            fail(first)
            first.rest(ONE, 60)
            until(lambda: any(record.message == "breakers_alone" for record in caplog.records))
            database.mend()

            both_know((first, second), is_open=True)
            until(lambda: second.rests_for_s(ONE) == 60)


def test_a_target_rests_in_all_processes(two: tuple[Breakers, Breakers], clock: Clock) -> None:
    first, second = two

    first.rest(OTHER, 20)
    first.rest(OTHER, 5)
    until(lambda: second.rests_for_s(OTHER) == 20)
    clock.forward(seconds=20)

    assert first.rests_for_s(OTHER) == second.rests_for_s(OTHER) == 0
    assert first.rests_for_s(ONE) == 0


def test_a_reset_closes_and_wakes_everywhere_one_provider_alone(two: tuple[Breakers, Breakers]) -> None:
    first, second = two
    stranger = Target("q", "q/m", "q")
    fail(first)
    fail(second, stranger)
    second.rest(ONE, 60)
    both_know(two, is_open=True)
    until(lambda: first.rests_for_s(ONE) == 60 and not first.closed(stranger))

    first.reset("p")

    assert first.admits(ONE)
    assert first.rests_for_s(ONE) == 0
    both_know(two, is_open=False)
    until(lambda: second.rests_for_s(ONE) == 0)
    assert not first.admits(stranger)


def test_a_probe_that_begins_to_speak_closes_the_breaker_once(two: tuple[Breakers, Breakers], clock: Clock) -> None:
    first, second = two
    fail(first)
    both_know(two, is_open=True)
    clock.forward(seconds=3)
    assert first.admits(ONE)

    second.well(ONE)
    unheard = state(first)
    first.well(ONE)
    first.failed(ONE)
    first.well(ONE)

    both_know(two, is_open=False)
    assert unheard == "half-open"
    assert [reading.failures for reading in first.readings()] == [1]


KNOCK = """
import sys, time
from app.db.uow import Store
from app.domain.breaker import BreakerPolicy, Target
from app.services import clock
from app.services.breakers import Breakers
target = Target("p", "p/m", "p")
breakers = Breakers(Store(sys.argv[1]), now=clock.now, policy=BreakerPolicy(), holder=sys.argv[2], claim_wait_s=60)
breakers.start()
while breakers.closed(target):
    time.sleep(0.01)
print("ready", flush=True)
sys.stdin.readline()
print(sum(breakers.admits(target) for _ in range(200)), flush=True)
sys.stdin.readline()
"""


@pytest.mark.slow
def test_of_several_processes_one_probes(store: Store, store_url: str) -> None:
    breakers = Breakers(store, now=clocks.now, policy=BreakerPolicy(open_s=0.1), holder="a")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", KNOCK, store_url, f"b{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    with sharing(breakers):
        fail(breakers)
        due = clocks.now() + timedelta(seconds=0.1)
        ready = [process.stdout.readline() for process in started if process.stdout]
        until(lambda: clocks.now() > due)
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        passed = [int(process.stdout.readline()) for process in started if process.stdout]
        for process in started:
            process.communicate("end\n", timeout=30)

    assert ready == ["ready\n"] * 3
    assert sum(passed) == 1
