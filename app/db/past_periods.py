"""Periods of one budget, page by page, the latest first."""

from dataclasses import replace
from typing import Final

from sqlalchemy import Select, select

from app.db import periods as standing
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import budget_periods as periods
from app.db.uow import Tx
from app.domain.budget import Balance, Key

ORDERS: Final[Orders] = {"starts_at": periods.c.starts_at}


def page(tx: Tx, budget_id: str, *, cursor: str | None, limit: int) -> tuple[list[tuple[Key, Balance]], str | None]:
    """Who has spent or reserved what in which period, the latest first, then by `who`.

    Raises Invalid for a foreign cursor.
    """
    statement: Select[tuple[object, ...]] = select(periods).where(periods.c.budget_id == budget_id)
    by = replace(order_by("-starts_at", ORDERS, unique=periods.c.who), ties_ascend=True)
    keys, following = paged(
        tx, statement, order=by, cursor=cursor, limit=limit, to=lambda row: (budget_id, row.who, row.starts_at)
    )
    found = standing.balances(tx, keys)
    return [(key, found[key]) for key in keys], following
