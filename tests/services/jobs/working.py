"""Jobs for tests: claimed as another process would, and kinds that do what a test wants."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

from app.db import job_claims
from app.services.jobs import performing, worker
from app.services.jobs.held import Held
from app.services.jobs.leases import TERM_S
from app.services.jobs.worker import Worker
from app.services.world import World


def claimed(world: World, kind: str = "comparison") -> Held:
    """The next job of that kind, at a process that has just claimed it; nobody renews its lease."""
    with world.store.write() as tx:
        (job,) = job_claims.claim(tx, kind, world.new_id(), world.now(), TERM_S)
    return Held(world, job)


@contextmanager
def kinds(**handlers: Callable[[Held], None]) -> Iterator[None]:
    """Inside the block there are these kinds of jobs, and no others."""
    known: Mapping[str, Callable[[Held], None]] = handlers
    with patch.object(performing, "HANDLERS", known), patch.object(worker, "HANDLERS", known):
        yield


@contextmanager
def working(world: World, *, places: int = 2, workers: int = 1) -> Iterator[list[Worker]]:
    """Inside the block so many workers do what waits."""
    started = [Worker(world, places=places) for _ in range(workers)]
    for each in started:
        each.start()
    try:
        yield started
    finally:
        for each in started:
            each.close()
