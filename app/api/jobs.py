"""Jobs: work that waits or runs behind the scenes, listed, followed, cancelled, and replayed once it is dead."""

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.job_payloads import JobOut, JobsQuery, ReplayedOut, ReplayIn
from app.api.payloads import ById, Page
from app.api.world import world
from app.services.jobs import steering

door = Door("jobs")


@door.get("/jobs", responses={200: Page[JobOut]})
@scope("read")
def list_jobs(query: JobsQuery) -> Response:
    """Read jobs, newest first."""
    found, following = steering.page(world(), query.wanted(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[JobOut](items=[JobOut.of(job) for job in found], next=following))


@door.post("/jobs/replay", responses={200: ReplayedOut})
@scope("write")
def replay_jobs(body: ReplayIn) -> Response:
    """Let all dead jobs of a kind wait again, with all their attempts."""
    found = steering.replay_all(world(), body.kind)
    return http.answer(ReplayedOut(replayed=found.replayed, left=found.left))


@door.get("/jobs/<id>", responses={200: JobOut})
@scope("read")
def read_job(path: ById) -> Response:
    """Read a job and how far it is."""
    return http.answer(JobOut.of(steering.get(world(), str(path.id))))


@door.post("/jobs/<id>/cancel", responses={200: JobOut})
@scope("write")
def cancel_job(path: ById) -> Response:
    """Stop a job that waits or runs, and what it works on."""
    return http.answer(JobOut.of(steering.cancel(world(), str(path.id))))


@door.post("/jobs/<id>/replay", responses={200: JobOut})
@scope("write")
def replay_job(path: ById) -> Response:
    """Let a dead job wait again, with all its attempts."""
    return http.answer(JobOut.of(steering.replay(world(), str(path.id))))
