"""How a comparison moves on: it begins, ends, is cancelled, and waits again. Who may run it is for its job to say."""

from datetime import datetime

from sqlalchemy import and_, func, literal, update

from app.db.comparisons import with_candidates
from app.db.tables import comparisons
from app.db.uow import Tx
from app.domain.comparison.comparison import Comparison, Status

c = comparisons.c
LIVE = ("queued", "running")


def begin(tx: Tx, comparison_id: str, moment: datetime) -> Comparison | None:
    """The comparison, which runs from now on; None once it has ended, or is gone."""
    live = and_(c.id == comparison_id, c.status.in_(LIVE))
    values = {
        c.status: "running",
        c.started_at: func.coalesce(c.started_at, literal(moment, c.started_at.type)),
        c.taken_at: moment,
        c.taken_done: c.answered + c.judged,
    }
    row = tx.execute(update(comparisons).where(live).values(values).returning(comparisons)).one_or_none()
    return None if row is None else with_candidates(tx, [row])[0]


def end(tx: Tx, comparison_id: str, status: Status, moment: datetime, *, error: str | None = None) -> bool:
    """Whether it waited or ran until now."""
    live = and_(c.id == comparison_id, c.status.in_(LIVE))
    values = {"status": status, "ended_at": moment, "error": error}
    return tx.execute(update(comparisons).where(live).values(values)).rowcount == 1


def queue_again(tx: Tx, comparison_id: str) -> bool:
    """Whether it had failed or was cancelled, and now waits again with what is answered kept."""
    over = and_(c.id == comparison_id, c.status.in_(("failed", "cancelled")))
    values = {"status": "queued", "ended_at": None, "error": None}
    return tx.execute(update(comparisons).where(over).values(values)).rowcount == 1
