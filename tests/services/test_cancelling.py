"""A run of several steps is cancelled from any process: what is under way is hung up, booked, and can go on later."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.domain.call import Run
from app.domain.errors import Conflict, NotFound
from app.domain.run_errors import RunCancelled
from app.services import cancelling, generate, resuming, runs
from app.services.caller import Caller
from app.services.generate import Finished
from app.services.walking.underway import Underway
from app.services.world import World
from tests.services.made import CODE, ask
from tests.services.walking.walked import Models, echo, make_flow, states, step, walk
from tests.waiting import until
from tests.worlds import calls_of, with_script

FOREVER: dict[str, object] = {"latency_ms": 60_000}


def running(world: World) -> list[Run]:
    """Runs under way."""
    return runs.page(world, runs.RunFilter(status="running"), cursor=None, limit=9)[0]


@contextmanager
def under_way(world: World) -> Iterator[tuple[Run, "Future[Finished]"]]:
    """A run whose last two steps are being asked, side by side and for ever."""
    make_flow(
        world, step("a"), step("b", after=("a",), options=FOREVER), step("c", "c?", after=("a",), options=FOREVER)
    )
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(generate.run, world, CODE, ask())
        until(lambda: bool(running(world)))
        (run,) = running(world)
        until(lambda: states(world, run.id) == {"a": "answered", "b": "running", "c": "running"})
        yield run, answer


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_run_is_hung_up_booked_and_told_as_cancelled(world: World, where: str) -> None:
    other = world if where == "here" else replace(world, underway=Underway())
    with under_way(world) as (run, answer):
        cancelling.cancel(other, run.id)

        told = answer.exception(timeout=60)
        read = runs.get(world, run.id)  # at once: what is told has been written

    assert isinstance(told, RunCancelled)
    assert told.run_id == run.id
    assert (read.run.status, read.run.error, set(read.run.outputs)) == ("cancelled", "run-cancelled", {"a"})
    assert states(world, run.id) == {"a": "answered", "b": "failed", "c": "failed"}
    assert {call.step: call.outcome for call in read.calls} == {"a": "ok", "b": "cancelled", "c": "cancelled"}
    assert read.run.cost == sum(call.cost or 0 for call in read.calls)


def test_a_cancelled_run_can_go_on(world: World) -> None:
    with under_way(world) as (run, answer):
        cancelling.cancel(world, run.id)
        assert answer.exception(timeout=60) is not None
    until(lambda: runs.get(world, run.id).run.status == "cancelled")
    models = Models(echo)

    done = resuming.run(with_script(world, models), run.id, Caller())

    assert (sorted(models.asked), done.run.status) == (["b?", "c?"], "succeeded")


def test_cancelling_twice_is_cancelling_once(world: World) -> None:
    other = replace(world, underway=Underway())
    with under_way(world) as (run, answer):
        cancelling.cancel(other, run.id)
        cancelling.cancel(other, run.id)
        assert isinstance(answer.exception(timeout=60), RunCancelled)


def test_a_run_that_is_over_cannot_be_cancelled(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    done, _ = walk(world, echo)

    with pytest.raises(Conflict) as refused:
        cancelling.cancel(world, done.run.id)

    assert refused.value.code == "run-over"


def test_an_unknown_run_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        cancelling.cancel(world, world.new_id())


def test_nothing_is_remembered_of_runs_that_are_over(world: World) -> None:
    with under_way(world) as (run, answer):
        cancelling.cancel(world, run.id)
        assert answer.exception(timeout=60) is not None

    assert not world.underway.was_cancelled(run.id)
    assert not world.underway.cancel(run.id)
    assert calls_of(world, run_id=run.id)
