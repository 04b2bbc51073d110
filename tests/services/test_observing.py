"""The allocator sees rewards on the experiment's own scale, by epoch and flow."""

import pytest

from app.services import advancing, feedback, picks
from app.services.feedback import Given
from app.services.world import World
from tests.services.made import CODE, make_use_case, start
from tests.worlds import Clock


@pytest.mark.parametrize(("scale", "cells"), [("rating", (0, 0, 0, 1, 0)), ("binary", (0, 1)), ("decimal", ())])
def test_a_reward_counts_in_the_cells_of_its_scale(world: World, scale: str, cells: tuple[int, ...]) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})
    experiment = start(world, scale=scale)
    picks.pick(world, CODE, correlation_id="c1")

    feedback.give(world, Given("rating", 4, use_case=CODE, correlation_id="c1"))

    step = advancing.look(world, experiment.use_case_id)
    assert step is not None
    seen, unseen = step.totals()
    assert (seen.sessions, seen.n, seen.total, seen.cells) == (1, 1, 750_000, cells)
    assert (unseen.sessions, unseen.n) == (0, 0)


def test_the_tick_counts_from_the_start_and_never_runs_backwards(world: World, clock: Clock) -> None:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    experiment = start(world, tick_s=30.0)
    clock.forward(seconds=95)
    later = advancing.look(world, experiment.use_case_id)
    clock.forward(seconds=-500)
    earlier = advancing.look(world, experiment.use_case_id)

    assert later is not None
    assert earlier is not None
    assert (later.seen.tick, earlier.seen.tick) == (3, 0)
