"""Budgets are made, changed and deleted here, and read with where they stand now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import budget_alerts, charges, past_periods, periods
from app.db import budgets as rows
from app.db.periods import NOTHING, Standing
from app.db.uow import Tx
from app.domain.budget import EVERYONE, MONTHLY, THRESHOLDS, Action, Balance, Budget, BudgetUnit, Scope
from app.domain.budget_alert import BudgetAlert
from app.domain.errors import Conflict, Invalid
from app.domain.money import to_usd
from app.domain.period import Period, Span, known_zone, span
from app.services import events
from app.services.budget_scope import scope_value
from app.services.editing import edit
from app.services.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A budget as somebody wants it; `limit` in nano-dollars or tokens. `scope_value` as `budget_scope` takes it."""

    name: str
    scope: Scope
    unit: BudgetUnit
    limit: int
    period: Period
    scope_value: str | None = None
    time_zone: str = "UTC"
    action: Action = "block"
    thresholds: tuple[int, ...] = THRESHOLDS
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to change; None leaves it as it is. `unit` must be the budget's own where a limit is given."""

    limit: int | None = None
    unit: BudgetUnit | None = None
    action: Action | None = None
    thresholds: tuple[int, ...] | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A budget and where it stands in one period, all of it or the part of `who`."""

    budget: Budget
    span: Span
    who: str
    balance: Balance


def create(world: World, wanted: Wanted) -> Budget:
    """Raises Invalid, NotFound for a scope value that names nothing, Conflict for a name that is taken."""
    if wanted.name == MONTHLY:
        raise Invalid("this name belongs to the budget that MONTHLY_BUDGET_USD declares", field="name")
    moment = world.now()
    made = Budget(
        id=world.new_id(),
        name=wanted.name,
        scope=wanted.scope,
        scope_value=scope_value(world, wanted.scope, wanted.scope_value),
        unit=wanted.unit,
        limit=wanted.limit,
        period=wanted.period,
        time_zone=known_zone(wanted.time_zone),
        action=wanted.action,
        thresholds=_ascending(wanted.thresholds),
        active=wanted.active,
        source="stored",
        created_at=moment,
        updated_at=moment,
    )

    def apply(tx: Tx) -> None:
        rows.add(tx, made)
        _tell(tx, world, "created", made)

    edit(world, apply)
    return made


def change(world: World, budget_id: str, wanted: Edit) -> Budget:
    """Raises NotFound, Invalid, Conflict for the budget of the environment.

    A limit may be set below what is spent: the next call is refused. Thresholds that are crossed thereby raise alerts.
    """

    def apply(tx: Tx) -> Budget:
        before = _own(rows.get(tx, budget_id))
        if wanted.unit is not None and wanted.unit != before.unit:
            raise Invalid(f"the budget counts {before.unit}", field=f"limit_{wanted.unit}")
        after = replace(
            before,
            limit=before.limit if wanted.limit is None else wanted.limit,
            action=wanted.action or before.action,
            thresholds=before.thresholds if wanted.thresholds is None else _ascending(wanted.thresholds),
            active=before.active if wanted.active is None else wanted.active,
            updated_at=world.now(),
        )
        rows.update(tx, after)
        review(world, tx, after)
        _tell(tx, world, "changed", after)
        return after

    return edit(world, apply)


def remove(world: World, budget_id: str) -> None:
    """With all that it has counted; its alerts stay. Raises NotFound, Conflict for the budget of the environment."""

    def apply(tx: Tx) -> None:
        before = _own(rows.get(tx, budget_id))
        rows.remove(tx, budget_id)
        _tell(tx, world, "deleted", before)

    edit(world, apply)


def _tell(tx: Tx, world: World, what: str, budget: Budget) -> None:
    data = {"name": budget.name, "scope": budget.scope, "action": budget.action, "active": budget.active}
    data |= {"limit_usd": to_usd(budget.limit)} if budget.unit == "usd" else {"limit_tokens": budget.limit}
    events.record(tx, world, f"budget.{what}", about=budget.id, text=f"budget {budget.name} {what}", data=data)


def get(world: World, budget_id: str) -> State:
    """Raises NotFound."""
    with world.store.read() as tx:
        return _states(world, tx, [rows.get(tx, budget_id)])[0]


def page(world: World, *, cursor: str | None, limit: int) -> tuple[list[State], str | None]:
    """Budgets by name, each with where all of it stands in the present period."""
    with world.store.read() as tx:
        found, following = rows.page(tx, cursor=cursor, limit=limit)
        return _states(world, tx, found), following


def parts(world: World, budget_id: str, *, cursor: str | None, limit: int) -> tuple[list[State], str | None]:
    """Who has spent what of the budget in the present period, by `who`. Raises NotFound."""
    with world.store.read() as tx:
        budget = rows.get(tx, budget_id)
        now = span(budget.period, budget.time_zone, world.now())
        found, following = periods.page(tx, budget.id, now.starts_at, cursor=cursor, limit=limit)
    return [State(budget, now, who, balance) for who, balance in found], following


def history(world: World, budget_id: str, *, cursor: str | None, limit: int) -> tuple[list[State], str | None]:
    """Who has spent what of the budget in which period, the latest first, then by `who`. Raises NotFound.

    Each stands beside the limit as it is now. Periods in which nothing was spent are left out.
    """
    with world.store.read() as tx:
        budget = rows.get(tx, budget_id)
        found, following = past_periods.page(tx, budget.id, cursor=cursor, limit=limit)
    return [State(budget, _begun(budget, at), who, balance) for (_, who, at), balance in found], following


def alerts(world: World, *, name: str | None, cursor: str | None, limit: int) -> tuple[list[BudgetAlert], str | None]:
    """Alerts, newest first; those of one budget or model by its name."""
    with world.store.read() as tx:
        return budget_alerts.page(tx, name=name, cursor=cursor, limit=limit)


def declare_monthly(world: World, limit: int | None, *, time_zone: str) -> None:
    """Makes the budget of the environment what the settings say; None switches it off. The last to start decides."""
    with world.store.read() as tx:
        before = rows.named(tx, MONTHLY)
    moment = world.now()
    if before is None and limit is not None:
        declared = Budget(
            id=world.new_id(),
            name=MONTHLY,
            scope="global",
            scope_value=None,
            unit="usd",
            limit=limit,
            period="month",
            time_zone=time_zone,
            action="block",
            thresholds=THRESHOLDS,
            active=True,
            source="environment",
            created_at=moment,
            updated_at=moment,
        )
        _unless_taken(world, lambda tx: rows.add(tx, declared))
    elif before is not None:
        wanted = replace(before, active=limit is not None, time_zone=time_zone)
        wanted = wanted if limit is None else replace(wanted, limit=limit)
        if wanted != before:
            edit(world, lambda tx: rows.update(tx, replace(wanted, updated_at=moment)))


def review(world: World, tx: Tx, budget: Budget) -> None:
    """Raises the alerts of thresholds that what is spent of the changed budget has crossed by its change."""
    now = span(budget.period, budget.time_zone, world.now())
    for key, balance in periods.since(tx, budget.id, now.starts_at, settled=1):
        charges.review(tx, key, Standing(budget, balance), at=world.now())


def _unless_taken(world: World, make: Callable[[Tx], None]) -> None:
    """Another process that starts at the same moment may have been first."""
    try:
        edit(world, make)
    except Conflict as error:
        if error.code != "duplicate-name":
            raise


def _own(budget: Budget) -> Budget:
    if budget.source == "environment":
        raise Conflict("MONTHLY_BUDGET_USD declares this budget; change it there", code="budget-of-environment")
    return budget


def _states(world: World, tx: Tx, budgets: list[Budget]) -> list[State]:
    spans = [span(budget.period, budget.time_zone, world.now()) for budget in budgets]
    keys = [(budget.id, EVERYONE, now.starts_at) for budget, now in zip(budgets, spans, strict=True)]
    found = periods.balances(tx, keys)
    return [
        State(budget, now, EVERYONE, found.get(key, NOTHING))
        for budget, now, key in zip(budgets, spans, keys, strict=True)
    ]


def _begun(budget: Budget, starts_at: datetime) -> Span:
    """The period that began then; it keeps its beginning when the budget's time zone is another by now."""
    return replace(span(budget.period, budget.time_zone, starts_at), starts_at=starts_at)


def _ascending(thresholds: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(thresholds)))
