"""Jobs as people see and steer them: listed, read, cancelled, and replayed once they are dead."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.db import jobs as rows
from app.db.jobs import JobFilter
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid
from app.domain.job import Job
from app.services import events
from app.services.editing import edit
from app.services.jobs import performing
from app.services.jobs.handlers import HANDLERS, REVIVALS
from app.services.world import World

__all__ = ["JobFilter", "Replayed", "cancel", "get", "page", "replay", "replay_all"]
AT_ONCE: Final = 100  # replayed in one unit of work


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many dead jobs wait again, and how many stay dead since another like them lives."""

    replayed: int
    left: int


def get(world: World, job_id: str) -> Job:
    """Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, job_id)


def page(
    world: World, wanted: JobFilter, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Job], str | None]:
    """Jobs, newest first. Raises Invalid for a foreign cursor."""
    with world.store.read() as tx:
        return rows.page(tx, wanted, cursor=cursor, limit=limit)


def cancel(world: World, job_id: str) -> Job:
    """Stop it within about a second, and what it works on with it.

    Raises NotFound, Conflict (`job-over`) for one that has ended.
    """

    def apply(tx: Tx) -> Job:
        ended = rows.cancel(tx, job_id, world.now())
        if ended is None:
            rows.get(tx, job_id)
            raise Conflict("the job has ended", code="job-over")
        performing.told(tx, world, ended)
        return ended

    return edit(world, apply)


def replay(world: World, job_id: str) -> Job:
    """Let a dead job wait again, with all its attempts.

    Raises NotFound, Conflict (`job-not-dead`) for one that is not dead, (`job-lives`) while another of its kind about
    the same waits or runs.
    """

    def apply(tx: Tx) -> Job:
        found = _replay(tx, world, job_id)
        if found is None:
            if rows.get(tx, job_id).status != "dead":
                raise Conflict("only a dead job is replayed", code="job-not-dead")
            raise Conflict("another job of its kind about the same waits or runs", code="job-lives")
        return found

    return edit(world, apply)


def replay_all(world: World, kind: str) -> Replayed:
    """Let all dead jobs of a kind wait again, the newest first, in small units of work.

    Raises Invalid for a kind that nothing here does and no dead job has, lest a slip of the pen look like good news.
    """
    tried = replayed = 0
    before: str | None = None
    while ids := _dead(world, kind, before):
        replayed += edit(world, partial(_replay_some, world=world, ids=ids))
        tried += len(ids)
        before = ids[-1]
    if not tried and kind not in HANDLERS:
        raise Invalid(f"no kind of job is called '{kind}'; there are {', '.join(HANDLERS)}", field="kind")
    return Replayed(replayed, tried - replayed)


def _dead(world: World, kind: str, before: str | None) -> list[str]:
    with world.store.read() as tx:
        return rows.dead_of(tx, kind, before=before, limit=AT_ONCE)


def _replay_some(tx: Tx, *, world: World, ids: Sequence[str]) -> int:
    return sum(_replay(tx, world, each) is not None for each in ids)


def _replay(tx: Tx, world: World, job_id: str) -> Job | None:
    found = rows.replay(tx, job_id, world.now())
    if found is not None:
        revive = REVIVALS.get(found.kind)
        if revive is not None:
            revive(tx, world, found)
        events.record(
            tx,
            world,
            "job.replayed",
            about=found.id,
            text=f"The dead job {found.id} ({found.kind}) waits again.",
            data={"kind": found.kind, "about": found.about},
        )
        world.store.after_commit(tx, world.bell.ring)
    return found
