"""Who runs a comparison: it is taken for a time that is renewed, handed back, or run out; and how it ends."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update

from app.db.comparisons import with_candidates
from app.db.tables import comparisons
from app.db.uow import Tx
from app.domain.comparison.comparison import Comparison, Status

c = comparisons.c


def waiting(tx: Tx, moment: datetime, ttl_s: float) -> bool:
    """Whether a comparison waits for somebody to run it."""
    return tx.execute(select(c.id).where(_free(moment, ttl_s)).limit(1)).one_or_none() is not None


def claim(
    tx: Tx, holder: str, moment: datetime, ttl_s: float, *, comparison_id: str | None = None
) -> Comparison | None:
    """The oldest comparison that waits, or that one, which is now the holder's for `ttl_s`; None without one.

    What waits is queued, or was begun by somebody whose time has run out (or ends so late that it was given by a clock
    which has been set back).
    """
    free = _free(moment, ttl_s)
    if comparison_id is None:
        chosen = c.id == select(c.id).where(free).order_by(c.created_at, c.id).limit(1).scalar_subquery()
    else:
        chosen = c.id == comparison_id
    values = {
        c.status: "running",
        c.started_at: func.coalesce(c.started_at, literal(moment, c.started_at.type)),
        c.holder: holder,
        c.until: moment + timedelta(seconds=ttl_s),
        c.taken_at: moment,
        c.taken_done: c.answered + c.judged,
    }
    row = tx.execute(update(comparisons).where(chosen, free).values(values).returning(comparisons)).one_or_none()
    return None if row is None else with_candidates(tx, [row])[0]


def renew(tx: Tx, comparison_id: str, holder: str, moment: datetime, ttl_s: float) -> bool:
    """Whether it is still the holder's to run, now for `ttl_s` from this moment."""
    until = moment + timedelta(seconds=ttl_s)
    return tx.execute(update(comparisons).where(_held(comparison_id, holder)).values(until=until)).rowcount == 1


def holds(tx: Tx, comparison_id: str, holder: str) -> bool:
    """Whether it is still the holder's to run: neither ended by somebody else, nor taken over."""
    return tx.execute(select(c.id).where(_held(comparison_id, holder))).one_or_none() is not None


def give_back(tx: Tx, comparison_id: str, holder: str) -> None:
    """Whoever comes next may go on with it at once."""
    tx.execute(update(comparisons).where(_held(comparison_id, holder)).values(holder=None, until=None))


def end(tx: Tx, comparison_id: str, holder: str, status: Status, moment: datetime, *, error: str | None = None) -> bool:
    """Whether it was the holder's to end."""
    values = {"status": status, "ended_at": moment, "error": error, "holder": None, "until": None}
    return tx.execute(update(comparisons).where(_held(comparison_id, holder)).values(values)).rowcount == 1


def cancel(tx: Tx, comparison_id: str, moment: datetime) -> bool:
    """Whether it waited or ran; its runner sees this and stops."""
    live = and_(c.id == comparison_id, c.status.in_(("queued", "running")))
    values = {"status": "cancelled", "ended_at": moment, "holder": None, "until": None}
    return tx.execute(update(comparisons).where(live).values(values)).rowcount == 1


def queue_again(tx: Tx, comparison_id: str) -> bool:
    """Whether it had failed or was cancelled, and now waits again with what is answered kept."""
    over = and_(c.id == comparison_id, c.status.in_(("failed", "cancelled")))
    values = {"status": "queued", "ended_at": None, "error": None}
    return tx.execute(update(comparisons).where(over).values(values)).rowcount == 1


def _free(moment: datetime, ttl_s: float) -> ColumnElement[bool]:
    late = moment + timedelta(seconds=2 * ttl_s)
    abandoned = or_(c.until.is_(None), c.until <= moment, c.until > late)
    return or_(c.status == "queued", and_(c.status == "running", abandoned))


def _held(comparison_id: str, holder: str) -> ColumnElement[bool]:
    return and_(c.id == comparison_id, c.holder == holder, c.status == "running")
