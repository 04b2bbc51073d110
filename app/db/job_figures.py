"""How many jobs wait, run and are dead, and since when the oldest waits; of each kind, counted to a bound."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, literal, select, union_all

from app.db.tables import jobs
from app.db.uow import Tx

c = jobs.c
MOST: Final = 10_000  # counted of one kind and status; more are shown as so many


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of one kind. `oldest_due_at`: since when the job that is due for longest could have been begun; None without."""

    kind: str
    queued: int
    running: int
    dead: int
    oldest_due_at: datetime | None


def backlogs(tx: Tx, kinds: Collection[str], moment: datetime) -> list[Backlog]:
    """Of these kinds, in their order; what it reads does not grow with history."""
    statuses = ("queued", "running", "dead")
    parts = []
    for kind in kinds:
        due = select(func.min(c.due_at)).where(
            c.status == "queued", c.kind == kind, c.parked.is_(False), c.due_at <= moment
        )
        counts = []
        for status in statuses:
            some = select(literal(1).label("one")).where(c.status == status, c.kind == kind).limit(MOST).subquery()
            counts.append(select(func.count()).select_from(some).scalar_subquery().label(status))
        oldest = due.scalar_subquery().label("oldest_due_at")
        parts.append(select(literal(kind).label("kind"), *counts, oldest))
    return [Backlog(*row) for row in tx.execute(union_all(*parts))] if parts else []
