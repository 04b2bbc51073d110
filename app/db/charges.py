"""Charges of calls are written in the unit of work that writes the calls, and folded into their periods a moment later.

So calls do not wait for each other at the rows of the few budgets that all of them fall under.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from app.db import budget_alerts, grants, periods, waiting_charges
from app.db.periods import Standing
from app.db.uow import Tx
from app.domain.budget import Charge, Key, crossed
from app.domain.budget_alert import BudgetAlert

FOLDED_AT_ONCE: Final = 500  # rows: at most some 50 ms in which SQLite takes no other write


def book(tx: Tx, charges: Sequence[Charge], *, at: datetime) -> None:
    """Writes each charge once; the caller sees to it that they are those of calls that are new.

    What was held in a grant waits to be folded; the rest is settled at once, for nothing is reserved for it. Alerts for
    the thresholds that are crossed bear the moment `at`.
    """
    waiting_charges.add(tx, [charge for charge in charges if charge.grant_id is not None], at=at)
    settled: Counter[Key] = Counter()
    for charge in charges:
        if charge.grant_id is None:
            settled[charge.key] += charge.amount
    if settled:
        _settle(tx, settled, Counter(), dict.fromkeys(settled, at))


def fold(tx: Tx, *, limit: int = FOLDED_AT_ONCE) -> int:
    """Books charges that wait: settled grows, and the grants give way. How many rows; 0 when others are at them.

    A row goes in the unit of work that adds it, so each counts once, whoever folds and whoever dies.
    """
    rows = waiting_charges.take(tx, limit=limit)
    settled: Counter[Key] = Counter()
    granted: Counter[str] = Counter()
    moments: dict[Key, datetime] = {}
    for row in rows:
        settled[row.key] += row.amount
        granted[row.grant_id] += row.amount
        moments[row.key] = max(row.at, moments.get(row.key, row.at))
    if rows:
        _settle(tx, settled, granted, moments)
    return len(rows)


def review(tx: Tx, key: Key, standing: Standing, *, at: datetime) -> None:
    """Raises the alerts that are due after a budget was edited."""
    percents = _crossed(standing, standing.balance.settled)
    budget_alerts.add_new(tx, [_alert(key, standing, percent, at) for percent in percents])


def _settle(tx: Tx, settled: Counter[Key], granted: Counter[str], moments: Mapping[Key, datetime]) -> None:
    periods.settle(tx, settled)
    if granted:
        grants.charge(tx, granted)
    reached = {
        key
        for key, after, limit, thresholds in periods.marks(tx, settled)
        if crossed(thresholds, limit=limit, before=after - settled[key], after=after)
    }
    if reached:
        for key, standing in periods.held(tx, reached).items():
            percents = _crossed(standing, settled[key])
            budget_alerts.add_new(tx, [_alert(key, standing, percent, moments[key]) for percent in percents])


def _crossed(standing: Standing, amount: int) -> list[int]:
    after, budget = standing.balance.settled, standing.budget
    return crossed(budget.thresholds, limit=budget.limit, before=after - amount, after=after)


def _alert(key: Key, standing: Standing, percent: int, at: datetime) -> BudgetAlert:
    budget_id, who, starts_at = key
    return BudgetAlert(
        at=at,
        kind="threshold",
        name=standing.budget.name,
        budget_id=budget_id,
        who=who,
        starts_at=starts_at,
        threshold=percent,
        settled=standing.balance.settled,
        limit=standing.budget.limit,
    )
