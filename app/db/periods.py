"""Periods of budgets as rows: what is settled, and what is reserved by grants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Row, Select, bindparam, collate, delete, or_, select, tuple_
from sqlalchemy import update as change
from sqlalchemy.dialects import postgresql, sqlite

from app.db import waiting_charges
from app.db.budgets import to_budget
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import budget_periods as periods
from app.db.tables import budgets, charges
from app.db.uow import Tx
from app.domain.budget import Balance, Budget, Key

KEY: Final = tuple_(periods.c.budget_id, periods.c.who, periods.c.starts_at)
WAITING: Final = (charges.c.budget_id, charges.c.who, charges.c.starts_at)
ORDER: Final = (periods.c.budget_id, periods.c.who, periods.c.starts_at)
ORDERS: Final[Orders] = {"who": periods.c.who}
NOTHING: Final = Balance(0, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget as it is in force, and where it stands in one period."""

    budget: Budget
    balance: Balance

    @property
    def remainder(self) -> int:
        """What is neither spent nor promised; below 0 when more was spent than allowed."""
        return self.budget.limit - self.balance.settled - self.balance.reserved


def begin(tx: Tx, keys: Iterable[Key]) -> None:
    """Makes the rows that are not there yet."""
    settle(tx, dict.fromkeys(keys, 0))


def settle(tx: Tx, amounts: Mapping[Key, int]) -> None:
    """Adds what was spent, in one order for all writers, so that they never wait for each other in a circle.

    The rows are held by this unit of work from here on.
    """
    rows = [
        {"budget_id": budget, "who": who, "starts_at": starts_at, "settled": amounts[budget, who, starts_at]}
        for budget, who, starts_at in sorted(amounts)
    ]
    tx.execute(_settling(tx.dialect.name), [{**row, "reserved": 0} for row in rows])


def held(tx: Tx, keys: Iterable[Key]) -> dict[Key, Standing]:
    """Where these periods stand, their rows held until the end of this unit of work; none for a budget that is gone.

    Charges that wait are still reserved here.
    """
    statement = (
        select(budgets, *ORDER, periods.c.settled, periods.c.reserved)
        .join_from(periods, budgets, budgets.c.id == periods.c.budget_id)
        .where(KEY.in_(sorted(keys)))
        .order_by(*_in_turn(tx))
        .with_for_update(of=periods)
    )
    return {_key(row): Standing(to_budget(row), _balance(row)) for row in tx.execute(statement)}


def marks(tx: Tx, keys: Iterable[Key]) -> list[tuple[Key, int, int, tuple[int, ...]]]:
    """Of these periods: settled, and the limit and thresholds of the budget; none for a budget that is gone."""
    rows = tx.execute(MARKS.where(KEY.in_(sorted(keys))))
    return [((row[0], row[1], row[2]), row[3], row[4], tuple(row[5])) for row in rows]


def hold(tx: Tx, keys: Iterable[Key]) -> None:
    """Waits until the rows of these periods are this unit of work's alone."""
    statement = select(periods.c.settled).where(KEY.in_(sorted(keys))).order_by(*_in_turn(tx))
    tx.execute(statement.with_for_update()).all()


def reserve(tx: Tx, amounts: Mapping[Key, int]) -> None:
    """Adds to what is reserved, or takes from it; the rows are held already."""
    rows = [
        {"key_budget": budget, "key_who": who, "key_starts_at": starts_at, "more": amount}
        for (budget, who, starts_at), amount in sorted(amounts.items())
        if amount
    ]
    if rows:
        tx.execute(RESERVING, rows)


def reserve_within(tx: Tx, key: Key, amount: int, limit: int) -> bool:
    """Whether the amount was added to what is reserved, for it fits below the limit."""
    statement = RESERVING.where(periods.c.settled + periods.c.reserved + bindparam("more") <= limit)
    budget, who, starts_at = key
    given = {"key_budget": budget, "key_who": who, "key_starts_at": starts_at, "more": amount}
    return tx.execute(statement, given).rowcount == 1


