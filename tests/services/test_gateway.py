"""Models are asked in order until one answers within the time; every attempt is a call."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.domain.errors import (
    ProviderBadAnswer,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    Unsupported,
)
from app.domain.flow import Params
from app.domain.message import Delta, ModelRequest
from app.services import generate
from app.services.generate import Event, Finished
from app.services.world import World
from tests.services.made import CODE, SMALL, ask, cut, make_step, make_use_case, say
from tests.worlds import calls_of, with_script

CHAIN = (make_step("first"), make_step("second", "Improve {{ outputs.first }}"))


def stream(world: World, **given: object) -> Iterator[Event]:
    """The run as it happens."""
    return generate.events(world, CODE, ask(**given), streamed=True)


@pytest.mark.parametrize("streamed", [True, False])
def test_the_second_model_takes_over_and_both_attempts_are_calls(world: World, streamed: bool) -> None:
    make_use_case(world, steps=(make_step(models=("openai/gpt-4o-mini", SMALL)),))

    *_, done = generate.events(world, CODE, ask(), streamed=streamed)

    assert isinstance(done, Finished)
    assert [(call.attempt, call.reason, call.outcome, call.error) for call in done.calls] == [
        (1, "first", "error", "provider-unconfigured"),
        (2, "fallback after provider-unconfigured", "ok", None),
    ]
    assert {call.run_id for call in calls_of(world)} == {done.run.id}


def test_after_the_first_word_no_other_model_takes_over(world: World) -> None:
    make_use_case(world, steps=(make_step(models=(SMALL, "simulated/large")),))

    with pytest.raises(ProviderBadAnswer):
        list(stream(with_script(world, cut)))

    assert [call.model for call in calls_of(world)] == [SMALL]


def test_a_step_has_its_own_time_limit(world: World) -> None:
    slow = replace(make_step(latency_ms=60_000), timeout_s=0.02)
    make_use_case(world, steps=(slow,))

    with pytest.raises(ProviderTimeout):
        generate.run(world, CODE, ask())

    assert calls_of(world)[0].error == "provider-timeout"


def test_a_run_that_has_used_up_its_time_asks_no_further_model(world: World) -> None:
    make_use_case(world, steps=(make_step(models=(SMALL, "simulated/large")),))
    spent = replace(world, policy=replace(world.policy, run_timeout_s=0.0))
    asked: list[ModelRequest] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request)
        return say("too late")

    with pytest.raises(ProviderTimeout, match="used up"):
        generate.run(with_script(spent, speak), CODE, ask())

    assert asked == []
    assert [call.error for call in calls_of(world)] == ["provider-timeout"] * 2


def test_a_permanent_refusal_is_told_and_booked(world: World) -> None:
    make_use_case(world, steps=(make_step(faults={"refused": 1}),))

    with pytest.raises(ProviderRefused) as refused:
        generate.run(world, CODE, ask())

    (call,) = calls_of(world)
    assert refused.value.permanent
    assert (call.outcome, call.error, call.cost) == ("error", "provider-refused", 0)


@pytest.mark.parametrize("streamed", [True, False])
def test_when_no_model_answers_the_last_error_is_told(world: World, streamed: bool) -> None:
    make_use_case(world, steps=(make_step(models=(SMALL, "simulated/large"), faults={"rate_limited": 1}),))

    with pytest.raises(ProviderRateLimited) as last:
        list(generate.events(world, CODE, ask(), streamed=streamed))

    assert last.value.status == 429
    assert [call.model for call in calls_of(world)] == [SMALL, "simulated/large"]


@pytest.mark.parametrize("streamed", [True, False])
def test_what_a_provider_cannot_do_is_refused_and_no_call_is_made(world: World, streamed: bool) -> None:
    make_use_case(world, steps=(make_step(nonsense=1),))

    with pytest.raises(Unsupported) as refused:
        list(generate.events(world, CODE, ask(), streamed=streamed))

    assert refused.value.field == "options.nonsense"
    assert calls_of(world) == []


def test_the_answer_is_limited_by_the_step_then_the_request_then_the_policy(world: World) -> None:
    own = make_step("own")
    open_one = replace(make_step("open"), params=Params())
    make_use_case(world, steps=(own, open_one))
    asked: list[int | None] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request.max_tokens)
        return say("fine")

    generate.run(with_script(world, speak), CODE, ask(params=Params(max_tokens=7)))
    generate.run(with_script(world, speak), CODE, ask())

    assert asked == [4, 7, 4, 64]


def test_each_model_is_asked_by_its_vendors_own_name(world: World) -> None:
    make_use_case(world)
    asked: list[str] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request.model)
        return say("fine")

    generate.run(with_script(world, speak), CODE, ask())

    assert asked == ["small"]
