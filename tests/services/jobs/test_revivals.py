"""A dead job that is replayed takes what it works on along: nothing is asked twice, and its budget counts on."""

from dataclasses import replace

from app.services.batches import batches
from app.services.batches import progress as batch_progress
from app.services.comparing import comparisons
from app.services.jobs import performing, steering
from app.services.world import World
from tests.services.batches import batched
from tests.services.comparing.compared import DOLLAR, make
from tests.services.jobs.working import claimed, working
from tests.waiting import until


def test_a_batch_goes_on(world: World) -> None:
    made = batched.submit(world, 4, budget=DOLLAR)
    held = claimed(world, "batch")
    performing.buried(world, replace(held.job, attempts=held.job.most_attempts + 1))
    failed = batches.get(world, made.id)

    steering.replay(world, held.job.id)
    with working(world):
        until(lambda: batch_progress.of(world, made.id).batch.over)

    assert (failed.status, failed.error) == ("failed", "worker-lost")
    assert batches.get(world, made.id).status == "succeeded"
    assert [line.error for line in batched.lines_of(world, made)] == [None] * 4


def test_a_comparison_goes_on(world: World) -> None:
    made = make(world, budget=DOLLAR)
    held = claimed(world, "comparison")
    performing.buried(world, replace(held.job, attempts=held.job.most_attempts + 1))
    failed = comparisons.get(world, made.id)

    found = steering.replay_all(world, "comparison")
    with working(world):
        until(lambda: comparisons.get(world, made.id).status == "succeeded")

    assert (failed.status, failed.error) == ("failed", "worker-lost")
    assert (found.replayed, found.left) == (1, 0)
