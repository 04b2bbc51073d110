"""Costs of stored calls are counted again in place; the runs they belong to follow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, bindparam, case, cast, func, literal, or_, select, tuple_, update

from app.db.calls import call_of
from app.db.tables import calls, runs
from app.db.types import Money
from app.db.uow import Tx
from app.domain.call import Call

COUNTED: Final = ("priced", "unpriced")


def countable(
    tx: Tx,
    *,
    since: datetime,
    until: datetime,
    model: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Call]:
    """Calls whose cost is ours to count, oldest first; `after` the moment and id of the last one seen."""
    asked = [
        calls.c.at >= since,
        calls.c.at < until,
        calls.c.cost_status.in_(COUNTED),
        calls.c.outcome != "cached",
    ]
    if model is not None:
        asked.append(calls.c.model == model)
    if after is not None:
        last = (literal(after[0], calls.c.at.type), literal(after[1], calls.c.id.type))
        asked.append(tuple_(calls.c.at, calls.c.id) > tuple_(*last))
    statement = select(calls).where(*asked).order_by(calls.c.at, calls.c.id).limit(limit)
    return [call_of(row) for row in tx.execute(statement)]


def recount(tx: Tx, counted: Sequence[Call]) -> None:
    """Stores the calls' costs, and the sums of their runs; a call whose cost was reported meanwhile stays as it is."""
    ours = or_(*(calls.c.cost_status == status for status in COUNTED))
    asked = (calls.c.id == bindparam("known"), ours)
    values: dict[str, BindParameter[object]] = {
        name: bindparam(f"new_{name}") for name in ("cost", "cost_status", "price_version")
    }
    tx.execute(
        update(calls).where(*asked).values(values),
        [{"known": call.id, **{f"new_{name}": getattr(call, name) for name in values}} for call in counted],
    )
    touched = {call.run_id for call in counted if call.run_id is not None}
    if touched:
        known = func.count(calls.c.cost) == func.count()
        total = select(case((known, func.sum(calls.c.cost)))).where(calls.c.run_id == runs.c.id).scalar_subquery()
        tx.execute(update(runs).where(runs.c.id.in_(touched)).values(cost=cast(total, Money)))
