"""The beat forgets jobs that ended long ago, and calls back what a clock that was set back has put off."""

from app.db import jobs as rows
from app.services.jobs import steering, upkeep
from app.services.jobs.submitting import submit
from app.services.world import World
from tests.worlds import Clock


def test_what_ended_before_the_retention_is_forgotten(world: World, clock: Clock) -> None:
    with world.store.write() as tx:
        old, alive = submit(tx, world, "count", about="old"), submit(tx, world, "count", about="alive")
        rows.cancel(tx, old.id, world.now())
    clock.forward(seconds=world.policy.job_retention.total_seconds() + 1)

    said = list(upkeep.keep_up(world))
    again = list(upkeep.keep_up(world))

    assert (said, again) == (["forgot 1 jobs that had ended"], [])
    assert [job.id for job in steering.page(world, steering.JobFilter())[0]] == [alive.id]


def test_what_a_clock_ahead_has_put_off_is_due_once_it_is_right(world: World, clock: Clock) -> None:
    clock.forward(hours=5)
    with world.store.write() as tx:
        job = submit(tx, world, "count", about="x")
    clock.forward(hours=-5)

    said = list(upkeep.keep_up(world))

    assert said == ["1 jobs are due sooner, since the clock was set back"]
    assert steering.get(world, job.id).due_at == world.now()
