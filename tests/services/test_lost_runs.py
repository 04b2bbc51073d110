"""A run whose process died is found by the beat once nobody can be at it any more: failed, with what answered kept."""

from dataclasses import replace
from unittest.mock import patch

from app.db import events as event_rows
from app.db.facts import CallDone, Fact, RunDone, StepEnded
from app.services import lost_runs, resuming, runs
from app.services.caller import Caller
from app.services.world import World
from tests.services.walking.walked import Models, echo, make_flow, states, step, walk
from tests.worlds import Clock, calls_of, with_script


def dies(world: World) -> tuple[str, list[Fact]]:
    """The id of a run of which nothing was heard after its second step began, and the facts that were never told."""
    make_flow(world, step("a"), step("b"))
    unheard: list[Fact] = []
    post, write = world.journal.post, world.journal.write

    def posted(facts: list[Fact]) -> object:
        if any(_late(fact) for fact in facts):
            unheard.extend(facts)
            return post([])
        return post(facts)

    def written(facts: list[Fact], timeout_s: float) -> object:
        if any(isinstance(fact, RunDone) for fact in facts):
            unheard.extend(facts)
            return []
        return write(facts, timeout_s=timeout_s)

    with (
        patch.object(world.journal, "post", side_effect=posted),
        patch.object(world.journal, "write", side_effect=written),
    ):
        done, _ = walk(world, echo)
    world.journal.write([], timeout_s=30)  # what was told is in the store
    return done.run.id, unheard


def _late(fact: Fact) -> bool:
    """Whether it tells what came of the second step."""
    if isinstance(fact, StepEnded):
        return fact.step.step == "b"
    return isinstance(fact, CallDone) and fact.call.step == "b"


def test_a_lost_run_has_failed_and_keeps_what_answered(world: World, clock: Clock) -> None:
    run_id, _ = dies(world)
    assert list(lost_runs.find(world)) == []
    clock.forward(seconds=2 * world.policy.run_timeout_s + 1)

    told = list(lost_runs.find(world))

    read = runs.get(world, run_id)
    assert told == ["found 1 runs whose process was lost"]
    assert (read.run.status, read.run.error, read.run.failed_step) == ("failed", "process-lost", "b")
    assert (read.run.outputs, states(world, run_id)) == ({"a": "[a?]"}, {"a": "answered", "b": "failed"})
    assert read.run.cost == sum(call.cost or 0 for call in calls_of(world)) > 0
    with world.store.read() as tx:
        events = event_rows.newest(tx, run_id, limit=9)
    assert [event.kind for event in events] == ["run.failed"]
    assert list(lost_runs.find(world)) == []


def test_a_lost_run_goes_on(world: World, clock: Clock) -> None:
    run_id, _ = dies(world)
    clock.forward(seconds=2 * world.policy.run_timeout_s + 1)
    list(lost_runs.find(world))
    models = Models(echo)

    done = resuming.run(with_script(world, models), run_id, Caller())

    assert (models.asked, done.run.outputs) == (["b?"], {"a": "[a?]", "b": "[b?]"})


def test_an_end_that_was_spooled_is_what_happened(world: World, clock: Clock) -> None:
    run_id, unheard = dies(world)
    clock.forward(seconds=2 * world.policy.run_timeout_s + 1)
    list(lost_runs.find(world))

    world.journal.write(unheard, timeout_s=30)

    read = runs.get(world, run_id)
    assert (read.run.status, read.run.error) == ("succeeded", None)
    assert states(world, run_id) == {"a": "answered", "b": "answered"}
    assert [call.step for call in read.calls] == ["a", "b"]


def test_a_run_of_this_moment_is_left_alone(world: World) -> None:
    run_id, _ = dies(world)
    patient = replace(world, policy=replace(world.policy, run_timeout_s=3600.0))

    assert list(lost_runs.find(patient)) == []
    assert runs.get(world, run_id).run.status == "running"
