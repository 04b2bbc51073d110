"""A breaker keeps calls away from one target that fails, costs no statement while it is closed, and is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from app.db import breakers as rows
from app.db.breakers import MOST
from app.db.uow import Store
from app.domain.breaker import BreakerPolicy, Target
from app.services import tick
from app.services.breakers import Breakers
from app.services.world import World
from tests.services.breaking import ONE, OTHER, fail, make, sharing, state, stored
from tests.waiting import until
from tests.worlds import Clock


def test_five_failures_keep_calls_away_from_that_target_alone(store: Store, clock: Clock) -> None:
    breakers = make(store, clock)

    fail(breakers, times=4)
    before = breakers.admits(ONE)
    breakers.failed(ONE)

    assert before
    assert not breakers.admits(ONE)
    assert 1.5 <= (breakers.open_for_s(ONE) or 0) <= 3
    assert breakers.admits(OTHER)
    assert breakers.open_for_s(OTHER) is None


def test_the_outcome_of_a_call_that_was_no_probe_does_not_decide(store: Store, clock: Clock) -> None:
    breakers = make(store, clock)
    fail(breakers)
    clock.forward(seconds=3)
    assert breakers.enter(ONE) == "probe"

    breakers.succeeded(ONE, probe=False)
    breakers.failed(ONE, probe=False)
    breakers.released(ONE, probe=False)

    assert state(breakers) == "half-open"
    breakers.succeeded(ONE)
    assert breakers.enter(ONE) == "free"


def test_a_closed_breaker_costs_no_statement(store: Store, clock: Clock) -> None:
    breakers, statements = make(store, clock), []
    event.listen(store.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    for _ in range(100):
        assert breakers.admits(ONE)
        breakers.succeeded(ONE)
        breakers.released(ONE)
    breakers.failed(ONE)

    assert statements == []


@pytest.mark.parametrize("started", [True, False])
def test_without_the_store_each_process_decides_alone(store: Store, clock: Clock, started: bool) -> None:
    store.close()
    breakers = make(store, clock)
    with sharing(*[breakers] * started):
        fail(breakers)
        refused = breakers.admits(ONE)
        clock.forward(seconds=3)
        probed = [breakers.admits(ONE) for _ in range(3)]
        breakers.succeeded(ONE)

        assert not refused
        assert probed == [True, False, False]
        assert breakers.admits(ONE)


def test_a_store_that_is_slow_delays_a_probe_no_longer_than_the_limit(
    store: Store, store_url: str, clock: Clock
) -> None:
    breakers = Breakers(store, now=clock, policy=BreakerPolicy(), holder="a", poll_s=0.02, claim_wait_s=0.05)
    other = Store(store_url)
    with sharing(breakers):
        fail(breakers)
        until(lambda: stored(store) == {ONE: "open"})
        clock.forward(seconds=3)
        with other.write() as tx:  # whoever wants to write waits
            rows.prolong(tx, ONE, clock() + timedelta(seconds=1))
            passed = breakers.admits(ONE)
            again = breakers.admits(ONE)
            breakers.succeeded(ONE)

            assert (passed, again) == (True, False)
            assert breakers.admits(ONE)
    other.close()
    assert stored(store) == {ONE: "closed"}


def test_no_rest_is_longer_than_an_hour_nor_prolonged_by_a_clock_that_is_set_back(store: Store, clock: Clock) -> None:
    breakers = make(store, clock)

    breakers.rest(ONE, 1e9)
    rested = breakers.rests_for_s(ONE)
    clock.forward(hours=-2)

    assert rested == 3600
    assert breakers.rests_for_s(ONE) == 0


def test_a_target_that_rests_is_shown_though_it_never_failed(store: Store, clock: Clock) -> None:
    breakers = make(store, clock)
    fail(breakers)
    breakers.rest(OTHER, 60)

    shown = [(reading.target, reading.state, reading.rests_for_s) for reading in breakers.readings()]

    assert shown == [(ONE, "open", 0), (OTHER, "closed", 60)]


def test_memory_is_bounded(store: Store, clock: Clock) -> None:
    breakers = make(store, clock)

    for number in range(MOST + 10):
        breakers.failed(Target("p", f"p/{number}", "p"))
        breakers.rest(Target("p", f"p/{number}", "p"), number)

    assert len(breakers.readings()) == MOST
    assert len(breakers.resting()) == MOST
    assert breakers.admits(Target("p", "p/0", "p"))


def test_the_beat_forgets_what_has_been_closed_for_a_day(world: World, clock: Clock) -> None:
    with sharing(world.breakers):
        fail(world.breakers)
        fail(world.breakers, OTHER)
        world.breakers.rest(ONE, 60)
        until(lambda: len(stored(world.store)) == 2)
        clock.forward(seconds=3)
        world.breakers.admits(ONE)
        world.breakers.succeeded(ONE)
        until(lambda: stored(world.store)[ONE] == "closed")

    clock.forward(hours=23)
    early = list(tick.beat(world))
    clock.forward(hours=2)
    late = list(tick.beat(world))

    assert (early, late) == ([], ["forgot 2 breakers and rests"])
    assert stored(world.store) == {OTHER: "open"}
