"""Jobs as rows: added once while one like it lives, ended by whoever holds them, cancelled, replayed and forgotten."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, and_, case, delete, false, literal, or_, select, true, update
from sqlalchemy.sql.elements import ColumnElement

from app.db.insert import insert
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import jobs
from app.db.tables_jobs import LIVE
from app.db.uow import Tx
from app.domain.errors import NotFound
from app.domain.job import Job, Status

c = jobs.c
ORDERS: Final[Orders] = {"id": c.id}
FIELDS: Final = tuple(each.name for each in fields(Job))
CHANGED: Final = ("status", "attempts", "due_at", "error", "done", "total", "ended_at")  # by the end of a try
SLACK: Final = timedelta(minutes=1)  # what clocks of several machines may differ by
MOST_RECALLED: Final = 1_000


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are meant; None means any."""

    kind: str | None = None
    status: Status | None = None
    about: str | None = None


def add(tx: Tx, job: Job) -> Job:
    """The job as stored; of a sole one whose like lives, that one, which looks again if it runs and is due if earlier.

    An attempt that failed keeps its wait all the same.
    """
    fresh = insert(tx, jobs).values({name: getattr(job, name) for name in FIELDS})
    new = fresh.excluded
    sooner = and_(c.attempts == 0, new.due_at < c.due_at)
    statement = fresh.on_conflict_do_update(
        index_elements=[c.kind, c.about],
        index_where=LIVE,
        set_={
            "again": case((c.status == "running", true()), else_=c.again),
            "due_at": case((sooner, new.due_at), else_=c.due_at),
        },
    )
    return to_job(tx.execute(statement.returning(jobs)).one())


def get(tx: Tx, job_id: str) -> Job:
    """Raises NotFound."""
    row = tx.execute(select(jobs).where(c.id == job_id)).one_or_none()
    if row is None:
        raise NotFound("job", job_id)
    return to_job(row)


def of(tx: Tx, kind: str, about: str) -> Job | None:
    """The newest job of that kind about this; None without one."""
    newest = select(jobs).where(c.kind == kind, c.about == about).order_by(c.id.desc()).limit(1)
    row = tx.execute(newest).one_or_none()
    return None if row is None else to_job(row)


def live(tx: Tx, kind: str, about: str) -> str | None:
    """The id of the job of that kind about this which waits or runs; None without one."""
    alive = c.status.in_(("queued", "running"))
    found = select(c.id).where(c.kind == kind, c.about == about, alive).order_by(c.id.desc()).limit(1)
    row = tx.execute(found).one_or_none()
    return None if row is None else str(row.id)


def page(tx: Tx, wanted: JobFilter, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Job], str | None]:
    """Jobs, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    by = order_by("-id", ORDERS, unique=c.id)
    return paged(tx, _filtered(wanted), order=by, cursor=cursor, limit=limit, to=to_job)


def settle(tx: Tx, held: Job, after: Job, *, again_at: datetime) -> Job | None:
    """The job once its try has ended as `after` says; None if it was not `held`'s holder's any more.

    If more came while it ran, it is due at `again_at`; if it was over, it waits again as if it were new.
    """
    mine = _mine(held)
    values: dict[str, object] = {name: getattr(after, name) for name in CHANGED}
    values |= {"holder": None, "until": None, "again": False}
    if not after.live:
        anew = {**values, "status": "queued", "attempts": 0, "due_at": again_at, "ended_at": None}
        row = tx.execute(update(jobs).where(mine, c.again).values(anew).returning(jobs)).one_or_none()
        if row is not None:
            return to_job(row)
        mine = and_(mine, c.again == false())
    else:
        values["due_at"] = case((c.again, literal(again_at, c.due_at.type)), else_=literal(after.due_at, c.due_at.type))
    row = tx.execute(update(jobs).where(mine).values(values).returning(jobs)).one_or_none()
    if row is None and not after.live:  # more came between the two statements
        return (
            settle(tx, held, after, again_at=again_at)
            if tx.execute(select(c.id).where(_mine(held))).one_or_none()
            else None
        )
    return None if row is None else _ended(tx, to_job(row))


def tell_progress(tx: Tx, held: Job, done: int, total: int | None) -> bool:
    """Whether it was still the holder's: so many parts are done."""
    return tx.execute(update(jobs).where(_mine(held)).values(done=done, total=total)).rowcount == 1


