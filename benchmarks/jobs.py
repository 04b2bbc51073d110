"""Jobs that several processes claim a second, one at a time and twenty at a time, and none of them twice.

Beside it, in the same minute and with as many processes: bare commits, each of which changes one row that nobody else
wants. Then whole jobs a second, from the claim to the end, whose handler does nothing; and what a claim takes while
20 000 others of a lane stand before it. Goal: 1 000 claims a second, no duplicate.

PYTHONPATH=. python benchmarks/jobs.py [--jobs 6000] [--processes 3]; PostgreSQL too when TEST_DATABASE_URL is set.
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import update

from app.db import job_claims as claims
from app.db import jobs as rows
from app.db.tables import jobs
from app.db.uow import Store
from app.domain.errors import ModelMatchError
from app.domain.job import Job, Succeeded, after
from app.services.clock import now
from app.services.ids import new_id
from tests.stores import KINDS, LEFT_OUT, make_store

GOAL = 1_000
TTL_S = 3_600.0
AT_ONCE = 20
BARE_S = 3.0
LANE = 20_000
FILL = 2_000


@dataclass(frozen=True, slots=True)
class Did:
    """What one process did between two moments of the machine's clock."""

    ids: tuple[str, ...]
    began: float
    ended: float


Work = Callable[[Store, int], Sequence[str]]


def fill(store: Store, many: int, *, kind: str = "bench", lane: str | None = None) -> None:
    """So many jobs that are due."""
    for at in range(0, many, FILL):
        with store.write() as tx:
            for number in range(at, min(at + FILL, many)):
                rows.add(tx, Job(new_id(), kind, f"{kind} {number}", now(), now(), lane=lane, sole=False))


def claiming(store: Store, most: int) -> list[str]:
    """The ids that this process could claim, until there was nothing left."""
    mine: list[str] = []
    while True:
        with store.write() as tx:
            found = claims.claim(tx, "bench", new_id(), now(), TTL_S, most=most)
        if not found:
            return mine
        mine += [job.id for job in found]


def performing(store: Store, most: int) -> list[str]:
    """Claimed, and ended one by one, each in a commit of its own as workers do."""
    mine: list[str] = []
    while True:
        with store.write() as tx:
            found = claims.claim(tx, "bench", new_id(), now(), TTL_S, most=most)
        if not found:
            return mine
        for job in found:
            moment = now()
            with store.write() as tx:
                rows.settle(tx, job, after(job, Succeeded(), moment), again_at=moment)
            mine.append(job.id)


def committing(store: Store, most: int) -> list[str]:
    """Bare commits that change one row of this process's own, for a few seconds; the baseline."""
    own = Job(new_id(), "own", new_id(), now(), now())
    with store.write() as tx:
        rows.add(tx, own)
    until, done = time.monotonic() + BARE_S, 0
    while time.monotonic() < until:
        with store.write() as tx:
            tx.execute(update(jobs).where(jobs.c.id == own.id).values(done=done))
        done += 1
    return [own.id] * done


def one(url: str, work: Work, most: int, together: Barrier, told: "multiprocessing.Queue[Did]") -> None:
    """A process of its own."""
    store = Store(url, busy_timeout_ms=20_000)
    store.ping()
    together.wait()
    began = time.time()
    ids = work(store, most)
    told.put(Did(tuple(ids), began, time.time()))
    store.close()


def several(url: str, work: Work, most: int, processes: int) -> tuple[list[str], float]:
    """All that so many processes did at once, and how many of it a second."""
    context = multiprocessing.get_context("spawn")
    together, told = context.Barrier(processes), context.Queue()
    started = [context.Process(target=one, args=(url, work, most, together, told)) for _ in range(processes)]
    for process in started:
        process.start()
    found: list[Did] = [told.get(timeout=300) for _ in started]
    for process in started:
        process.join()
    ids = [each for did in found for each in did.ids]
    return ids, len(ids) / (max(did.ended for did in found) - min(did.began for did in found))


def behind_a_lane(store: Store) -> float:
    """Milliseconds of a claim, the median of 100, once claims have seen the lane that stands before it."""
    fill(store, LANE, kind="lane", lane="one")
    for number in range(300):
        with store.write() as tx:
            rows.add(tx, Job(new_id(), "lane", f"free {number}", now(), now(), sole=False))
    took = []
    for _ in range(300):
        began = time.perf_counter()
        with store.write() as tx:
            claims.claim(tx, "lane", new_id(), now(), TTL_S)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[200:])


def measure(store: Store, url: str, *, many: int, processes: int) -> bool:
    """Prints a line for each way; whether the goal is reached."""
    _, bare = several(url, committing, 1, processes)
    print(f"  bare commits                  {bare:7.0f}/s  (baseline)")
    best = 0.0
    for name, work, most in (
        ("claims, one at a time", claiming, 1),
        (f"claims, {AT_ONCE} at a time", claiming, AT_ONCE),
        ("whole jobs, claimed by 8", performing, 8),
    ):
        fill(store, many)
        ids, speed = several(url, work, most, processes)
        doubled, lost = len(ids) - len(set(ids)), many - len(set(ids))
        print(f"  {name:<28}  {speed:7.0f}/s  {doubled} doubled, {lost} lost, x{speed / bare:.1f} of bare commits")
        if doubled or lost:
            return False
        best = max(best, speed) if work is claiming else best
    print(f"  a claim beside {LANE} of a lane  {behind_a_lane(store):5.1f} ms")
    return best >= GOAL


def main() -> None:
    """Prints every store there is; ends with 1 when the goal is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=6_000)
    options.add_argument("--processes", type=int, default=3)
    given = options.parse_args()
    reached = True
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder, make_store(kind, Path(folder), busy_timeout_ms=20_000) as store:
            print(f"{kind}, {given.processes} processes, {given.jobs} jobs")
            url = store.engine.url.render_as_string(hide_password=False)
            try:
                reached = measure(store, url, many=given.jobs, processes=given.processes) and reached
            except ModelMatchError as error:
                sys.exit(f"the store gave up: {error.message}")
    if len(KINDS) == 1:
        print(LEFT_OUT)
    print(f"goal: {GOAL} claims a second, none doubled, none lost: {'reached' if reached else 'MISSED'}")
    if not reached:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
