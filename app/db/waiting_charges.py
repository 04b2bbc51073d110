"""Charges wait as rows, written with their calls, until they are folded into their periods a moment later.

While a charge waits, what it takes is still inside its grant, and so inside what is reserved.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, case, delete, func, insert, select

from app.db.tables import charges, grants
from app.db.uow import Tx
from app.domain.budget import Charge, Key


@dataclass(frozen=True, slots=True)
class Waiting:
    """What calls of one unit of work have cost one grant; `at`: the last of them."""

    key: Key
    grant_id: str
    amount: int
    at: datetime


def add(tx: Tx, booked: Iterable[Charge], *, at: datetime) -> None:
    """A row for each grant; all of these charges have one."""
    amounts: Counter[tuple[Key, str | None]] = Counter()
    for charge in booked:
        amounts[charge.key, charge.grant_id] += charge.amount
    rows = [
        {"budget_id": budget, "who": who, "starts_at": starts_at, "grant_id": grant_id, "amount": amount, "at": at}
        for ((budget, who, starts_at), grant_id), amount in amounts.items()
    ]
    if rows:
        tx.execute(ADDING, rows)


def there(tx: Tx) -> bool:
    """Whether any charge waits."""
    return tx.execute(ANY).one_or_none() is not None


def take(tx: Tx, *, limit: int) -> list[Waiting]:
    """Takes rows away, the oldest first, but none that another unit of work is just taking."""
    some = select(charges.c.id).order_by(charges.c.id).limit(limit).with_for_update(skip_locked=True).cte("some")
    gone = delete(charges).where(charges.c.id.in_(select(some.c.id))).returning(*FIELDS)
    return [Waiting((row[0], row[1], row[2]), row[3], row[4], row[5]) for row in tx.execute(gone)]


def awaited(tx: Tx, grant_ids: Sequence[str]) -> set[str]:
    """Those of the grants that charges wait for, also charges that another unit of work is just taking."""
    return set(tx.execute(select(charges.c.grant_id).where(charges.c.grant_id.in_(sorted(grant_ids)))).scalars())


def sums(tx: Tx, *where: ColumnElement[bool]) -> dict[Key, tuple[int, int]]:
    """By period: what folding adds to settled, and what it takes from reserved, which is less where a grant is gone.

    `where`: conditions on columns of `charges`.
    """
    place = (charges.c.budget_id, charges.c.who, charges.c.starts_at)
    spent = select(*place, charges.c.grant_id, func.sum(charges.c.amount).label("amount")).where(*where)
    by_grant = spent.group_by(*place, charges.c.grant_id).subquery()
    left = func.coalesce(grants.c.amount, 0)
    released = case((left < by_grant.c.amount, left), else_=by_grant.c.amount)
    whole = (by_grant.c.budget_id, by_grant.c.who, by_grant.c.starts_at)
    joined = by_grant.outerjoin(grants, grants.c.id == by_grant.c.grant_id)
    found = select(*whole, func.sum(by_grant.c.amount), func.sum(released)).select_from(joined).group_by(*whole)
    return {(row[0], row[1], row[2]): (int(row[3]), int(row[4])) for row in tx.execute(found)}


FIELDS: Final = (*(charges.c[name] for name in ("budget_id", "who", "starts_at", "grant_id", "amount", "at")),)
ADDING: Final = insert(charges).inline()
ANY: Final = select(charges.c.id).limit(1)
