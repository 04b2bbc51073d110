"""Workers do every job once, in order within a lane, try failures again, hand back, and leave nobody waiting."""

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest

from app.db import events as event_rows
from app.db import job_claims as claims
from app.db import jobs as rows
from app.db.uow import Store
from app.domain.errors import CallerLeft, Conflict, StoreUnavailable
from app.domain.job import LONGEST_WAIT_S, Job
from app.services import clock as real
from app.services.jobs import performing, steering
from app.services.jobs.held import Held, Later
from app.services.jobs.leases import TERM_S
from app.services.jobs.submitting import submit, withdraw
from app.services.jobs.worker import Worker
from app.services.world import World
from tests.services.jobs.working import claimed, kinds, working
from tests.waiting import until
from tests.worlds import Clock


def given(world: World, kind: str = "count", about: str = "x", **more: object) -> Job:
    with world.store.write() as tx:
        return submit(tx, world, kind, about=about, **more)  # type: ignore[arg-type]  # passed on


def read(world: World, job: Job) -> Job:
    return steering.get(world, job.id)


class Counting:
    """A kind that notes which jobs it was given, and what else ran meanwhile."""

    def __init__(self, *, takes_s: float = 0.0) -> None:
        self.seen: Counter[str] = Counter()
        self.order: list[str] = []
        self.crowds: Counter[str | None] = Counter()
        self.most: Counter[str | None] = Counter()
        self._takes_s = takes_s
        self._lock = threading.Lock()

    def __call__(self, held: Held) -> None:
        job = held.job
        with self._lock:
            self.seen[job.id] += 1
            self.order.append(job.id)
            self.crowds[job.lane] += 1
            self.most[job.lane] = max(self.most[job.lane], self.crowds[job.lane])
        time.sleep(self._takes_s)
        with self._lock:
            self.crowds[job.lane] -= 1


