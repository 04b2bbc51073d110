"""Difficulty for routes and for those who ask: by what ships, by rule, or by the operator's own scorer."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.domain.auto import Auto
from app.domain.difficulty import explained, learned
from app.domain.message import ImagePart, Message, ModelRequest, TextPart
from app.domain.routing.encoding import encode
from app.domain.routing.level import LEARNED, Levels
from app.services.attempts import Asker
from app.services.routing.deciding import decide
from app.services.routing.difficulty import ESTIMATORS, UNSET, WHY, estimate, estimate_encoded, question_in
from app.services.routing.own_scorer import OwnScorer
from app.services.world import World
from tests.waiting import LONGEST_S

PROMPTS = ["What is the capital of France?", "Prove that the sum of two odd numbers is even, step by step."]


def with_scorer(world: World, scorer: Callable[[list[str]], list[float]]) -> World:
    """The same world with this scorer of the operator's."""
    return replace(world, own_scorer=OwnScorer(scorer, timeout_s=LONGEST_S))


def test_a_route_goes_by_what_is_learned(world: World) -> None:
    for prompt in PROMPTS:
        found = estimate_encoded(world, prompt, encode(prompt))

        assert found.score == learned(prompt).score
        assert (found.level, found.estimator, found.own, found.fallback) == (
            LEARNED.of(found.score),
            "learned",
            None,
            None,
        )


def test_a_route_goes_by_the_own_scorer_where_one_is_set(world: World) -> None:
    found = estimate_encoded(with_scorer(world, lambda prompts: [0.9]), "Why?", encode("Why?"))

    assert (found.score, found.level, found.estimator, found.own) == (0.9, "hard", "own", 0.9)


def test_a_score_out_of_range_counts_as_its_end_and_is_kept_as_it_was(world: World) -> None:
    low, high = estimate(with_scorer(world, lambda prompts: [-3.0, 7.0]), ["a", "b"])

    assert (low.score, low.level, low.own) == (0.0, "easy", -3.0)
    assert (high.score, high.level, high.own) == (1.0, "hard", 7.0)


def test_where_the_own_scorer_fails_what_is_learned_counts_and_says_so(world: World) -> None:
    broken = with_scorer(world, lambda prompts: [math.nan])

    for found in (estimate_encoded(broken, "Why?", encode("Why?")), estimate(broken, ["Why?"])[0]):
        assert found.score == learned("Why?").score
        assert (found.estimator, found.own, found.fallback) == ("learned", None, WHY["not-a-number"])


def test_one_prompt_that_it_cannot_judge_takes_nothing_from_the_others(world: World) -> None:
    first, second = estimate(with_scorer(world, lambda prompts: [0.5, math.nan]), PROMPTS)

    assert (first.estimator, second.estimator) == ("own", "learned")
    assert second.fallback == WHY["not-a-number"]


def test_an_own_scorer_that_is_not_set_is_told_by_its_setting(world: World) -> None:
    found = estimate(world, ["Why?"], estimator="own")[0]

    assert (found.estimator, found.fallback) == ("learned", UNSET)
    assert "DIFFICULTY_SCORER" in UNSET


@pytest.mark.parametrize(
    ("scorer", "facts"),
    [
        (lambda prompts: [0.9], ("own", 0.9, "hard")),
        (lambda prompts: [math.nan], ("learned", None, "easy")),
        (lambda prompts: 1 / 0, ("learned", None, "easy")),
    ],
)
def test_a_request_by_auto_is_routed_whatever_the_own_scorer_does(
    world: World, scorer: Callable[[list[str]], list[float]], facts: tuple[str, float | None, str]
) -> None:
    request = ModelRequest("", (Message("user", PROMPTS[0]),))

    route = decide(with_scorer(world, scorer), Auto(), request, asker=Asker()).route

    assert (route.estimator, route.own, route.level) == facts


@pytest.mark.parametrize("prompt", PROMPTS)
def test_contributions_are_those_of_the_estimator(world: World, prompt: str) -> None:
    by_rule = estimate(world, [prompt], estimator="heuristic")[0]
    by_learning = estimate(world, [prompt], estimator="learned")[0]

    assert (by_rule.score, dict(by_rule.contributions)) == (explained(prompt).score, explained(prompt).contributions)
    assert sum(by_rule.contributions.values()) == pytest.approx(by_rule.score)
    assert dict(by_learning.contributions) == learned(prompt).contributions


def test_asked_by_name_no_scorer_of_the_operator_is_asked(world: World) -> None:
    asked: list[str] = []
    scored = with_scorer(world, lambda prompts: [float(len(asked.extend(prompts) or prompts))])

    estimate(scored, PROMPTS, estimator="learned")
    estimate(scored, PROMPTS, estimator="heuristic")

    assert asked == []


def test_where_levels_begin_holds_for_every_estimator(world: World) -> None:
    levels = Levels(0.01, 0.02)
    scored = with_scorer(world, lambda prompts: [0.05] * len(prompts))

    found = {estimate(scored, ["Why?"], estimator=way, levels=levels)[0].level for way in ESTIMATORS}

    assert found == {"hard"}


@pytest.mark.parametrize(
    ("messages", "question"),
    [
        ((), ""),
        ((Message("system", "Be brief."), Message("user", "Why?")), "Why?"),
        ((Message("user", "Why?"), Message("assistant", "Because."), Message("user", "And how?")), "And how?"),
        ((Message("user", "What is it?"), Message("user", (ImagePart("https://h/i.png"),))), "What is it?"),
        ((Message("user", (TextPart("What "), TextPart("is it?"))), Message("assistant", "A")), "What is it?"),
        ((Message("system", "Be brief."), Message("assistant", "Because.")), "Be brief.\nBecause."),
        ((Message("system", "Be brief."), Message("user", " ")), ""),
        ((Message("system", " "), Message("assistant", "")), ""),
    ],
)
def test_what_a_conversation_asks_is_what_the_user_said_last(messages: tuple[Message, ...], question: str) -> None:
    assert question_in(messages) == question
