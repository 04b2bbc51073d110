"""Task assignments as rows: which model a task name means now."""

from datetime import datetime

from sqlalchemy import delete, select

from app.db.insert import insert
from app.db.tables import tasks
from app.db.uow import Tx


def all_of(tx: Tx) -> dict[str, str]:
    """Model slug by task name."""
    return {row.name: row.model for row in tx.execute(select(tasks).order_by(tasks.c.name))}


def assign(tx: Tx, name: str, model: str, moment: datetime) -> None:
    """The task means this model from now on."""
    fresh = insert(tx, tasks).values(name=name, model=model, updated_at=moment)
    changed = {"model": fresh.excluded.model, "updated_at": fresh.excluded.updated_at}
    tx.execute(fresh.on_conflict_do_update(index_elements=[tasks.c.name], set_=changed))


def clear(tx: Tx, name: str) -> bool:
    """Whether there was an assignment to take away."""
    return tx.execute(delete(tasks).where(tasks.c.name == name)).rowcount == 1