class Waiting:
    """A kind whose jobs last until they are told to go, or let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, held: Held) -> None:
        self.begun.set()
        while not self.go.is_set():
            held.departure.pause(0.01)


def test_many_workers_do_every_job_once_and_keep_the_order_of_each_lane(world: World) -> None:
    count = Counting(takes_s=0.002)
    with kinds(count=count):
        lanes = [f"lane {at % 3}" if at % 2 else None for at in range(120)]
        with world.store.write() as tx:
            made = [submit(tx, world, "count", about=str(at), lane=lane) for at, lane in enumerate(lanes)]
        with working(world, places=3, workers=4):
            until(lambda: len(count.order) == len(made))
            until(lambda: steering.page(world, steering.JobFilter(status="running")) == ([], None))

    found = [read(world, job) for job in made]
    assert {job.status for job in found} == {"succeeded"}
    assert set(count.seen.values()) == {1}
    for lane in {job.lane for job in made} - {None}:
        mine = {job.id for job in made if job.lane == lane}
        assert [each for each in count.order if each in mine] == sorted(mine)
        assert count.most[lane] == 1


def test_a_job_that_is_submitted_here_is_begun_without_a_poll(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.jobs.worker.POLL_S", 1_000.0)
    count = Counting()
    with kinds(count=count), working(world):
        job = given(world)
        until(lambda: read(world, job).status == "succeeded")

    assert count.seen == {job.id: 1}


def test_one_that_is_rolled_back_was_never_there(world: World) -> None:
    count = Counting()
    with kinds(count=count), working(world):
        with suppress(Conflict), world.store.write() as tx:
            submit(tx, world, "count", about="gone")
            raise Conflict("no")
        after = given(world, about="there")
        until(lambda: read(world, after).status == "succeeded")

    assert count.seen == {after.id: 1}


def test_a_kind_that_is_many_takes_no_place_from_another(world: World) -> None:
    many, few = Waiting(), Counting()
    with kinds(many=many, few=few):
        for at in range(20):
            given(world, "many", about=str(at))
        with working(world, places=2) as (worker,):
            many.begun.wait(10)
            job = given(world, "few")
            until(lambda: read(world, job).status == "succeeded")
            until(lambda: worker.busy == 2)
            many.go.set()


def test_a_failure_is_tried_again_after_a_wait_and_dead_after_the_last(world: World, clock: Clock) -> None:
    tried: list[int] = []

    def fail(held: Held) -> None:
        tried.append(held.job.attempts)
        raise Conflict("not now", code="comparison-over")

    with kinds(count=fail), working(world):
        job = given(world, most_attempts=3)
        until(lambda: read(world, job).attempts == 1 and read(world, job).status == "queued")
        first = read(world, job)
        for _ in range(2):
            before = read(world, job).attempts
            clock.forward(seconds=LONGEST_WAIT_S)
            until(lambda before=before: read(world, job).attempts > before and read(world, job).status != "running")

    dead = read(world, job)
    assert first.due_at > first.created_at
    assert (tried, dead.status, dead.error) == ([1, 2, 3], "dead", "comparison-over")
    with world.store.read() as tx:
        assert [each.kind for each in event_rows.newest(tx, job.id, limit=9)] == ["job.dead"]


def test_a_defect_is_a_failure_and_the_next_job_is_done(world: World) -> None:
    count = Counting()

    def broken(held: Held) -> None:
        raise ZeroDivisionError

    with kinds(broken=broken, count=count), working(world):
        bad, good = given(world, "broken"), given(world)
        until(lambda: read(world, good).status == "succeeded" and read(world, bad).error is not None)

    assert (read(world, bad).status, read(world, bad).error) == ("queued", "internal-error")


@pytest.mark.parametrize(
    ("raised", "after_s"), [(Later(60), 60), (StoreUnavailable("away"), performing.AWAY_S), (CallerLeft("left"), 0)]
)
def test_what_was_no_try_is_not_counted(world: World, clock: Clock, raised: Exception, after_s: float) -> None:
    once = [raised]

    def handler(held: Held) -> None:
        if once:
            raise once.pop()
        assert held.job.attempts == 1

    with kinds(count=handler), working(world):
        job = given(world)
        until(lambda: not once and read(world, job).status != "running")
        clock.forward(seconds=after_s)
        until(lambda: read(world, job).status == "succeeded")


def test_one_that_is_cancelled_stops_within_about_a_second_and_what_it_did_does_not_count(world: World) -> None:
    wait = Waiting()
    with kinds(count=wait), working(world) as (worker,):
        job = given(world)
        wait.begun.wait(10)
        steering.cancel(world, job.id)
        until(lambda: worker.busy == 0)

    assert read(world, job).status == "cancelled"
    assert not wait.go.is_set()


def test_a_worker_that_closes_hands_back_at_once_and_no_attempt_is_counted(world: World) -> None:
    wait = Waiting()
    with kinds(count=wait):
        with working(world):
            job = given(world)
            wait.begun.wait(10)

        back = read(world, job)
        assert (back.status, back.attempts, back.holder) == ("queued", 0, None)
        wait.go.set()
        with working(world):
            until(lambda: read(world, job).status == "succeeded")


def test_one_whose_worker_died_is_taken_over_and_its_late_word_counts_for_nothing(world: World, clock: Clock) -> None:
    count = Counting()
    with kinds(count=count):
        job = given(world)
        dead = claimed(world, "count")
        clock.forward(seconds=TERM_S + 1)
        with working(world):
            until(lambda: read(world, job).status == "succeeded")

        with world.store.write() as tx:
            assert not dead.holds(tx)
        performing.perform(dead)

    assert dead.departure.left
    assert read(world, job).attempts == 2


def test_one_that_kills_whoever_does_it_is_dead_in_the_end(world: World, clock: Clock) -> None:
    with kinds(count=Counting()):
        job = given(world, most_attempts=2)
        for _ in range(2):
            claimed(world, "count")
            clock.forward(seconds=TERM_S + 1)
        with working(world):
            until(lambda: read(world, job).status == "dead")

    assert (read(world, job).error, read(world, job).attempts) == ("worker-lost", 2)


def test_a_lease_given_by_a_clock_that_was_set_back_is_taken_over_at_once(world: World, clock: Clock) -> None:
    with kinds(count=Counting()):
        job = given(world)
        clock.forward(hours=5)
        claimed(world, "count")
        clock.forward(hours=-5)
        with working(world):
            until(lambda: read(world, job).status == "succeeded")


def test_more_that_comes_while_it_runs_is_seen_to_afterwards(world: World) -> None:
    wait, seen = Waiting(), []

    def handler(held: Held) -> None:
        seen.append(held.job.id)
        wait(held)

    with kinds(count=handler), working(world):
        job = given(world)
        wait.begun.wait(10)
        assert given(world).id == job.id
        wait.go.set()
        until(lambda: len(seen) == 2 and read(world, job).status == "succeeded")


def test_progress_is_told_while_it_runs_and_at_its_end(world: World) -> None:
    wait = Waiting()

    def handler(held: Held) -> None:
        held.progress(1, 10)
        wait(held)
        held.progress(10)

    with kinds(count=handler), working(world):
        job = given(world)
        wait.begun.wait(10)
        assert (read(world, job).done, read(world, job).total) == (1, 10)
        wait.go.set()
        until(lambda: read(world, job).status == "succeeded")

    assert (read(world, job).done, read(world, job).total) == (10, 10)


def test_a_worker_of_some_kinds_leaves_the_others_and_drains(world: World) -> None:
    one, other = Counting(), Counting()
    with kinds(one=one, other=other):
        left = given(world, "other")
        given(world, "one")
        worker = Worker(world, places=1, kinds=("one",))
        worker.start()
        until(worker.drained)
        worker.close()

    assert (one.seen.total(), other.seen.total()) == (1, 0)
    assert read(world, left).status == "queued"


def test_what_waits_is_withdrawn_by_what_it_belongs_to(world: World) -> None:
    job = given(world)

    with world.store.write() as tx:
        ended = withdraw(tx, world, "count", about="x")
        none = withdraw(tx, world, "count", about="x")

    assert ended == replace(job, status="cancelled", ended_at=world.now())
    assert none is None


def test_leases_are_renewed_for_as_long_as_a_job_lasts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.jobs.leases.RENEWED_S", 0.0)
    monkeypatch.setattr("app.services.jobs.leases.LOOK_S", 0.01)
    wait, lively = Waiting(), replace(world, now=real.now)
    with kinds(count=wait), working(lively):
        job = given(lively)
        wait.begun.wait(10)
        first = read(world, job).until
        assert first is not None
        until(lambda: (read(world, job).until or first) > first)
        wait.go.set()
        until(lambda: read(world, job).status == "succeeded")


def test_whoever_cannot_renew_stops_before_another_may_begin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.jobs.leases.RENEWED_S", 0.0)
    monkeypatch.setattr("app.services.jobs.leases.LOOK_S", 0.01)
    wait = Waiting()
    with kinds(count=wait), working(world) as (worker,):
        job = given(world)
        wait.begun.wait(10)
        with monkeypatch.context() as away:
            away.setattr(claims, "renew", _away)
            away.setattr("app.services.jobs.leases.TERM_S", 5.1)
            until(lambda: not worker.busy or read(world, job).status == "queued")
        wait.go.set()
        until(lambda: read(world, job).status == "succeeded")


def _away(*given: object) -> set[claims.Claim]:
    raise StoreUnavailable("away")


def test_a_worker_waits_while_the_store_is_away_and_goes_on(store: Store, world: World) -> None:
    count = Counting()
    with kinds(count=count):
        with store.write() as tx:
            job = rows.add(tx, Job(world.new_id(), "count", "x", world.now(), world.now()))
        real_waiting, away = claims.waiting, [StoreUnavailable("away")]

        def waiting(*given: object, **more: object) -> list[str]:
            if away:
                raise away.pop()
            return real_waiting(*given, **more)  # type: ignore[arg-type]  # passed on

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(claims, "waiting", waiting)
            patched.setattr("app.services.jobs.worker.AWAY_S", 0.01)
            with working(world):
                until(lambda: read(world, job).status == "succeeded")

    assert count.seen == {job.id: 1}
