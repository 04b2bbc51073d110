"""A run that fails, is cut or is left keeps what it came to, and says so; nothing broken passes as whole."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.domain.errors import (
    NotFound,
    PromptInvalid,
    ProviderBadAnswer,
    ProviderUnavailable,
    StoreUnavailable,
    Unpriced,
    UseCaseInactive,
)
from app.domain.message import Delta, ModelRequest
from app.services import flows, generate, runs, use_cases
from app.services.attempts import Piece
from app.services.flows import FlowEdit
from app.services.generate import Event, Finished, Started
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, UNPRICED, ask, cut, make_step, make_use_case
from tests.worlds import calls_of, with_script

CHAIN = (make_step("first"), make_step("second", "Improve {{ outputs.first }}"))


def stream(world: World, **given: object) -> Iterator[Event]:
    """The run as it happens."""
    return generate.events(world, CODE, ask(**given), streamed=True)


def test_when_the_call_cannot_be_stored_there_is_no_answer(world: World) -> None:
    make_use_case(world)
    walk = stream(world)
    next(walk)
    world.journal.close()

    with pytest.raises(StoreUnavailable):
        list(walk)


@pytest.mark.parametrize("streamed", [True, False])
def test_an_unknown_price_is_null_and_never_zero(world: World, streamed: bool) -> None:
    make_use_case(world, steps=(make_step("first"), make_step("second", models=(UNPRICED,))))

    *_, done = generate.events(world, CODE, ask(), streamed=streamed)

    assert isinstance(done, Finished)
    assert [call.cost_status for call in calls_of(world)] == ["priced", "unpriced"]
    assert calls_of(world)[1].cost is None
    assert runs.get(world, done.run.id).run.cost is None


@pytest.mark.parametrize("streamed", [True, False])
def test_a_model_without_a_price_is_refused_by_policy(world: World, streamed: bool) -> None:
    make_use_case(world, steps=(make_step(models=(UNPRICED,)),))
    world = replace(world, policy=replace(world.policy, unpriced="block"))

    with pytest.raises(Unpriced):
        list(generate.events(world, CODE, ask(), streamed=streamed))

    assert calls_of(world) == []


@pytest.mark.parametrize("streamed", [True, False])
def test_a_cut_answer_is_an_error_and_the_run_has_failed(world: World, streamed: bool) -> None:
    make_use_case(world)
    seen: list[Event] = []

    with pytest.raises(ProviderBadAnswer):
        seen.extend(generate.events(_cutting(world, streamed=streamed), CODE, ask(), streamed=streamed))

    (call,) = calls_of(world)
    run = runs.get(world, str(call.run_id)).run
    assert not any(isinstance(event, Finished) for event in seen)
    assert (call.outcome, call.error, call.finish_reason) == ("error", "provider-bad-answer", None)
    assert (run.status, run.error, run.failed_step) == ("failed", "provider-bad-answer", "answer")


def _cutting(world: World, *, streamed: bool) -> World:
    if streamed:
        return with_script(world, cut)
    edited = FlowEdit(steps=(make_step(faults={"cut_stream": 1}),))
    flows.change(world, CODE, "a", edited, actor="test")
    return world


def test_what_a_cut_answer_has_cost_is_estimated(world: World) -> None:
    make_use_case(world)

    with pytest.raises(ProviderBadAnswer):
        list(stream(with_script(world, cut)))

    (call,) = calls_of(world)
    assert call.usage.estimated
    assert call.usage.output_tokens > 0
    assert call.cost


def test_a_failed_run_keeps_the_outputs_of_the_steps_before(world: World) -> None:
    make_use_case(world, steps=(make_step("first"), make_step("second", faults={"unavailable": 1})))

    with pytest.raises(ProviderUnavailable):
        generate.run(world, CODE, ask())

    first, second = calls_of(world)
    run = runs.get(world, str(first.run_id)).run
    assert (run.status, run.failed_step, run.outputs.keys()) == ("failed", "second", {"first"})
    assert (first.outcome, second.outcome, second.cost) == ("ok", "error", 0)


def test_a_later_step_whose_prompt_cannot_be_rendered_fails_the_run(world: World) -> None:
    make_use_case(world, steps=(make_step("first"), make_step("second", "Say {{ third }}")))

    with pytest.raises(PromptInvalid) as refused:
        generate.run(world, CODE, ask())

    (call,) = calls_of(world)
    assert refused.value.field == "steps.second.prompt"
    assert runs.get(world, str(call.run_id)).run.failed_step == "second"


def test_a_client_that_leaves_is_booked_as_cancelled(world: World) -> None:
    make_use_case(world)
    walk = stream(world)
    assert [type(next(walk)) for _ in range(3)] == [Started, Piece, Piece]

    walk.close()
    world.journal.close()

    (call,) = calls_of(world)
    run = runs.get(world, str(call.run_id)).run
    assert (call.outcome, call.error, run.status, run.error) == ("cancelled", "client-left", "cancelled", "client-left")
    assert call.usage.estimated
    assert call.cost


def test_a_client_that_leaves_before_the_first_word_has_a_cancelled_run_without_calls(world: World) -> None:
    make_use_case(world)
    walk = stream(world)
    started = next(walk)

    walk.close()
    world.journal.close()

    assert isinstance(started, Started)
    read = runs.get(world, started.run_id)
    assert (read.run.status, read.run.failed_step, read.run.cost, read.calls) == ("cancelled", None, 0, [])


def test_the_vendor_is_hung_up_on_when_the_client_leaves(world: World) -> None:
    make_use_case(world)
    closed: list[bool] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        try:
            while True:
                yield Delta(text="and on ")
        finally:
            closed.append(True)

    walk = stream(with_script(world, speak))
    next(walk)
    next(walk)
    walk.close()

    assert closed == [True]


def test_an_undefined_variable_pins_no_session(world: World) -> None:
    make_use_case(world)

    with pytest.raises(PromptInvalid) as refused:
        generate.run(world, CODE, ask("c9", inputs={"other": "x"}))

    assert refused.value.field == "steps.answer.prompt"
    with pytest.raises(NotFound):
        runs.sessions(world, "c9")


def test_an_inactive_use_case_writes_nothing(world: World) -> None:
    make_use_case(world)
    use_cases.change(world, CODE, UseCaseEdit(active=False))

    with pytest.raises(UseCaseInactive):
        generate.run(world, CODE, ask())

    assert (calls_of(world), len(world.sessions)) == ([], 0)