def as_told(tx: Tx, key: Key, standing: Standing) -> Standing:
    """What people are told: charges that wait count as settled. The remainder is the same."""
    waiting = waiting_charges.sums(tx, tuple_(*WAITING).in_([key]))
    return Standing(standing.budget, _told(standing.balance, waiting.get(key)))


def balances(tx: Tx, keys: Sequence[Key]) -> dict[Key, Balance]:
    """Where these periods stand, as told; none for one that nothing was spent in."""
    if not keys:
        return {}
    rows = tx.execute(select(periods).where(KEY.in_(sorted(keys)))).all()
    waiting = waiting_charges.sums(tx, tuple_(*WAITING).in_(sorted(keys)))
    return {(key := _key(row)): _told(_balance(row), waiting.get(key)) for row in rows}


def page(
    tx: Tx, budget_id: str, starts_at: datetime, *, cursor: str | None, limit: int
) -> tuple[list[tuple[str, Balance]], str | None]:
    """Who has spent or reserved what in the period, as told, by `who`. Raises Invalid for a foreign cursor."""
    statement: Select[tuple[object, ...]] = select(periods).where(
        periods.c.budget_id == budget_id, periods.c.starts_at == starts_at
    )
    by = order_by("who", ORDERS, unique=periods.c.who)
    waiting = waiting_charges.sums(tx, charges.c.budget_id == budget_id, charges.c.starts_at == starts_at)

    def to(row: Row[tuple[object, ...]]) -> tuple[str, Balance]:
        return str(row.who), _told(_balance(row), waiting.get(_key(row)))

    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=to)


def since(tx: Tx, budget_id: str, starts_at: datetime, *, settled: int) -> list[tuple[Key, Balance]]:
    """Periods of the budget from `starts_at` on in which at least so much is settled, as told."""
    since_then = charges.c.budget_id == budget_id, charges.c.starts_at >= starts_at
    statement = select(periods).where(
        periods.c.budget_id == budget_id,
        periods.c.starts_at >= starts_at,
        or_(periods.c.settled >= settled, KEY.in_(select(*WAITING).where(*since_then))),
    )
    rows = tx.execute(statement).all()
    waiting = waiting_charges.sums(tx, *since_then)
    told = [((key := _key(row)), _told(_balance(row), waiting.get(key))) for row in rows]
    return [(key, balance) for key, balance in told if balance.settled >= settled]


def forget_orphans(tx: Tx) -> int:
    """Drops what late calls have charged to budgets that were deleted; how many rows."""
    return tx.execute(delete(periods).where(periods.c.budget_id.not_in(select(budgets.c.id)))).rowcount


MARKS: Final = select(*ORDER, periods.c.settled, budgets.c.limit, budgets.c.thresholds).join_from(
    periods, budgets, budgets.c.id == periods.c.budget_id
)
RESERVING: Final = (
    change(periods)
    .where(
        periods.c.budget_id == bindparam("key_budget"),
        periods.c.who == bindparam("key_who"),
        periods.c.starts_at == bindparam("key_starts_at"),
    )
    .values(reserved=periods.c.reserved + bindparam("more"))
)


@cache
def _settling(dialect: str) -> Executable:
    fresh = sqlite.insert(periods) if dialect == "sqlite" else postgresql.insert(periods)
    return fresh.on_conflict_do_update(
        index_elements=ORDER, set_={"settled": periods.c.settled + fresh.excluded.settled}
    )


def _in_turn(tx: Tx) -> Sequence[ColumnElement[Any]]:  # columns of several types
    """The order in which all writers take rows: that of Python's strings, whatever language PostgreSQL sorts in."""
    who = collate(periods.c.who, "C") if tx.dialect.name == "postgresql" else periods.c.who
    return periods.c.budget_id, who, periods.c.starts_at


def _key(row: Row[tuple[object, ...]]) -> Key:
    fields = row._mapping
    return fields[periods.c.budget_id], fields[periods.c.who], fields[periods.c.starts_at]


def _balance(row: Row[tuple[object, ...]]) -> Balance:
    return Balance(row._mapping[periods.c.settled], row._mapping[periods.c.reserved])


def _told(balance: Balance, waiting: tuple[int, int] | None) -> Balance:
    spent, released = waiting or (0, 0)
    return Balance(balance.settled + spent, balance.reserved - released)
