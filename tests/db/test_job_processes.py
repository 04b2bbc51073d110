"""Processes that claim jobs together share them: none is claimed twice, none is left, and lanes keep their order."""

import subprocess
import sys

import pytest

from app.db import jobs as rows
from app.db.uow import Store
from app.domain.job import Job
from app.services import clock
from app.services.ids import new_id

pytestmark = pytest.mark.slow

PROCESSES, JOBS, LANES = 3, 120, 4
WORK = """
import sys
from app.db import job_claims as claims, jobs as rows
from app.db.uow import Store
from app.domain.errors import Conflict
from app.domain.job import Succeeded, after
from app.services.clock import now
from app.services.ids import new_id
store = Store(sys.argv[1], busy_timeout_ms=20_000)
store.ping()
print("ready", flush=True)
sys.stdin.readline()
while True:
    with store.read() as tx:
        if not any(rows.page(tx, rows.JobFilter(status=status), limit=1)[0] for status in ("queued", "running")):
            break
    try:
        with store.write() as tx:
            found = claims.claim(tx, "count", new_id(), now(), 60.0, most=4)
    except Conflict:
        continue
    for job in found:
        moment = now()
        print(job.id, job.lane, moment.timestamp(), flush=True)
        with store.write() as tx:
            rows.settle(tx, job, after(job, Succeeded(), moment), again_at=moment)
"""


def test_each_job_goes_to_one_process_and_of_a_lane_one_at_a_time(store: Store) -> None:
    moment = clock.now()
    with store.write() as tx:
        made = [
            rows.add(tx, Job(new_id(), "count", str(at), moment, moment, lane=f"lane {at % LANES}" if at % 2 else None))
            for at in range(JOBS)
        ]
    url = store.engine.url.render_as_string(hide_password=False)
    started = [
        subprocess.Popen([sys.executable, "-c", WORK, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    told = [line.split(" ") for out in _ended(started) for line in out.splitlines()]

    done = [id_ for id_, *_ in told]
    assert sorted(done) == sorted(job.id for job in made)
    for lane in {job.lane for job in made} - {None}:
        began = sorted((float(at), id_) for id_, *words, at in told if " ".join(words) == lane)
        assert [id_ for _, id_ in began] == sorted(id_ for _, id_ in began)


def _ended(started: "list[subprocess.Popen[str]]") -> list[str]:
    """What each has said once all were let go together."""
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0] for process in started]
