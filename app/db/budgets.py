"""Budgets as rows; deleting one takes its periods and grants along, its alerts stay."""

from dataclasses import fields
from typing import Final

from sqlalchemy import Row, delete, insert, select
from sqlalchemy import update as change

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import budget_periods, budgets, charges, grants
from app.db.uow import Tx
from app.domain.budget import Budget
from app.domain.errors import NotFound

FIELDS: Final = tuple(field.name for field in fields(Budget))
ORDERS: Final[Orders] = {name: budgets.c[name] for name in ("name", "created_at")}


def add(tx: Tx, budget: Budget) -> None:
    """Raises Conflict (`duplicate-name`) for a name that exists."""
    tx.execute(insert(budgets).values(_values(budget)))


def get(tx: Tx, budget_id: str) -> Budget:
    """Raises NotFound."""
    row = tx.execute(select(budgets).where(budgets.c.id == budget_id)).one_or_none()
    if row is None:
        raise NotFound("budget", budget_id)
    return to_budget(row)


def named(tx: Tx, name: str) -> Budget | None:
    """The budget of that name."""
    row = tx.execute(select(budgets).where(budgets.c.name == name)).one_or_none()
    return None if row is None else to_budget(row)


def update(tx: Tx, budget: Budget) -> None:
    """All but its id. Raises NotFound."""
    values = {name: value for name, value in _values(budget).items() if name != "id"}
    if not tx.execute(change(budgets).where(budgets.c.id == budget.id).values(values)).rowcount:
        raise NotFound("budget", budget.id)


def remove(tx: Tx, budget_id: str) -> None:
    """With its periods, whose rows are taken first as everyone takes them, grants and charges. Raises NotFound."""
    if not tx.execute(delete(budgets).where(budgets.c.id == budget_id)).rowcount:
        raise NotFound("budget", budget_id)
    tx.execute(delete(budget_periods).where(budget_periods.c.budget_id == budget_id))
    tx.execute(delete(grants).where(grants.c.budget_id == budget_id))
    waiting = select(charges.c.id).where(charges.c.budget_id == budget_id).with_for_update(skip_locked=True)
    tx.execute(delete(charges).where(charges.c.id.in_(waiting)))


def all_of(tx: Tx) -> list[Budget]:
    """Every budget, also inactive ones, by name."""
    return [to_budget(row) for row in tx.execute(select(budgets).order_by(budgets.c.name))]


def page(tx: Tx, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Budget], str | None]:
    """Budgets by name, and the next page's cursor. Raises Invalid for a foreign cursor."""
    by = order_by("name", ORDERS, unique=budgets.c.id)
    return paged(tx, select(budgets), order=by, cursor=cursor, limit=limit, to=to_budget)


def to_budget(row: Row[tuple[object, ...]]) -> Budget:
    """The budget of a row that holds all its columns."""
    values = {name: row._mapping[budgets.c[name]] for name in FIELDS}
    return Budget(**{**values, "thresholds": tuple(values["thresholds"])})


def _values(budget: Budget) -> dict[str, object]:
    return {name: getattr(budget, name) for name in FIELDS}
