"""A run of several steps is seen while it goes on, and what it came to is written once, whatever happens."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from unittest.mock import patch

import pytest

from app.db.facts import Fact, RunBegun, RunDone, StepBegun, StepEnded, decode, encode
from app.domain.errors import ProviderUnavailable, StoreUnavailable
from app.services import generate, runs
from app.services.world import World
from tests.services.made import CODE, ask, make_step, make_use_case
from tests.services.walking.walked import Models, away, echo, make_flow, row, states, step, walk
from tests.waiting import until
from tests.worlds import calls_of, with_script


def test_a_run_is_seen_while_it_goes_on_with_what_answered(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    asked, go_on = threading.Event(), threading.Event()

    def says(said: str) -> str:
        if said == "b?":
            asked.set()
            assert go_on.wait(60)
        return echo(said)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(walk, world, says)
        assert asked.wait(60)
        until(lambda: bool(runs.page(world, runs.RunFilter(status="running"), cursor=None, limit=9)[0]))
        (run,) = runs.page(world, runs.RunFilter(status="running"), cursor=None, limit=9)[0]
        until(lambda: states(world, run.id) == {"a": "answered", "b": "running"})
        seen = runs.get(world, run.id)
        go_on.set()
        done, _ = running.result(timeout=60)

    assert (seen.run.outputs, seen.run.ended_at, [call.step for call in seen.calls]) == ({"a": "[a?]"}, None, ["a"])
    assert seen.run.cost == seen.calls[0].cost
    assert done.run.id == run.id
    assert runs.get(world, run.id).run == done.run
    assert row(world, run.id, "a").output == "[a?]"


def test_a_run_of_one_step_writes_nothing_before_it_is_over(world: World) -> None:
    make_use_case(world, steps=(make_step(),))

    with patch.object(world.journal, "post", side_effect=world.journal.post) as posted:
        done = generate.run(world, CODE, ask())

    kinds = [type(fact).__name__ for call in posted.call_args_list for fact in call.args[0]]
    assert kinds == ["Pin", "RunDone", "CallDone"]
    (only,) = runs.get(world, done.run.id).steps
    assert (only.step, only.state, only.output) == ("answer", "answered", done.reply.text)


def test_without_keeping_texts_steps_keep_none(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    silent = replace(world, policy=replace(world.policy, keep_texts=False))

    done, _ = walk(silent, echo)

    read = runs.get(world, done.run.id)
    assert [(each.state, each.output) for each in read.steps] == [("answered", None)] * 2
    assert (read.run.inputs, read.run.outputs, read.run.asked) == ({}, {}, None)


def test_each_call_is_charged_and_counted_once(world: World) -> None:
    make_flow(world, step("a"), step("b"), step("c"))

    done, _ = walk(world, echo)

    assert [call.id for call in calls_of(world)] == [call.id for call in done.calls]
    assert done.run.cost == sum(call.cost or 0 for call in calls_of(world))


def test_a_caller_who_leaves_in_the_middle_leaves_a_cancelled_run(world: World) -> None:
    make_flow(world, step("a"), step("b"))

    with closing(generate.events(with_script(world, Models(echo)), CODE, ask(), streamed=True)) as told:
        for event in told:
            if getattr(event, "delta", None) is not None:
                break

    until(lambda: bool(runs.page(world, runs.RunFilter(status="cancelled"), cursor=None, limit=9)[0]))
    (run,) = runs.page(world, runs.RunFilter(status="cancelled"), cursor=None, limit=9)[0]
    assert (run.error, run.failed_step, states(world, run.id)) == (
        "client-left", "b", {"a": "answered", "b": "failed"},
    )  # fmt: skip
    assert [call.outcome for call in calls_of(world)] == ["ok", "cancelled"]


def test_facts_of_a_run_survive_the_spool_in_any_order(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    sent: list[list[Fact]] = []
    real = world.journal.post

    def post(facts: list[Fact]) -> object:
        sent.append(list(facts))
        return real(facts)

    with patch.object(world.journal, "post", side_effect=post):
        done, _ = walk(world, echo)
    again = decode(encode(sent))
    told = {type(fact) for facts in again for fact in facts}

    for facts in (*again, *reversed(again)):
        world.journal.write(facts, timeout_s=30)

    assert {RunBegun, StepBegun, StepEnded, RunDone} <= told
    read = runs.get(world, done.run.id)
    assert (read.run, len(read.calls), states(world, done.run.id)) == (done.run, 2, {"a": "answered", "b": "answered"})


def test_a_run_whose_facts_found_no_room_is_whole_once_it_is_over(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    write = world.journal.post

    def post(facts: list[Fact]) -> object:
        if any(isinstance(fact, RunDone) for fact in facts) or not any(
            isinstance(fact, RunBegun | StepBegun | StepEnded) for fact in facts
        ):
            return write(facts)
        raise StoreUnavailable("too many facts wait to be written")

    with patch.object(world.journal, "post", side_effect=post):
        done, _ = walk(world, echo)

    assert runs.get(world, done.run.id).run == done.run
    assert states(world, done.run.id) == {"a": "answered", "b": "answered"}
    assert [call.step for call in calls_of(world)] == ["a", "b"]


def test_a_failed_run_keeps_what_it_needs_to_be_resumed(world: World) -> None:
    make_flow(world, step("a"), step("b"))

    with pytest.raises(ProviderUnavailable):
        walk(world, lambda said: away() if said == "b?" else echo(said), ask(tags={"team": "x"}))

    (run,) = runs.page(world, runs.RunFilter(status="failed"), cursor=None, limit=9)[0]
    assert run.asked is not None
    assert (run.asked["tags"], run.outputs, run.failed_step) == ({"team": "x"}, {"a": "[a?]"}, "b")
