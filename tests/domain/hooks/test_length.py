"""A text is shortened where a sentence or a word ends, and never grows."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.hooks.length import shortened


def test_it_ends_with_the_last_sentence_of_its_last_third() -> None:
    assert shortened("One is one. Two is two. Three is three.", 26) == "One is one. Two is two."


def test_without_such_a_sentence_it_ends_with_a_word() -> None:
    assert shortened("alpha beta gamma delta", 13) == "alpha beta…"


def test_a_sentence_whose_mark_is_cut_from_its_quote_is_not_taken_for_ended() -> None:
    assert shortened("He left. He said 3.5 is enough", 20) == "He left. He said…"


@given(st.text(max_size=300), st.integers(1, 120))
def test_it_has_at_most_as_many_characters_as_asked_and_short_ones_stay(text: str, most: int) -> None:
    short = shortened(text, most)

    assert len(short) <= most
    assert short == text or len(text) > most
