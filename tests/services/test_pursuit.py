"""A route is followed by one rule: who is asked again, who is asked next, and when it is over."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.domain.call import Call
from app.domain.errors import (
    CallerLeft,
    ContentRefused,
    ContextTooLong,
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderResting,
    ProviderTimeout,
    ProviderUnavailable,
    Unsupported,
)
from app.domain.message import Tool
from app.providers.base import Endpoint
from app.services import direct
from app.services.departure import Departure
from app.services.world import World
from tests.services.made import SMALL
from tests.services.pursuing import LARGE, MINI, OPENAI, Script, ask, fault, question, told, world
from tests.waiting import until
from tests.worlds import calls_of, with_endpoints, with_script

__all__ = ["world"]


def patient(world: World, **policy: float) -> World:
    """The same world with another policy."""
    return replace(world, policy=replace(world.policy, **policy))  # type: ignore[arg-type]  # fields of Policy by name


@pytest.mark.parametrize("kind", [ProviderUnavailable, ProviderRateLimited, ProviderBadAnswer])
def test_a_passing_fault_is_tried_again_and_both_attempts_are_calls(world: World, kind: type[ProviderError]) -> None:
    calls = ask(world, Script(fault(kind), "fine"))

    assert told(calls) == [(1, SMALL, "first", kind.code), (2, SMALL, f"retry after {kind.code}", None)]
    assert told(reversed_of(world)) == told(calls)


def reversed_of(world: World) -> list[Call]:
    """Stored calls, oldest first by attempt."""
    return sorted(calls_of(world), key=lambda call: call.attempt)


def test_a_model_is_tried_as_often_as_the_policy_says_then_the_next(world: World) -> None:
    down = fault(ProviderUnavailable, status=503)

    calls = ask(patient(world, call_attempts=3), Script(down, down, down, "fine"), SMALL, LARGE)

    assert told(calls) == [
        (1, SMALL, "first", "provider-unavailable"),
        (2, SMALL, "retry after provider-unavailable", "provider-unavailable"),
        (3, SMALL, "retry after provider-unavailable", "provider-unavailable"),
        (4, LARGE, "fallback after provider-unavailable", None),
    ]


@pytest.mark.parametrize("kind", [ProviderRefused, ContentRefused, ProviderTimeout])
def test_what_would_fail_again_goes_to_the_next_model_at_once(world: World, kind: type[ProviderError]) -> None:
    calls = ask(world, Script(fault(kind), "fine"), SMALL, LARGE)

    assert told(calls)[1] == (2, LARGE, f"fallback after {kind.code}", None)


def test_a_refusal_for_good_ends_a_route_of_one_at_once(world: World) -> None:
    script = Script(fault(ProviderRefused, status=400))

    with pytest.raises(ProviderRefused):
        ask(world, script)

    assert len(script.asked) == 1


def test_a_prompt_that_is_too_long_is_sent_only_to_a_larger_window(world: World) -> None:
    models = [model for model in world.catalogue.all() if model.provider == "openai"]
    smaller = min(models, key=lambda model: model.context_window).slug
    larger = max(models, key=lambda model: model.context_window).slug
    reached = with_endpoints(world, OPENAI)

    up = ask(reached, Script(fault(ContextTooLong), "fine"), smaller, larger)
    script = Script(fault(ContextTooLong), "fine")
    with pytest.raises(ContextTooLong):
        ask(reached, script, larger, smaller)

    assert [call.model for call in up] == [smaller, larger]
    assert len(script.asked) == 1


def test_a_malformed_answer_is_tried_once_more(world: World) -> None:
    script = Script(fault(ProviderBadAnswer))

    with pytest.raises(ProviderBadAnswer):
        ask(world, script)

    assert len(script.asked) == 2


def test_a_provider_that_asks_for_too_much_patience_is_left(world: World) -> None:
    slow_down = fault(ProviderRateLimited, status=429, retry_after_s=30)

    calls = ask(with_endpoints(world, {**world.endpoints, **OPENAI}), Script(slow_down, "fine"), SMALL, MINI)

    assert told(calls)[1] == (2, MINI, "fallback after provider-rate-limited", None)


def test_without_another_model_the_caller_is_told_how_long_to_wait(world: World) -> None:
    script = Script(fault(ProviderRateLimited, status=429, retry_after_s=30))

    with pytest.raises(ProviderRateLimited) as first:
        ask(world, script)
    with pytest.raises(ProviderRateLimited) as second:
        ask(world, script)

    assert first.value.retry_after_s == 30
    assert 0 < (second.value.retry_after_s or 0) <= 30
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "act",
    [fault(ProviderRateLimited, status=429, retry_after_s=30), fault(ProviderRefused, status=401)],
)
def test_another_key_takes_over_from_one_that_is_refused_or_limited(world: World, act: ProviderError) -> None:
    keys = tuple(Endpoint("simulated", kind="simulated", name=name) for name in ("one", "two"))
    several = with_endpoints(world, {"simulated": keys})

    calls = ask(several, Script(act, "fine"))

    assert [(call.endpoint, call.outcome) for call in calls] == [("one", "error"), ("two", "ok")]
    assert [call.endpoint for call in ask(several, Script("fine"))] == ["two"]


def test_retries_stop_when_their_budget_is_used_up(world: World) -> None:
    while world.retry_budgets.take("simulated"):
        pass
    script = Script(fault(ProviderUnavailable))

    with pytest.raises(ProviderUnavailable):
        ask(world, script)

    assert len(script.asked) == 1


def test_a_target_that_failed_too_often_is_not_asked_and_the_log_says_so(world: World) -> None:
    script = Script(fault(ProviderUnavailable, status=503))
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            ask(world, script)
    asked = len(script.asked)

    with pytest.raises(ProviderResting) as resting:
        ask(world, script)

    assert len(script.asked) == asked == 5
    assert (resting.value.retry_after_s or 0) > 0
    assert calls_of(world)[-1].error == "provider-resting"


def test_what_the_first_model_cannot_do_goes_to_one_that_can(world: World) -> None:
    blind = next(
        model.slug
        for model in world.catalogue.all()
        if "function-calling" not in model.capabilities and "chat" in model.capabilities
    )
    asked = question((blind, SMALL))
    asked = replace(asked, request=replace(asked.request, tools=(Tool("look"),)))

    answered = direct.run(with_script(world, Script("fine")), asked)

    assert told(answered.calls) == [(1, SMALL, "fallback after unsupported", None)]


def test_what_no_model_can_do_is_refused_and_nothing_is_booked(world: World) -> None:
    asked = question((SMALL, LARGE))
    asked = replace(asked, request=replace(asked.request, options={"nonsense": 1}))

    with pytest.raises(Unsupported) as refused:
        direct.run(world, asked)

    assert refused.value.field == "options.nonsense"
    assert calls_of(world) == []


def test_a_caller_who_leaves_during_a_pause_is_not_worked_for_any_longer(world: World) -> None:
    departure = Departure()
    script = Script(fault(ProviderRateLimited, retry_after_s=1.9), "never")

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, world, script, departure=departure)
        until(lambda: bool(script.asked))
        departure.leave()
        assert isinstance(asked.exception(timeout=60), CallerLeft)

    assert len(script.asked) == 1


def test_everything_that_was_taken_is_given_back(world: World) -> None:
    for script in (Script("fine"), Script(fault(ProviderRefused)), Script(fault(ProviderUnavailable), "fine")):
        try:
            ask(world, script)
        except ProviderRefused:
            continue

    assert {load.in_flight for loads in world.balancer.loads().values() for load in loads} == {0}
