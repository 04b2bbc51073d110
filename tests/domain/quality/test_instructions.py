"""What a prompt demands and can be counted is counted."""

import pytest

from app.domain.quality.instructions import instructions
from tests.domain.quality.working import work


@pytest.mark.parametrize(
    ("prompt", "good", "bad"),
    [
        ("Answer in at most 5 words.", "It is as it is.", "It is as it is and as it always was."),
        ("Write at least ten words.", "one two three four five six seven eight nine ten", "one two"),
        ("Write exactly 3 words.", "one two three", "one two three four"),
        ("In two sentences, please.", "It is. It was.", "It is. It was. It will be."),
        ("Write about 20 words.", "word " * 22, "word " * 40),
        ("List three cities.", "1. Oslo\n2. Lund\n3. Turku", "1. Oslo\n2. Lund"),
        ("Name two cities.", "Oslo and Lund", "Oslo, Lund and Turku"),
        ("Give me 2 ideas as JSON.", '{"ideas": ["a", "b"]}', "a and b"),
        ("Return valid JSON.", 'Here: {"a": 1}', "a is 1"),
        ("Answer in one word.", "Yes.", "Yes it is."),
        ("Use bullet points.", "- one\n- two", "one and two"),
    ],
)
def test_a_demand_is_met_or_not(prompt: str, good: str, bad: str) -> None:
    met, missed = instructions(work(good, prompt)), instructions(work(bad, prompt))

    assert met is not None
    assert missed is not None
    assert met.points == 100 > missed.points


@pytest.mark.parametrize("prompt", [None, "Why is the sky blue?", "I have three cats."])
def test_without_a_demand_there_is_nothing_to_meet(prompt: str | None) -> None:
    assert instructions(work("Because it is.", prompt)) is None


def test_the_points_are_the_part_that_is_met() -> None:
    found = instructions(work("one two three", "List three words of advice in at most 3 words, as JSON."))

    assert found is not None
    assert 0 < found.points < 100
