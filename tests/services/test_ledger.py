"""A call is let through only when all its budgets have what it may cost, and they pay what it has cost, once."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from app.db import facts as spooled
from app.db.apply import replay
from app.db.facts import CallDone
from app.db.uow import Store
from app.domain.errors import BudgetExceeded
from app.services.world import World
from tests.db import makers
from tests.services.ledgers import DOLLAR, a_budget, bill, spend, state, world, write
from tests.worlds import NOON, Clock, opened

__all__ = ["world"]


def test_a_call_pays_what_it_has_cost_and_the_rest_is_free_again(world: World) -> None:
    made = a_budget(world)

    for _ in range(9):
        spend(world, bill(), DOLLAR // 10)
    spend(world, bill(), DOLLAR // 20)
    spend(world, bill(DOLLAR // 20), DOLLAR // 20)

    assert state(world, made) == (DOLLAR, 0)
    with pytest.raises(BudgetExceeded) as refused:
        world.ledger.reserve(bill(1))
    assert (refused.value.budget, refused.value.settled, refused.value.limit) == ("all", DOLLAR, DOLLAR)
    assert refused.value.resets_at is None


def test_a_call_that_costs_nothing_passes_a_budget_that_is_used_up(world: World) -> None:
    a_budget(world, limit=0)

    assert world.ledger.settle(world.ledger.reserve(bill(0)), cost=0, tokens=10) == ()
    with pytest.raises(BudgetExceeded):
        world.ledger.reserve(bill(1))


def test_a_hold_is_settled_once(world: World) -> None:
    made = a_budget(world)
    hold = world.ledger.reserve(bill())

    first = world.ledger.settle(hold, cost=5, tokens=1)
    again = world.ledger.settle(hold, cost=5, tokens=1)

    assert [charge.amount for charge in first] == [5]
    assert again == ()
    write(world, first)
    assert state(world, made)[0] == 5


def test_when_one_of_several_budgets_refuses_the_others_hold_nothing(world: World) -> None:
    wide = a_budget(world)
    a_budget(world, name="tokens", unit="tokens", limit=999)

    with pytest.raises(BudgetExceeded) as refused:
        world.ledger.reserve(bill())

    assert (refused.value.budget, refused.value.unit) == ("tokens", "tokens")
    assert state(world, wide) == (0, 0)


def test_each_user_has_the_limit_alone(world: World) -> None:
    made = a_budget(world, scope="user", limit=DOLLAR // 10)

    spend(world, bill(user_id="ann"), DOLLAR // 10)

    with pytest.raises(BudgetExceeded) as refused:
        world.ledger.reserve(bill(user_id="ann"))
    assert refused.value.who == "ann"
    spend(world, bill(user_id="bob"), 7)
    assert (state(world, made, "ann"), state(world, made, "bob")[0]) == ((DOLLAR // 10, 0), 7)


def test_a_new_day_begins_with_nothing_spent(world: World, clock: Clock) -> None:
    made = a_budget(world, period="day", limit=DOLLAR // 10)
    spend(world, bill(), DOLLAR // 10)
    with pytest.raises(BudgetExceeded) as refused:
        world.ledger.reserve(bill())
    assert refused.value.resets_at == NOON.replace(hour=0) + timedelta(days=1)
    assert refused.value.retry_after_s == 12 * 3600

    clock.forward(days=1)
    spend(world, bill(at=clock()), 3)

    assert state(world, made)[0] == 3


def test_an_alert_budget_lets_calls_pass_and_counts_them(world: World) -> None:
    made = a_budget(world, action="alert", limit=10)

    spend(world, bill(), 25)

    assert state(world, made) == (25, 0)


def test_a_call_that_costs_more_than_it_could_is_booked_as_it_is(world: World) -> None:
    made = a_budget(world)

    spend(world, bill(DOLLAR), DOLLAR + 50)

    assert state(world, made) == (DOLLAR + 50, 0)
    with pytest.raises(BudgetExceeded):
        world.ledger.reserve(bill(1))


def test_a_debt_is_forgiven_once_the_money_is_there(world: World) -> None:
    made = a_budget(world, limit=1000)

    spend(world, bill(100), 150)
    spend(world, bill(100), 100)
    world.ledger.close()

    assert state(world, made) == (250, 0)
    spend(world, bill(750), 750)
    assert state(world, made) == (1000, 0)


def test_replayed_facts_charge_once(world: World) -> None:
    made = a_budget(world)
    done = write(world, world.ledger.settle(world.ledger.reserve(bill()), cost=40, tokens=1))

    again = spooled.decode(spooled.encode([[done], [done]]))
    with world.store.write() as tx:
        replay(tx, again)

    assert again == [[done], [done]]
    assert state(world, made)[0] == 40


def test_a_fact_that_an_older_version_has_spooled_has_no_charges() -> None:
    done = CallDone(makers.call())
    old = spooled.encode([[done]]).replace(b',"charges":[]', b"")

    assert b"charges" not in old
    assert spooled.decode(old) == [[done]]


def test_a_model_without_a_price_is_counted_at_the_ceiling(store: Store, tmp_path: Path) -> None:
    with opened(store, tmp_path, terms={"unpriced": "ceiling", "ceiling": 5_000_000}) as world:
        made = a_budget(world, limit=6_000)

        spend(world, bill(None), None, tokens=200)

        assert state(world, made)[0] == 1_000
        with pytest.raises(BudgetExceeded):
            world.ledger.reserve(bill(None, worst_tokens=1_001))


def test_an_unknown_cost_of_a_priced_model_is_booked_at_its_worst(world: World) -> None:
    made = a_budget(world)

    spend(world, bill(70), None)

    assert state(world, made)[0] == 70


def test_a_call_that_was_made_elsewhere_may_exceed_its_budgets(world: World) -> None:
    made = a_budget(world, limit=10)

    write(world, world.ledger.book(bill(), cost=25, tokens=3))

    assert state(world, made) == (25, 0)


def test_threads_of_one_process_share_its_purse_to_the_last_coin(world: World) -> None:
    made = a_budget(world, limit=1000)
    passed: list[int] = []

    def work() -> None:
        for _ in range(20):
            try:
                hold = world.ledger.reserve(bill(10))
            except BudgetExceeded:
                return
            passed.append(1)
            write(world, world.ledger.settle(hold, cost=10, tokens=1))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 100
    assert state(world, made) == (1000, 0)
