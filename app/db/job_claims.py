"""Who runs which job: claimed for a time that is renewed, so that those of whoever dies are somebody else's soon."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select, union_all, update

from app.db.jobs import to_job
from app.db.tables import jobs
from app.db.uow import Tx
from app.domain.job import Job

c = jobs.c
other = jobs.alias("other")
MANY = 100  # looked at in a round that found such as must wait for others of their lane
ROUNDS = 5
Claim = tuple[str, str]  # a job's id, and its holder


def waiting(tx: Tx, kinds: Collection[str], moment: datetime, ttl_s: float, *, about: str | None = None) -> list[str]:
    """Those kinds of which a job waits to be claimed."""
    parts = []
    for kind in kinds:
        ways = (_abandoned(kind, moment, ttl_s, about), _due(kind, moment, about))
        some = or_(*(select(c.id).where(way).exists() for way in ways))
        parts.append(select(literal(kind).label("kind")).where(some))
    return [row.kind for row in tx.execute(union_all(*parts))] if parts else []


def claim(
    tx: Tx, kind: str, holder: str, moment: datetime, ttl_s: float, *, most: int = 1, about: str | None = None
) -> list[Job]:
    """At most so many jobs of the kind, due for longest, which are now the holder's for `ttl_s`.

    What waits is queued and due, or was begun by somebody whose time has run out (or ends so late that it was given by
    a clock which has been set back). Of a lane only the first that lives is taken, and no two at once. Each claim needs
    a `holder` of its own, so that whoever lost a job and has claimed it again can tell the two apart.
    """
    abandoned = select(c.id).where(_abandoned(kind, moment, ttl_s, about)).order_by(c.until).limit(most)
    found = [row.id for row in tx.execute(abandoned.with_for_update(skip_locked=True))]
    taken = _take(tx, found, holder, moment, ttl_s)
    look = most
    for _ in range(ROUNDS):
        if len(taken) == most:
            break
        blocked = and_(c.lane.is_not(None), _earlier_in_lane().exists()).label("blocked")
        due = select(c.id, c.lane, blocked).where(_due(kind, moment, about)).order_by(c.due_at, c.id)
        rows = tx.execute(due.limit(look).with_for_update(of=jobs, skip_locked=True)).all()
        free = [row.id for row in rows if not row.blocked][: most - len(taken)]
        taken += _take(tx, free, holder, moment, ttl_s)
        held_up = [row for row in rows if row.blocked]
        if not held_up:
            break
        _park(tx, {row.lane for row in held_up}, [row.id for row in held_up])
        look = MANY
    return taken


def renew(tx: Tx, claims: Sequence[Claim], moment: datetime, ttl_s: float) -> set[Claim]:
    """Those claims that still hold, now for `ttl_s` from this moment."""
    until = moment + timedelta(seconds=ttl_s)
    statement = update(jobs).where(_of(claims)).values(until=until).returning(c.id, c.holder)
    return {(row.id, row.holder) for row in tx.execute(statement)}


def held(tx: Tx, claims: Sequence[Claim]) -> set[Claim]:
    """Those claims that still hold."""
    return {(row.id, row.holder) for row in tx.execute(select(c.id, c.holder).where(_of(claims)))}


def holds(tx: Tx, claim: Claim) -> bool:
    """Whether the claim still holds, and will until this unit of work has ended: nobody else claims it meanwhile."""
    mine = (c.id == claim[0], c.holder == claim[1], c.status == "running")
    return tx.execute(select(c.id).where(*mine).with_for_update(read=True)).one_or_none() is not None


def _take(tx: Tx, ids: Sequence[str], holder: str, moment: datetime, ttl_s: float) -> list[Job]:
    if not ids:
        return []
    values = {
        c.status: "running",
        c.attempts: c.attempts + 1,
        c.started_at: func.coalesce(c.started_at, literal(moment, c.started_at.type)),
        c.holder: holder,
        c.until: moment + timedelta(seconds=ttl_s),
    }
    rows = tx.execute(update(jobs).where(c.id.in_(ids)).values(values).returning(jobs))
    return sorted((to_job(row) for row in rows), key=lambda job: (job.due_at, job.id))


def _park(tx: Tx, lanes: Collection[str], ids: Sequence[str]) -> None:
    """No claim looks at these until the one before them has ended.

    Which one that is is held fast meanwhile: whoever ends it waits until these are parked, and then frees the next. If
    somebody has a hand on it now, they are left as they are.
    """
    for lane in sorted(lanes):
        live = (c.lane == lane, c.status.in_(("queued", "running")))
        first = select(c.id, c.status).where(*live).order_by(case((c.status == "running", 0), else_=1), c.id).limit(1)
        row = tx.execute(first.with_for_update(read=True, skip_locked=True)).one_or_none()
        if row is not None:
            after = and_(c.lane == lane, c.id.in_(ids), c.id != row.id)
            behind = after if row.status == "running" else and_(after, c.id > row.id)
            tx.execute(update(jobs).where(behind, c.status == "queued").values(parked=True))


def _earlier_in_lane() -> Select[tuple[str]]:
    before = or_(other.c.status == "running", and_(other.c.status == "queued", other.c.id < c.id))
    return select(other.c.id).where(other.c.lane == c.lane, other.c.id != c.id, before)


def _due(kind: str, moment: datetime, about: str | None) -> ColumnElement[bool]:
    due = and_(c.status == "queued", c.kind == kind, c.parked == false(), c.due_at <= moment)
    return due if about is None else and_(due, c.about == about)


def _abandoned(kind: str, moment: datetime, ttl_s: float, about: str | None) -> ColumnElement[bool]:
    late = moment + timedelta(seconds=2 * ttl_s)
    gone = and_(c.status == "running", c.kind == kind, or_(c.until <= moment, c.until > late))
    return gone if about is None else and_(gone, c.about == about)


def _of(claims: Sequence[Claim]) -> ColumnElement[bool]:
    ids, holders = [claim[0] for claim in claims], [claim[1] for claim in claims]
    return and_(c.id.in_(ids), c.holder.in_(holders), c.status == "running")
