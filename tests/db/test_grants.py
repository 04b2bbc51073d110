"""Grants are given within the limit or not at all; what is reserved is always what they hold together."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db import budgets, charges, grants, periods
from app.db.grants import Wish
from app.db.tables import grants as table
from app.db.uow import Store
from app.domain.budget import Balance, Budget, Charge, Key
from app.domain.period import EPOCH
from app.services.ids import new_id
from tests.db.makers import NOW
from tests.faults.spending import budget

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def made(store: Store) -> tuple[Budget, Budget]:
    """Two budgets of 1000."""
    both = budget("one", limit=1000), budget("two", limit=1000)
    with store.write() as tx:
        for each in both:
            budgets.add(tx, each)
    return both


def wish(of: Budget, spoken: int, *, grant_id: str | None = None) -> Wish:
    """As much for one call."""
    return Wish((of.id, "", EPOCH), grant_id or new_id(), grant_id is not None, spoken, spoken)


def take(store: Store, *wishes: Wish) -> grants.Granted:
    with store.write() as tx:
        return grants.take(tx, "holder", sorted(wishes, key=lambda wish: wish.key), expires_at=LATER)


def pay(store: Store, charge: Charge) -> None:
    """Books the charge and folds it."""
    with store.write() as tx:
        charges.book(tx, [charge], at=NOW)
        assert charges.fold(tx) == 1


def balance(store: Store, of: Budget) -> Balance:
    """Where the budget stands, after its grants were found to be what is reserved."""
    key: Key = (of.id, "", EPOCH)
    with store.read() as tx:
        found = periods.balances(tx, [key]).get(key, Balance(0, 0))
        held = tx.execute(select(table.c.amount).where(table.c.budget_id == of.id)).scalars().all()
    assert found.reserved == sum(held)
    return found


def test_a_wish_for_more_than_is_left_takes_nothing_from_any_budget(store: Store, made: tuple[Budget, Budget]) -> None:
    one, two = made

    granted = take(store, wish(one, 10), wish(two, 1001))

    assert granted.refused is not None
    assert granted.refused[1].budget == two
    assert (balance(store, one), balance(store, two)) == (Balance(0, 0), Balance(0, 0))


def test_asking_twice_for_the_same_changes_nothing(store: Store, made: tuple[Budget, Budget]) -> None:
    asked = wish(made[0], 600)

    for _ in range(3):
        assert take(store, asked).grants[asked.grant_id].amount == 600

    assert balance(store, made[0]) == Balance(0, 600)


def test_charges_come_out_of_the_grant_and_never_push_it_below_nothing(
    store: Store, made: tuple[Budget, Budget]
) -> None:
    asked = wish(made[0], 600)
    take(store, asked)
    charge = Charge(made[0].id, "", EPOCH, 400, asked.grant_id)

    for expected in (Balance(400, 200), Balance(800, 0), Balance(1200, 0)):
        pay(store, charge)
        assert balance(store, made[0]) == expected


def test_a_grant_is_cut_to_its_goal_and_goes_when_it_is_the_last_cut(store: Store, made: tuple[Budget, Budget]) -> None:
    asked = wish(made[0], 600)
    take(store, asked)
    pay(store, Charge(made[0].id, "", EPOCH, 100, asked.grant_id))

    for goal, last, left in ((700, False, 500), (250, False, 150), (100, True, 0)):
        with store.write() as tx:
            now = grants.trim(tx, [(asked.grant_id, asked.key, goal)], last=last)
        assert now[asked.grant_id].amount == left
        assert balance(store, made[0]) == Balance(100, left)
    lapsed = take(store, wish(made[0], 600, grant_id=asked.grant_id)).lapsed
    assert lapsed == {asked.grant_id}


def test_only_grants_that_stayed_as_they_were_seen_are_swept(store: Store, made: tuple[Budget, Budget]) -> None:
    dead, alive = wish(made[0], 100), wish(made[1], 200)
    take(store, dead, alive)
    with store.read() as tx:
        seen = grants.lapsed(tx, LATER + timedelta(seconds=1))
    with store.write() as tx:
        assert grants.extend(tx, [alive.grant_id, new_id()], expires_at=NOW) == {alive.grant_id}
        swept = grants.sweep(tx, seen)

    assert set(seen) == {dead.grant_id, alive.grant_id}
    assert swept == [(dead.key, 100)]
    assert (balance(store, made[0]).reserved, balance(store, made[1]).reserved) == (0, 200)


def test_a_budget_that_is_gone_grants_nothing_and_its_late_charges_are_forgotten(
    store: Store, made: tuple[Budget, Budget]
) -> None:
    one, _ = made
    asked = wish(one, 100)
    take(store, asked)
    with store.write() as tx:
        budgets.remove(tx, one.id)

    assert take(store, wish(one, 5)).unbound == {asked.key}
    pay(store, Charge(one.id, "", EPOCH, 40, asked.grant_id))
    with store.write() as tx:
        assert periods.forget_orphans(tx) == 1
    assert balance(store, one) == Balance(0, 0)


def test_charging_no_grant_needs_none(store: Store) -> None:
    with store.write() as tx:
        grants.charge(tx, Counter({new_id(): 5}))
        assert grants.sweep(tx, {}) == []
        assert grants.extend(tx, [], expires_at=NOW) == set()
