"""Charges wait with their calls until they are folded, once; meanwhile their money is given to nobody else."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from app.db import budget_alerts, budgets, charges, grants, periods, waiting_charges
from app.db.grants import Wish
from app.db.tables import budget_periods
from app.db.tables import charges as table
from app.db.uow import Store
from app.domain.budget import Balance, Budget, Charge, Key
from app.domain.period import EPOCH
from app.services.ids import new_id
from tests import stores
from tests.db.makers import NOW
from tests.faults.spending import budget

LATER = NOW + timedelta(minutes=5)
ROWS = 3_000


@pytest.fixture
def made(store: Store) -> Budget:
    """A budget of 1000."""
    one = budget("one", limit=1000)
    with store.write() as tx:
        budgets.add(tx, one)
    return one


def granted(store: Store, of: Budget, amount: int) -> str:
    """The id of a new grant."""
    wish = Wish((of.id, "", EPOCH), new_id(), False, amount, amount)
    with store.write() as tx:
        assert grants.take(tx, "holder", [wish], expires_at=NOW).refused is None
    return wish.grant_id


def book(store: Store, of: Budget, *amounts: int, grant_id: str | None) -> None:
    with store.write() as tx:
        charges.book(tx, [Charge(of.id, "", EPOCH, amount, grant_id) for amount in amounts], at=NOW)


def fold(store: Store) -> int:
    with store.write() as tx:
        return charges.fold(tx)


def raw(store: Store, of: Budget) -> tuple[int, int]:
    """Settled and reserved as decisions take them."""
    with store.write() as tx:
        balance = periods.held(tx, [(of.id, "", EPOCH)])[of.id, "", EPOCH].balance
    return balance.settled, balance.reserved


def told(store: Store, of: Budget) -> Balance:
    """What every reader says, after they were found to say the same."""
    key: Key = (of.id, "", EPOCH)
    with store.read() as tx:
        found = periods.balances(tx, [key])[key]
        assert periods.page(tx, of.id, EPOCH, cursor=None, limit=9) == ([("", found)], None)
        assert periods.since(tx, of.id, EPOCH, settled=found.settled) == [(key, found)]
        assert periods.since(tx, of.id, EPOCH, settled=found.settled + 1) == []
    return found


def test_a_charge_waits_inside_its_grant_and_readers_count_it_at_once(store: Store, made: Budget) -> None:
    grant_id = granted(store, made, 600)

    book(store, made, 100, 50, grant_id=grant_id)

    assert (raw(store, made), told(store, made)) == ((0, 600), Balance(150, 450))
    assert (fold(store), fold(store)) == (1, 0)
    assert (raw(store, made), told(store, made)) == ((150, 450), Balance(150, 450))


def test_readers_say_before_folding_what_they_say_after_it(store: Store, made: Budget) -> None:
    small, gone = granted(store, made, 100), new_id()
    book(store, made, 70, grant_id=small)
    book(store, made, 70, grant_id=small)
    book(store, made, 5, grant_id=gone)

    before = told(store, made)
    fold(store)

    assert before == told(store, made) == Balance(145, 0)


def test_what_was_held_in_no_grant_is_settled_at_once(store: Store, made: Budget) -> None:
    book(store, made, 40, 2, grant_id=None)

    assert raw(store, made) == (42, 0)
    assert fold(store) == 0


def test_a_refusal_says_what_is_settled_though_it_waits(store: Store, made: Budget) -> None:
    book(store, made, 900, grant_id=granted(store, made, 1000))

    with store.write() as tx:
        refused = grants.take(tx, "other", [Wish((made.id, "", EPOCH), new_id(), False, 1, 1)], expires_at=LATER)

    assert refused.refused is not None
    assert refused.refused[1].balance == Balance(900, 100)
    assert refused.refused[1].remainder == 0


def test_a_grant_that_charges_wait_for_is_not_swept(store: Store, made: Budget) -> None:
    waited, other = granted(store, made, 600), granted(store, made, 300)
    book(store, made, 500, grant_id=waited)
    old = {waited: NOW, other: NOW}

    with store.write() as tx:
        assert [amount for _, amount in grants.sweep(tx, old)] == [300]
    fold(store)
    with store.write() as tx:
        assert [amount for _, amount in grants.sweep(tx, old)] == [100]

    assert raw(store, made) == (500, 0)


def test_a_grant_whose_charges_are_just_being_taken_is_not_swept(store: Store, made: Budget) -> None:
    grant_id = granted(store, made, 600)
    book(store, made, 500, grant_id=grant_id)
    taken, swept = threading.Event(), threading.Event()

    def take_and_die() -> None:
        with suppress(ZeroDivisionError), store.write() as tx:
            assert len(waiting_charges.take(tx, limit=9)) == 1
            taken.set()
            swept.wait(0.5)
            raise ZeroDivisionError

    other = threading.Thread(target=take_and_die)
    other.start()
    taken.wait()
    with store.write() as tx:
        assert grants.sweep(tx, {grant_id: NOW}) == []
    swept.set()
    other.join()

    assert (fold(store), raw(store, made)) == (1, (500, 100))


def test_a_process_that_is_done_gives_nothing_back_that_waits(store: Store, made: Budget) -> None:
    grant_id = granted(store, made, 600)
    book(store, made, 500, grant_id=grant_id)

    with store.write() as tx:
        left = grants.trim(tx, [(grant_id, (made.id, "", EPOCH), 500)], last=True)

    assert left[grant_id].amount == 500
    fold(store)
    assert raw(store, made) == (500, 0)


def test_folding_takes_so_many_rows_at_once_and_leaves_the_rest(store: Store, made: Budget) -> None:
    grant_id = granted(store, made, 100)
    for _ in range(5):
        book(store, made, 10, grant_id=grant_id)

    with store.write() as tx:
        assert charges.fold(tx, limit=3) == 3
        assert waiting_charges.there(tx)

    assert (raw(store, made), told(store, made)) == ((30, 70), Balance(50, 50))


def test_an_alert_bears_the_time_of_the_calls_and_is_raised_once(store: Store, made: Budget) -> None:
    grant_id = granted(store, made, 1000)
    for _ in range(6):
        book(store, made, 90, grant_id=grant_id)
        fold(store)
        with store.write() as tx:
            charges.review(
                tx, (made.id, "", EPOCH), periods.held(tx, [(made.id, "", EPOCH)])[made.id, "", EPOCH], at=LATER
            )

    with store.read() as tx:
        raised, _ = budget_alerts.page(tx)
    assert [(alert.threshold, alert.settled, alert.at) for alert in raised] == [(50, 540, NOW)]


def test_a_budget_that_goes_takes_its_charges_along(store: Store, made: Budget) -> None:
    book(store, made, 10, grant_id=granted(store, made, 100))

    with store.write() as tx:
        budgets.remove(tx, made.id)

    assert fold(store) == 0


def test_a_unit_of_work_that_fails_leaves_the_charges_waiting(store: Store, made: Budget) -> None:
    book(store, made, 10, grant_id=granted(store, made, 100))

    def fail() -> None:
        with store.write() as tx:
            assert charges.fold(tx) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert (raw(store, made), fold(store)) == ((0, 100), 1)


@pytest.fixture
def address(store_kind: str, tmp_path: Path) -> Iterator[tuple[str, Store]]:
    """Of a store that several processes open."""
    with stores.migrated_url(store_kind, tmp_path) as url:
        store = Store(url)
        yield url, store
        store.close()


def fold_all(url: str) -> None:
    """What each process does, in small steps, so that they meet."""
    store = Store(url)
    while True:
        with store.write() as tx:
            charges.fold(tx, limit=20)
        with store.read() as tx:
            if not waiting_charges.there(tx):
                return


@pytest.mark.slow
def test_processes_that_fold_side_by_side_and_die_count_each_charge_once(address: tuple[str, Store]) -> None:
    url, store = address
    made = [budget(f"budget {number}", limit=10**6) for number in range(3)]
    with store.write() as tx:
        for each in made:
            budgets.add(tx, each)
    held = [granted(store, each, 10**6) for each in made]
    rows = [
        {"budget_id": each.id, "who": "", "starts_at": EPOCH, "grant_id": grant_id, "amount": number % 7 + 1, "at": NOW}
        for number, (each, grant_id) in enumerate(list(zip(made, held, strict=True)) * (ROWS // 3))
    ]
    with store.write() as tx:
        tx.execute(insert(table), rows)

    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=fold_all, args=(url,)) for _ in range(3)]
    for process in running:
        process.start()
    while waits(store) > ROWS // 2:
        time.sleep(0.001)
    running[0].kill()
    for process in running:
        process.join()

    assert [process.exitcode for process in running[1:]] == [0, 0]
    with store.read() as tx:
        found = {row.budget_id: (row.settled, row.reserved) for row in tx.execute(select(budget_periods))}
    for each in made:
        due = sum(row["amount"] for row in rows if row["budget_id"] == each.id)  # type: ignore[misc]  # they are ints
        assert found[each.id] == (due, 10**6 - due)


def waits(store: Store) -> int:
    """How many rows."""
    with store.read() as tx:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())
