"""A worker that is killed in the middle of a job of any kind leaves it to another: nothing is lost, nothing doubled."""

import pytest

from app.db.uow import Store
from app.domain.job import Job
from app.services import clock
from app.services.jobs import steering
from app.services.jobs.handlers import HANDLERS
from app.services.world import World
from tests.faults.conftest import Prepared
from tests.faults.kills import KILLS
from tests.faults.worked import Worked, leases_run_out
from tests.worlds import opened

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", sorted(HANDLERS))
def test_a_killed_worker_leaves_its_job_to_another(prepared: Prepared, kind: str) -> None:
    store = Store(prepared.url)
    lively = opened(store, prepared.folder / "watching", clock=clock.now, webhook_private_hosts=True)
    with lively as world, KILLS[kind](world) as watched:
        with Worked(prepared, kind) as worker:
            worker.until(watched.begun)
            worker.kill()
        killed = _job(world, kind, watched.about)
        watched.after()
        leases_run_out(world)
        with Worked(prepared, kind) as another:
            another.until(lambda: _over(world, kind, watched.about))
        watched.check()
    store.close()

    assert killed.status == "running"


def _job(world: World, kind: str, about: str) -> Job:
    (found,) = steering.page(world, steering.JobFilter(kind=kind, about=about))[0]
    return found


def _over(world: World, kind: str, about: str) -> bool:
    return _job(world, kind, about).status == "succeeded"
