"""A run walks its flow's steps, leaves only what is durable, and never passes a broken answer off as a whole one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.db.uow import Store
from app.domain.errors import (
    NotFound,
    StepNotConfigured,
)
from app.domain.message import Delta, ModelRequest
from app.services import calls, flows, generate, runs, tasks, use_cases
from app.services.attempts import Piece
from app.services.caller import Caller
from app.services.calls import CallFilter
from app.services.flows import FlowEdit
from app.services.generate import Event, Finished, Started
from app.services.use_cases import UseCaseEdit
from app.services.walking.moved import StepMoved
from app.services.world import World
from tests.services.made import CODE, SMALL, ask, make_step, make_use_case, say
from tests.worlds import Clock, calls_of, with_script

CHAIN = (make_step("first"), make_step("second", "Improve {{ outputs.first }}"))


def stored(world: World) -> int:
    """How many calls the store holds."""
    return len(calls.page(world, CallFilter(), cursor=None, limit=100)[0])


def stream(world: World, **given: object) -> Iterator[Event]:
    """The run as it happens."""
    return generate.events(world, CODE, ask(**given), streamed=True)


def test_a_run_answers_with_its_flow_call_tokens_and_cost(world: World) -> None:
    make_use_case(world)

    done = generate.run(world, CODE, ask(caller=Caller(key_id="k1"), tags={"team": "x"}))

    (call,) = calls_of(world)
    assert done.calls == (call,)
    assert (call.model, call.outcome, call.attempt, call.reason) == (SMALL, "ok", 1, "first")
    assert (call.session_id, call.run_id, call.key_id) == (done.session.id, done.run.id, "k1")
    assert (call.step, call.unit, call.tags) == ("answer", "c1", {"team": "x"})
    assert call.cost is not None
    assert done.run.cost == call.cost > 0
    assert done.usage == call.usage
    assert runs.get(world, done.run.id).run == done.run
    assert (done.run.status, done.run.outputs, done.run.inputs) == (
        "succeeded",
        {"answer": done.reply.text},
        {"text": "hello"},
    )


def test_texts_are_kept_capped_and_without_nul(world: World) -> None:
    make_use_case(world)
    world = replace(world, policy=replace(world.policy, text_max_chars=12))

    done = generate.run(with_script(world, lambda _: say("a\x00b", "c" * 20)), CODE, ask(text="x\x00y"))

    text = calls.get(world, done.calls[0].id).text
    assert text is not None
    assert (text.prompt, text.reply) == ("user: Say x", "ab" + "c" * 9)
    assert done.reply.text == "a\x00b" + "c" * 20
    assert runs.get(world, done.run.id).run.outputs == {"answer": done.reply.text}


def test_without_keeping_texts_neither_prompts_nor_answers_are_stored(world: World) -> None:
    make_use_case(world)
    world = replace(world, policy=replace(world.policy, keep_texts=False))

    done = generate.run(world, CODE, ask(text="private"))

    assert calls.get(world, done.calls[0].id).text is None
    assert (done.run.inputs, done.run.outputs) == ({}, {})


def test_the_answer_leaves_only_after_its_call_is_in_the_store(world: World) -> None:
    make_use_case(world)
    seen = [(type(event), stored(world)) for event in stream(world)]

    assert seen[0] == (Started, 0)
    assert {count for kind, count in seen if kind is Piece} == {0}
    assert seen[-1] == (Finished, 1)


def test_the_vendors_end_is_held_back_until_the_journal_has_the_call(world: World) -> None:
    make_use_case(world)

    *_, last = events = list(stream(world))

    assert isinstance(last, Finished)
    assert last.reply.finish_reason in ("stop", "length")
    assert all(event.delta.finish_reason is None for event in events if isinstance(event, Piece))


def test_streamed_and_whole_answers_are_the_same(world: World) -> None:
    make_use_case(world)

    *_, last = events = list(stream(world))
    whole = generate.run(world, CODE, ask())

    assert isinstance(last, Finished)
    assert last.reply.text == whole.reply.text
    assert "".join(event.delta.text for event in events if isinstance(event, Piece)) == whole.reply.text
    assert last.calls[0].ttft_ms is not None


def test_steps_run_in_order_and_hand_their_outputs_on(world: World) -> None:
    make_use_case(world, steps=CHAIN)

    events = list(stream(world))

    last = events[-1]
    assert isinstance(last, Finished)
    first, second = calls_of(world)
    done = next(event for event in events if isinstance(event, StepMoved) and event.state == "answered")
    text = calls.get(world, second.id).text
    assert text is not None
    assert (first.step, second.step, done.step) == ("first", "second", "first")
    assert text.prompt == f"user: Improve {done.text}"
    assert last.run.outputs == {"first": done.text, "second": last.reply.text}
    assert last.run.cost == sum(call.cost or 0 for call in last.calls)


def test_one_step_can_be_asked_for_alone(world: World) -> None:
    make_use_case(world, steps=(make_step("first"), make_step("second")))

    done = generate.run(world, CODE, ask(step="second"))

    assert (done.run.step, [call.step for call in done.calls]) == ("second", ["second"])


def test_a_step_that_the_pinned_version_lacks_is_a_conflict(world: World) -> None:
    make_use_case(world)
    generate.run(world, CODE, ask())
    use_cases.change(world, CODE, UseCaseEdit(active=False))
    flows.change(world, CODE, "a", FlowEdit(active=False), actor="test")
    flows.delete(world, CODE, "a")
    use_cases.delete(world, CODE)
    make_use_case(world, steps=(make_step("first"), make_step("second")))
    done = generate.run(world, CODE, ask(step="second"))

    with pytest.raises(NotFound, match="step 'third'"):
        generate.run(world, CODE, ask(step="third"))
    with pytest.raises(StepNotConfigured):
        done.flow.step("third")


def test_steps_of_the_pinned_version_are_used_after_the_flow_is_edited(world: World) -> None:
    make_use_case(world)
    generate.run(world, CODE, ask("old"))
    flows.change(world, CODE, "a", FlowEdit(steps=(make_step(prompt="Shout {{ text }}"),)), actor="test")

    generate.run(world, CODE, ask("old"))
    generate.run(world, CODE, ask("new"))

    prompts = [calls.get(world, call.id).text for call in calls_of(world)]
    assert [text.prompt for text in prompts if text is not None] == [
        "user: Say hello",
        "user: Say hello",
        "user: Shout hello",
    ]
    assert [call.flow_version for call in calls_of(world)] == [1, 1, 2]


@pytest.mark.parametrize("streamed", [True, False])
def test_no_transaction_is_open_while_a_model_speaks(world: World, store_url: str, streamed: bool) -> None:
    make_use_case(world)
    other = Store(store_url, busy_timeout_ms=500)

    def speak(request: ModelRequest) -> Iterator[Delta]:
        yield Delta(text="I say")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write).result(timeout=60)
        yield from say(" so")

    def write() -> None:
        with other.write() as tx:
            other.bump(tx)

    before = other.revision()
    events = list(generate.events(with_script(world, speak), CODE, ask(), streamed=streamed))

    assert isinstance(events[-1], Finished)
    assert other.revision() == before + 1
    other.close()


def test_a_task_names_its_model_at_run_time(world: World) -> None:
    step = make_step()
    make_use_case(world, steps=(replace(step, choice=replace(step.choice, models=(), task="chat")),))
    tasks.assign(world, "chat", "simulated/large")
    generate.run(world, CODE, ask())
    tasks.assign(world, "chat", SMALL)
    generate.run(world, CODE, ask())

    assert [(call.model, call.task, call.reason) for call in calls_of(world)] == [
        ("simulated/large", "chat", "task chat"),
        (SMALL, "chat", "task chat"),
    ]


def test_with_the_store_gone_runs_are_acknowledged_from_the_spool(world: World, clock: Clock) -> None:
    make_use_case(world)
    world.store.close()

    done = generate.run(world, CODE, ask())

    assert done.run.status == "succeeded"
    assert world.journal.figures().spooled == 3  # the session, the run and the call
