"""Grants that nobody needs go back, charges that wait are folded, and alerts are told once."""

import logging
from pathlib import Path

import pytest

from app.db import events, waiting_charges
from app.db.uow import Store
from app.services import budgets
from app.services.budgets import Edit
from app.services.ledger_upkeep import Pace
from app.services.world import World
from tests.services.ledgers import AT_ONCE, DOLLAR, a_budget, bill, spend, state, world, write
from tests.worlds import Clock, opened

__all__ = ["world"]


def test_a_charge_that_comes_after_its_grant_has_lapsed_is_booked_all_the_same(world: World, clock: Clock) -> None:
    made = a_budget(world)
    hold = world.ledger.reserve(bill())
    clock.forward(hours=1)

    assert world.ledger.upkeep.sweep() == 1
    assert state(world, made) == (0, 0)
    write(world, world.ledger.settle(hold, cost=40, tokens=1))

    assert state(world, made) == (40, 0)


def test_a_grant_is_not_swept_while_facts_wait_or_its_holder_gives_word(
    store: Store, tmp_path: Path, clock: Clock
) -> None:
    with opened(store, tmp_path, clock=clock, pace=AT_ONCE) as world:
        a_budget(world)
        world.ledger.reserve(bill())
        clock.forward(hours=1)
        world.ledger._purses.extend()
        assert world.ledger.upkeep.sweep() == 0

        clock.forward(hours=1)
        waiting = tmp_path / "spool"
        waiting.mkdir(exist_ok=True)
        (waiting / "1.spool").write_bytes(b"x")
        assert world.ledger.upkeep.sweep() == 0
        (waiting / "1.spool").unlink()
        assert world.ledger.upkeep.sweep() == 1


def test_a_clock_that_jumps_takes_no_grant_from_the_living(store: Store, tmp_path: Path, clock: Clock) -> None:
    with opened(store, tmp_path, clock=clock) as world:
        a_budget(world)
        world.ledger.reserve(bill())
        clock.forward(days=1)

        assert world.ledger.upkeep.sweep() == 0
        world.ledger._purses.extend()
        assert world.ledger.upkeep.sweep() == 0


def test_what_a_process_does_not_need_goes_back(world: World) -> None:
    made = a_budget(world)
    world.ledger.settle(world.ledger.reserve(bill(1000)), cost=0, tokens=0)
    assert state(world, made) == (0, DOLLAR // 100)

    world.ledger.upkeep.give_back()

    assert state(world, made) == (0, 0)


def test_a_busy_process_keeps_a_hundredth_for_bad_times(store: Store, tmp_path: Path) -> None:
    with opened(store, tmp_path, pace=Pace(idle_s=0)) as world:
        made = a_budget(world)
        world.ledger.settle(world.ledger.reserve(bill(1000)), cost=0, tokens=0)

        world.ledger.upkeep.beat()

        _, reserved = state(world, made)
        assert DOLLAR // 100 - 1000 < reserved <= DOLLAR // 100


def test_a_hold_that_nobody_settles_is_free_again(store: Store, tmp_path: Path) -> None:
    with opened(store, tmp_path, terms={"ttl_s": 0.0}, pace=AT_ONCE) as world:
        made = a_budget(world)
        hold = world.ledger.reserve(bill())

        world.ledger.forget_lost()
        world.ledger.close()

        assert state(world, made) == (0, 0)
        write(world, world.ledger.settle(hold, cost=30, tokens=1))
        assert state(world, made) == (30, 0)


def test_an_alert_is_raised_and_told_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    made = a_budget(world, name="watched", limit=100)

    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            spend(world, bill(20), 17)
            world.ledger.upkeep.fold()
            world.ledger.upkeep.tell()

    found, _ = budgets.alerts(world, name="watched", cursor=None, limit=10)
    assert sorted(alert.threshold or 0 for alert in found) == [50, 80]
    told = [record.__dict__["threshold_percent"] for record in caplog.records if record.message == "budget_alert"]
    assert sorted(told) == [50, 80]
    with world.store.read() as tx:
        happened = [event for event in events.after(tx, made, None, limit=9) if event.what in ("warned", "blocked")]
    assert sorted(event.data["threshold_percent"] for event in happened) == [50, 80]
    assert {event.kind for event in happened} == {"budget.warned"}
    budgets.change(world, made, Edit(limit=85, unit="usd"))
    budgets.change(world, made, Edit(limit=85, unit="usd"))
    assert len(budgets.alerts(world, name="watched", cursor=None, limit=10)[0]) == 3


def test_a_budget_that_is_used_up_and_blocks_says_so(world: World) -> None:
    blocking, telling = a_budget(world, name="strict", limit=100), a_budget(world, name="mild", limit=100)
    budgets.change(world, telling, Edit(action="alert"))
    for _ in range(5):
        spend(world, bill(20), 20)
    world.ledger.upkeep.fold()
    world.ledger.upkeep.tell()

    kinds = {}
    with world.store.read() as tx:
        for budget in (blocking, telling):
            full = [one for one in events.after(tx, budget, None, limit=19) if one.data.get("threshold_percent") == 100]
            kinds[budget] = [one.kind for one in full]
    assert kinds == {blocking: ["budget.blocked"], telling: ["budget.warned"]}


def test_what_others_left_waiting_is_folded_by_any_process(world: World, store: Store, tmp_path: Path) -> None:
    made = a_budget(world)
    spend(world, bill(100), 70)
    before = state(world, made)

    with opened(store, tmp_path / "other", pace=AT_ONCE) as other:
        other.ledger.upkeep.beat()
        assert other.ledger.upkeep.fold() == 0
        assert state(other, made) == before


def test_a_process_that_ends_folds_what_waits(world: World, store: Store) -> None:
    a_budget(world)
    spend(world, bill(100), 70)

    world.ledger.close()

    with store.read() as tx:
        assert not waiting_charges.there(tx)


def test_a_model_without_a_price_raises_an_alert_once_a_day(world: World, clock: Clock) -> None:
    made = a_budget(world)
    for _ in range(2):
        spend(world, bill(None), None)
        world.ledger.upkeep.tell()

    clock.forward(days=1)
    spend(world, bill(None, at=clock()), None)
    world.ledger.upkeep.tell()

    assert len(budgets.alerts(world, name="simulated/small", cursor=None, limit=10)[0]) == 2
    assert state(world, made) == (0, 0)


def test_a_process_may_keep_a_larger_share(store: Store, tmp_path: Path) -> None:
    with opened(store, tmp_path, terms={"share_percent": 20}, pace=Pace(idle_s=0)) as world:
        made = a_budget(world)
        world.ledger.settle(world.ledger.reserve(bill(1000)), cost=0, tokens=0)

        for _ in range(9):
            world.ledger.upkeep.beat()

        assert DOLLAR // 7 < state(world, made)[1] <= DOLLAR // 5