def cancel(tx: Tx, job_id: str, moment: datetime) -> Job | None:
    """The job, which is over now; None unless it waited or ran. Whoever runs it sees this and stops."""
    live = and_(c.id == job_id, c.status.in_(("queued", "running")))
    values = {"status": "cancelled", "ended_at": moment, "holder": None, "until": None, "again": False}
    row = tx.execute(update(jobs).where(live).values(values).returning(jobs)).one_or_none()
    return None if row is None else _ended(tx, to_job(row))


def replay(tx: Tx, job_id: str, moment: datetime) -> Job | None:
    """The job, which waits again with all its attempts; None unless it was dead and no other like it lives."""
    twin = jobs.alias()
    another = select(twin.c.id).where(
        twin.c.kind == c.kind, twin.c.about == c.about, twin.c.sole, twin.c.status.in_(("queued", "running"))
    )
    dead = and_(c.id == job_id, c.status == "dead", or_(c.sole == false(), ~another.exists()))
    values = {"status": "queued", "attempts": 0, "due_at": moment, "ended_at": None, "parked": False}
    row = tx.execute(update(jobs).where(dead).values(values).returning(jobs)).one_or_none()
    return None if row is None else to_job(row)


def dead_of(tx: Tx, kind: str, *, before: str | None, limit: int) -> list[str]:
    """Ids of dead jobs of a kind, newest first, from below the id `before` on."""
    older: ColumnElement[bool] = true() if before is None else c.id < before
    found = select(c.id).where(c.kind == kind, c.status == "dead", older).order_by(c.id.desc()).limit(limit)
    return [row.id for row in tx.execute(found)]


def recall(tx: Tx, moment: datetime) -> int:
    """How many jobs are due sooner now, since the clock that made or began them has been set back."""
    ahead = moment + SLACK
    strange = or_(c.created_at > ahead, c.started_at > ahead)
    waiting = select(jobs).where(c.status == "queued", c.due_at > ahead, strange).order_by(c.due_at)
    found = [to_job(row) for row in tx.execute(waiting.limit(MOST_RECALLED))]
    for job in found:
        due_at = max(moment, job.due_at - (max(job.created_at, job.started_at or job.created_at) - moment))
        tx.execute(update(jobs).where(c.id == job.id, c.status == "queued").values(due_at=due_at, created_at=moment))
    return len(found)


def prune(tx: Tx, before: datetime, *, limit: int) -> int:
    """How many of at most `limit` jobs that ended before that moment are gone now."""
    old = select(c.id).where(c.ended_at < before).order_by(c.ended_at).limit(limit)
    return tx.execute(delete(jobs).where(c.id.in_(old))).rowcount


def to_job(row: Row[Any]) -> Job:
    """The job of a row that holds all columns."""
    return Job(**{name: row._mapping[name] for name in FIELDS})


def _ended(tx: Tx, job: Job) -> Job:
    """Once a job of a lane is over, the next of the lane is looked at again."""
    if job.lane is not None and not job.live:
        following = select(c.id).where(c.lane == job.lane, c.status == "queued").order_by(c.id).limit(1)
        tx.execute(update(jobs).where(c.id == following.scalar_subquery()).values(parked=False))
    return job


def _mine(held: Job) -> ColumnElement[bool]:
    return and_(c.id == held.id, c.holder == held.holder, c.status == "running")


def _filtered(wanted: JobFilter) -> Select[tuple[object, ...]]:
    statement: Select[tuple[object, ...]] = select(jobs)
    for name in ("kind", "status", "about"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(c[name] == value)
    return statement
