"""Relevance counts what sentences say about the prompt, not words of it in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.function_words import ALL
from app.domain.quality.reading import words_of
from app.domain.quality.relevance import relevance
from tests.domain.quality.working import work

PROMPT = "How do trams reduce traffic on the ring road of a city?"
GOOD = "Trams carry many people, so fewer cars are on the ring road. The city needs less space for traffic than before."
OFF = "Bread is made of flour and water. The dough has to rest for an hour before it goes into the oven."


def points(text: str, prompt: str | None = PROMPT) -> float | None:
    found = relevance(work(text, prompt))
    return None if found is None else found.points


def test_an_answer_to_the_question_has_all_and_another_none() -> None:
    assert (points(GOOD), points(OFF)) == (100, 0)


@pytest.mark.parametrize(
    "text", ["trams traffic ring road city reduce " * 4, PROMPT, f"{PROMPT} {PROMPT}", "I cannot help with that."]
)
def test_echo_keywords_and_refusals_take_up_nothing(text: str) -> None:
    assert points(text) == 0


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("Yes, by a fifth.", PROMPT),
        (GOOD, None),
        (GOOD, "Well?"),
        (
            "Straßenbahnen tragen viele Menschen, und die Stadt ist mit weniger Autos auf dem Ring nicht mehr so laut.",
            PROMPT,
        ),
    ],
)
def test_nothing_is_said_where_words_cannot_tell(text: str, prompt: str | None) -> None:
    assert points(text, prompt) is None


def test_a_list_without_sentences_is_neither_good_nor_bad() -> None:
    assert points("Stockholm\nOslo\nBergen\nMalmö\nTurku\nAarhus\nOdense\nLund\nTampere\nEspoo\nVantaa\nKiruna") == 50


@given(st.lists(st.sampled_from(sorted(set(words_of(PROMPT + OFF)) - ALL)), max_size=40))
def test_keywords_in_a_row_never_raise_it(words: list[str]) -> None:
    for text in (GOOD, OFF):
        before, after = points(text), points(f"{text}\n{' '.join(words)}")

        assert before is not None
        assert after is not None
        assert after <= before
