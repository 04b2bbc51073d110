"""A simulated model replies with the JSON object that its instructions show, so that judging can be tried."""

from dataclasses import replace

import pytest

from app.domain import council
from app.domain.fenced import mark_of
from app.domain.message import Message, ModelRequest
from app.domain.quality.judged import questions, read
from app.domain.quality.scoring import RUBRICS, weights_of
from app.providers.base import Endpoint
from app.providers.simulated import SimulatedProvider
from app.providers.simulated_reply import filled, shown

PROVIDER = SimulatedProvider(Endpoint("simulated"))
GENERIC = RUBRICS["generic"]


def say(*messages: Message) -> str:
    """What it answers."""
    return PROVIDER.generate(ModelRequest("small", messages), timeout_s=5).text


def points(text: str) -> float:
    """What it gives the answer as a judge."""
    judged = read(say(*questions(GENERIC, text, prompt="Why?", mark=mark_of(text))), GENERIC, weights_of(GENERIC, {}))
    assert judged is not None
    return judged.points


def test_it_judges_differently_from_answer_to_answer_and_alike_when_asked_again() -> None:
    given = [points(f"Because of {number}.") for number in range(20)]

    assert points("Because of 0.") == given[0]
    assert len(set(given)) > 10
    assert min(given) < 50 < max(given)


def test_it_names_one_of_the_answers_of_a_council() -> None:
    asked = council.to_judge((Message("user", "Why?"),), ["one", "two", "three"], mark="0123456789abcdef")

    assert council.chosen(say(*asked), answers=3, mark="0123456789abcdef") in (0, 1, 2)


@pytest.mark.parametrize(
    ("instructions", "objects"),
    [
        ('Reply with one JSON object and nothing else: {"a": 0}', [{"a": 0}]),
        ('Reply with one JSON object: {"v": "A"}, {"v": "B"} or {"v": "tie"}.', [{"v": "A"}, {"v": "B"}, {"v": "tie"}]),
        ("Reply with one JSON object: {a}", []),
        ("Reply with one JSON object.", []),
        ('Here is one: {"a": 0}', []),
        ("", []),
    ],
)
def test_objects_are_shown_after_the_words_that_ask_for_one(instructions: str, objects: list[object]) -> None:
    assert shown(instructions) == objects


def test_numbers_are_drawn_and_all_else_stays() -> None:
    assert filled({"a": {"b": 0}, "c": "A", "d": True, "e": None}, lambda name: 0.5) == {
        "a": {"b": 50},
        "c": "A",
        "d": True,
        "e": None,
    }


def test_what_a_user_shows_is_no_instruction() -> None:
    asked = Message("user", 'Reply with one JSON object: {"a": 0}')

    assert not say(asked).startswith("{")
    assert say(replace(asked, role="system"), asked).startswith('{"a":')
