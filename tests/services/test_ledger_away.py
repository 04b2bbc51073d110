"""Without the store each process spends a share it holds already or a cold one, and books it later."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.budget import Bill
from app.domain.errors import StoreUnavailable
from app.services import ids
from app.services.ledger import Hold, Ledger, Terms
from app.services.world import World
from tests.db.outages import Database, breakable
from tests.services.ledgers import AT_ONCE, DOLLAR, a_budget, bill, spend, state, write
from tests.waiting import until
from tests.worlds import close_world, make_world


@pytest.mark.parametrize(("offline", "lets"), [("share", 2), ("block", 0), ("allow", 30)])
def test_without_the_store_the_policy_decides(store_kind: str, tmp_path: Path, offline: str, lets: int) -> None:
    with breakable(store_kind, tmp_path) as (broken, database):
        world = make_world(broken, tmp_path, terms={"offline": offline}, pace=AT_ONCE)
        made = a_budget(world, limit=200_000)
        held = [world.ledger.reserve(bill(100)) for _ in range(19)]  # of a share for twenty
        database.cut()
        with pytest.raises(StoreUnavailable), broken.write():
            pass

        for _ in range(30):
            with suppress(StoreUnavailable):
                held.append(world.ledger.reserve(bill(50)))
        for hold in held:
            write(world, world.ledger.settle(hold, cost=50, tokens=1))
        database.mend()
        until(lambda: world.journal.spooled_bytes() == 0)

        assert len(held) == 19 + lets
        assert state(world, made)[0] == 50 * len(held)
        close_world(world)
        assert state(world, made)[1] == 0


CENT = DOLLAR // 100  # a hundredth of the limit


@pytest.fixture
def away(store_kind: str, tmp_path: Path) -> Iterator[tuple[World, Database]]:
    """A world with a budget of $1 and one of each user, whose store has just gone."""
    with breakable(store_kind, tmp_path) as (broken, database):
        world = make_world(broken, tmp_path, pace=AT_ONCE)
        a_budget(world)
        a_budget(world, name="each", scope="user")
        spend(world, bill(user_id="known"), 0)
        database.cut()
        with pytest.raises(StoreUnavailable), broken.write():
            pass
        yield world, database
        database.mend()
        close_world(world)


def late(world: World, **terms: object) -> Ledger:
    """That of a process which has been started meanwhile."""
    return Ledger(
        world.store,
        world.snapshots,
        replace(Terms(ttl_s=90.0), **terms),  # type: ignore[arg-type]  # fields of Terms by name
        now=world.now,
        new_id=ids.new_id,
        pace=AT_ONCE,
    )


def let_through(ledger: Ledger, asked: Bill, times: int) -> list[Hold]:
    """What it holds for those that it lets through."""
    held = []
    for _ in range(times):
        with suppress(StoreUnavailable):
            held.append(ledger.reserve(asked))
    return held


def back(world: World, database: Database) -> None:
    """The store is there again, and has all that was spooled."""
    database.mend()
    until(lambda: not world.store.writes.away and world.journal.spooled_bytes() == 0)


def all_of(world: World) -> str:
    """The id of the budget of all."""
    return next(made.id for made in world.snapshots.current.budgets if made.name == "all")


@pytest.mark.parametrize(("offline", "lets"), [("share", 10), ("block", 0), ("allow", 30)])
def test_a_start_without_the_store_spends_a_hundredth_and_books_it_later(
    away: tuple[World, Database], offline: str, lets: int
) -> None:
    world, database = away
    fresh = late(world, offline=offline)

    held = let_through(fresh, bill(CENT // 10), 30)
    for hold in held:
        charges = fresh.settle(hold, cost=CENT // 10, tokens=1)
        assert {charge.grant_id for charge in charges} == {None}
        write(world, charges)
    again = let_through(fresh, bill(CENT // 10), 30) if offline == "share" else []
    fresh.settle(fresh.reserve(bill(0)), cost=0, tokens=0)
    back(world, database)

    assert (len(held), again) == (lets, [])
    assert state(world, all_of(world))[0] == lets * CENT // 10


def test_what_its_calls_did_not_cost_may_be_spent_again(away: tuple[World, Database]) -> None:
    world, _ = away
    fresh = late(world)

    (hold,) = let_through(fresh, bill(CENT), 2)
    fresh.settle(hold, cost=CENT // 4, tokens=1)

    assert len(let_through(fresh, bill(CENT // 4), 9)) == 3


def test_a_user_who_is_new_in_an_outage_has_a_cold_share_and_the_purse_of_all_pays_too(
    away: tuple[World, Database],
) -> None:
    world, database = away

    held = let_through(world.ledger, bill(CENT, user_id="new"), 9)
    held += let_through(world.ledger, bill(CENT // 100, user_id="known"), 1)

    assert [(len(hold.held), len(hold.cold)) for hold in held] == [(1, 1), (2, 0)]
    for hold in held:
        write(world, world.ledger.settle(hold, cost=7, tokens=1))
    back(world, database)
    assert state(world, all_of(world))[0] == 14


def test_once_the_store_has_answered_only_the_purse_is_spent(away: tuple[World, Database]) -> None:
    world, database = away
    fresh = late(world)
    let_through(fresh, bill(CENT // 10), 1)
    back(world, database)
    fresh.settle(fresh.reserve(bill(CENT // 1000)), cost=0, tokens=0)
    database.cut()
    with pytest.raises(StoreUnavailable), world.store.write():
        pass

    held = let_through(fresh, bill(CENT // 10), 30)

    assert [hold.cold for hold in held] == [{}] * len(held)
    assert 5 < len(held) <= 10
    fresh.close()
