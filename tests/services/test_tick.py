"""The beat belongs to whoever holds the lease, advances what is due, and survives what goes wrong."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from app.db import charges, leases, waiting_charges
from app.db import experiments as experiment_rows
from app.db.stored_limits import StoredLimits
from app.db.uow import Store
from app.domain.budget import Charge
from app.domain.limits import KeyLimits
from app.domain.period import EPOCH
from app.services import clock as real_clock
from app.services import moves, tick
from app.services.tick import LEASE, LEASE_TTL_S, Ticker
from app.services.world import World
from tests.services.made import CODE, make_use_case, start, weights_now
from tests.services.steering import rated_unseen
from tests.waiting import until
from tests.worlds import Clock, opened


def unseen_evidence(world: World, clock: Clock) -> None:
    """A running experiment with feedback that nobody has looked at yet."""
    make_use_case(world, weights={"a": 5000, "b": 5000})
    start(world)
    rated_unseen(world, 80)
    clock.forward(hours=1)


def test_the_beat_advances_experiments_and_says_so(world: World, clock: Clock) -> None:
    unseen_evidence(world, clock)

    done, again = list(tick.beat(world)), list(tick.beat(world))

    assert len(done) == 1
    assert done[0].startswith("moved ")
    assert again == []
    assert weights_now(world)["b"] > 5000


def test_another_holder_keeps_the_beat_away_until_its_lease_runs_out(world: World, clock: Clock) -> None:
    unseen_evidence(world, clock)
    with world.store.write() as tx:
        assert leases.acquire(tx, LEASE, "another:1", now=clock(), ttl_s=LEASE_TTL_S)

    held = list(tick.beat(world))
    clock.forward(seconds=LEASE_TTL_S)
    freed = list(tick.beat(world))

    assert (held, len(freed)) == ([], 1)
    with world.store.write() as tx:
        assert not leases.acquire(tx, LEASE, "another:1", now=clock(), ttl_s=LEASE_TTL_S)


def test_a_beat_in_two_places_makes_one_move(world: World, clock: Clock, store_url: str, tmp_path: Path) -> None:
    unseen_evidence(world, clock)
    other_store = Store(store_url)
    with opened(other_store, tmp_path / "other", clock=clock) as other:
        list(tick.beat(world))
        list(tick.beat(other))
    other_store.close()

    made, _ = moves.page(world, CODE, cursor=None, limit=50)
    assert sum(move.actor == "allocator" for move in made) == 1


def test_the_ticker_beats_until_it_is_closed(world: World, clock: Clock) -> None:
    unseen_evidence(world, clock)
    ticker = Ticker(world, interval_s=0.01)

    ticker.start()
    until(lambda: weights_now(world)["b"] > 5000)
    ticker.close()


def test_the_ticker_outlives_a_store_that_is_away(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """wire.md C10: nothing of the beat is over when the store does not answer."""
    ticker = Ticker(world, interval_s=0.01)
    world.store.close()

    with caplog.at_level(logging.WARNING):
        ticker.start()
        until(lambda: sum(record.msg == "tick_failed" for record in caplog.records) > 1)
    ticker.close()

    assert {getattr(record, "code", None) for record in caplog.records if record.msg == "tick_failed"} == {
        "store-unavailable"
    }


def test_the_ticker_outlives_a_defect(store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> object:
        raise ZeroDivisionError

    with opened(store, tmp_path, clock=broken) as world, caplog.at_level(logging.ERROR):
        ticker = Ticker(world, interval_s=0.01)
        ticker.start()
        until(lambda: sum(record.msg == "tick_crashed" for record in caplog.records) > 1)
        ticker.close()


def test_an_experiment_whose_plan_cannot_be_read_does_not_stop_the_others(
    world: World, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    make_use_case(world, "broken", weights={"a": 5000, "b": 5000})
    broken = start(world, "broken")
    with world.store.write() as tx:
        experiment_rows.update_state(tx, broken, replace(broken, config={}))
    unseen_evidence(world, clock)

    with caplog.at_level(logging.WARNING):
        done = list(tick.beat(world))

    assert len(done) == 1
    assert [record.message for record in caplog.records if record.name == tick.__name__] == ["experiment_stuck"]


def test_the_beat_forgets_buckets_that_say_nothing_any_more(world: World, clock: Clock) -> None:
    clock.moment = real_clock.now()
    StoredLimits(world.store).decide("k", KeyLimits(requests_per_min=5), requests=1, tokens=0)
    assert list(tick.beat(world)) == []

    clock.forward(days=3)

    assert list(tick.beat(world)) == ["forgot 1 buckets and seats"]


def test_the_beat_folds_charges_that_wait(world: World) -> None:
    with world.store.write() as tx:
        charges.book(tx, [Charge(world.new_id(), "", EPOCH, 5, world.new_id())], at=world.now())

    assert list(tick.beat(world)) == []

    with world.store.read() as tx:
        assert not waiting_charges.there(tx)
