"""A candidate answers as it would be served: alone, cold, by its pinned steps; and a failure is an answer too."""

from collections.abc import Iterator

from app.domain.comparison.comparison import Input, Prompt, Scoring
from app.domain.errors import ProviderUnavailable
from app.domain.flow import Choice, Params, Step
from app.domain.message import Delta, ModelRequest
from app.services import flows
from app.services.comparing import comparisons, progress
from app.services.comparing.wanted import WantedCandidate
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.comparing.compared import (
    LARGE,
    SMALL,
    UNPRICED,
    answers,
    calls,
    inputs,
    make,
    run,
    texts,
)
from tests.services.made import CODE, make_use_case, say
from tests.worlds import with_script

STEPS = (
    Step("think", "Think about {{ text }}", Choice((SMALL,))),
    Step("answer", "Say {{ outputs.think }}", Choice((LARGE, SMALL)), cache_ttl_s=600.0),
)
VALUES = (Input(0, {"text": "one"}), Input(1, {"text": "two"}))


def echo(request: ModelRequest) -> Iterator[Delta]:
    """A model that says its own name and what it was asked."""
    yield from say(f"{request.model}: {request.messages[-1].text}")


def test_a_model_is_asked_the_rendered_prompt(world: World) -> None:
    seen: list[ModelRequest] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        seen.append(request)
        yield from say("yes")

    prompt = Prompt("Translate {{ text }}", "You speak {{ tongue }}.", Params(max_tokens=9, temperature=0.5))
    made = make(with_script(world, speak), prompt=prompt, inputs=(Input(0, {"text": "cat", "tongue": "French"}),))
    run(with_script(world, speak), made)

    assert [(each.role, each.text) for each in seen[0].messages] == [
        ("system", "You speak French."),
        ("user", "Translate cat"),
    ]
    assert {(each.max_tokens, each.temperature) for each in seen} == {(9, 0.5)}


def test_a_flow_walks_its_steps_and_a_flow_with_a_model_asks_that_model_in_each(world: World) -> None:
    make_use_case(world, steps=STEPS)
    world = with_script(world, echo)
    both = (WantedCandidate(flow="a"), WantedCandidate(SMALL, "a"))
    made = make(world, use_case=CODE, candidates=both, inputs=VALUES[:1])

    run(world, made)

    by_candidate = {each.candidate: each.text for each in answers(world, made)}
    assert by_candidate == {0: "large: Say small: Think about one", 1: "small: Say small: Think about one"}
    assert [each.name for each in made.candidates] == ["a", "a with simulated/small"]
    found = calls(world)
    assert {(call.flow_id, call.flow_version) for call in found} == {(made.candidates[0].flow_id, 1)}
    assert sorted(str(call.step) for call in found) == ["answer", "answer", "think", "think"]


def test_a_flow_stays_what_it_was_when_the_comparison_was_made(world: World) -> None:
    make_use_case(world, steps=STEPS)
    both = (WantedCandidate(flow="a"), WantedCandidate(SMALL, "a"))
    made = make(world, use_case=CODE, candidates=both, inputs=VALUES[:1])
    others = (STEPS[0], Step("answer", "Shout {{ outputs.think }}", Choice((SMALL,))))
    flows.change(world, CODE, "a", FlowEdit(steps=others), actor="test")

    run(with_script(world, echo), made)

    assert all("Say" in str(text) for text in texts(answers(world, made)))
    assert flows.get(world, CODE, "a").version == 2


def test_kept_answers_are_neither_used_nor_made(world: World) -> None:
    make_use_case(world, steps=STEPS)
    both = (WantedCandidate(flow="a"), WantedCandidate(SMALL, "a"))
    made = make(world, use_case=CODE, candidates=both, inputs=VALUES[:1], repeats=3)

    run(world, made)

    assert len(calls(world)) == 12
    assert {call.outcome for call in calls(world)} == {"ok"}


def test_a_model_that_fails_has_answered_with_its_error_and_scores_nothing(world: World) -> None:
    def speak(request: ModelRequest) -> Iterator[Delta]:
        if request.model == "large":
            raise ProviderUnavailable("no", provider="simulated", status=503)
        yield from say("7")

    world = with_script(world, speak)
    made = make(world, inputs=inputs(2, reference="7"), scoring=Scoring("exact"), concurrency=1)

    ended = run(world, made)

    found = [each for each in answers(world, made) if each.candidate == 1]
    assert ended.status == "succeeded"
    assert progress.of(world, made.id).failed == 2
    assert {(each.error, each.score, each.text) for each in found} == {("provider-unavailable", 0.0, None)}
    assert {call.model for call in calls(world)} == {SMALL, LARGE}


def test_what_nobody_knows_the_price_of_costs_none_and_not_zero(world: World) -> None:
    made = make(world, candidates=(WantedCandidate(SMALL), WantedCandidate(UNPRICED)))

    run(world, made)

    costs = {each.candidate: each.cost for each in answers(world, made)}
    assert costs[1] is None
    assert costs[0] is not None
    assert costs[0] > 0
    assert progress.of(world, made.id).unpriced == 3


def test_an_answer_holds_what_was_said_without_nul_and_no_prompt_is_logged(world: World) -> None:
    world = with_script(world, lambda request: say("a\x00b"))
    made = make(world, inputs=inputs(1))

    run(world, made)

    assert set(texts(answers(world, made))) == {"ab"}


def test_answers_are_paged_by_input_and_filtered(world: World) -> None:
    made = make(world, inputs=inputs(5))
    run(world, made)

    first, cursor = comparisons.answers(world, made.id, comparisons.AnswerFilter(candidate=1), limit=3)
    rest, end = comparisons.answers(world, made.id, comparisons.AnswerFilter(candidate=1), cursor=cursor, limit=3)

    assert [each.input for each in (*first, *rest)] == [0, 1, 2, 3, 4]
    assert end is None
    assert [each.candidate for each in comparisons.answers_to(world, made.id, 2)] == [0, 1]
    light = comparisons.outcomes(world, made.id)
    assert len(light) == 10
    assert {each.text for each in light} == {None}
