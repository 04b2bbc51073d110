"""The month of the environment's budget is told in its time zone, with what it has settled and how many calls."""

from datetime import UTC, datetime

from app.db.facts import CallDone
from app.domain.call import Call
from app.domain.message import Usage
from app.services import bills, budgets, monthly
from app.services.monthly import Month
from app.services.world import World
from tests.worlds import Clock

DOLLAR = 1_000_000_000


def spent(world: World, cost: int | None, at: datetime) -> None:
    """A stored call that its budgets have paid."""
    call = Call(world.new_id(), at, "reported", "m", "p", "ok", 5, Usage(6), cost, "reported")
    world.journal.write([CallDone(call, None, bills.book(world, call))], timeout_s=10)


def test_it_tells_what_is_settled_and_how_many_calls_the_month_has(world: World, clock: Clock) -> None:
    budgets.declare_monthly(world, 100 * DOLLAR, time_zone="UTC")
    spent(world, 3 * DOLLAR, clock())
    spent(world, None, clock())
    spent(world, DOLLAR, datetime(2026, 10, 31, 23, tzinfo=UTC))

    assert monthly.month(world) == Month(2026, 11, 100 * DOLLAR, 3 * DOLLAR, 2)


def test_the_month_begins_where_the_budget_is(world: World, clock: Clock) -> None:
    budgets.declare_monthly(world, 100 * DOLLAR, time_zone="Asia/Tokyo")
    clock.moment = datetime(2026, 11, 30, 15, tzinfo=UTC)
    spent(world, DOLLAR, datetime(2026, 11, 30, 14, 59, tzinfo=UTC))
    spent(world, 2 * DOLLAR, clock())

    assert monthly.month(world) == Month(2026, 12, 100 * DOLLAR, 2 * DOLLAR, 1)


def test_without_that_budget_the_known_costs_are_told(world: World, clock: Clock) -> None:
    spent(world, 3 * DOLLAR, clock())
    spent(world, None, clock())

    assert monthly.month(world) == Month(2026, 11, None, 3 * DOLLAR, 2)


def test_a_budget_that_is_switched_off_is_none(world: World, clock: Clock) -> None:
    budgets.declare_monthly(world, 100 * DOLLAR, time_zone="UTC")
    budgets.declare_monthly(world, None, time_zone="UTC")
    spent(world, DOLLAR, clock())

    assert monthly.month(world) == Month(2026, 11, None, DOLLAR, 1)


def test_past_months_of_the_budget_are_listed_the_latest_first(world: World, clock: Clock) -> None:
    budgets.declare_monthly(world, 100 * DOLLAR, time_zone="UTC")
    (state,), _ = budgets.page(world, cursor=None, limit=1)
    for month in (9, 11, 10):
        spent(world, month * DOLLAR, datetime(2026, month, 1, tzinfo=UTC))

    first, cursor = budgets.history(world, state.budget.id, cursor=None, limit=2)
    rest, end = budgets.history(world, state.budget.id, cursor=cursor, limit=2)

    found = [(it.span.starts_at.month, it.span.ends_at, it.balance.settled) for it in (*first, *rest)]
    assert found == [(month, datetime(2026, month + 1, 1, tzinfo=UTC), month * DOLLAR) for month in (11, 10, 9)]
    assert end is None
