"""A text is read within bounds; sentences, items and data are told apart, prose from rows of words."""

import pytest

from app.domain.quality.reading import MOST_HEAD, MOST_TAIL, leaves, read, sentence_of, words_of


def test_sentences_end_at_marks_and_at_lines_and_items_lose_their_bullets() -> None:
    found = read("# Title\n- One is here. Two is there!\n2) Three")

    assert [one.text for one in found.sentences] == ["Title", "One is here.", "Two is there!", "Three"]


def test_fenced_blocks_are_not_spoken() -> None:
    assert read("Before.\n```python\nx = 1\n```\nAfter.").lines == ("Before.", "After.")


@pytest.mark.parametrize(
    "text", ['{"a": "It is so.", "b": ["And so."]}', '```json\n{"a": "It is so.", "b": ["And so."]}\n```']
)
def test_the_strings_of_data_are_its_lines(text: str) -> None:
    found = read(text)

    assert found.lines == ("It is so.", "And so.")
    assert found.data == ({"a": "It is so.", "b": ["And so."]},)


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("The pages load in six seconds", True),
        ("pricing onboarding retention churn speed", False),
        ("the price and the price and the price and the price", False),
        ("日本の首都は東京です", True),
        ("So it is", False),
    ],
)
def test_prose_is_told_from_rows_of_words(text: str, prose: bool) -> None:
    assert sentence_of(text).prose is prose


def test_prose_that_is_said_again_stands_once() -> None:
    assert len(read("It is as it is here. It is as it is here.").prose) == 1


def test_of_a_long_text_beginning_and_end_are_read() -> None:
    found = read("a" * MOST_HEAD + "b" * 500_000 + "c" * MOST_TAIL)

    assert "b" not in found.text
    assert found.text.startswith("a")
    assert found.text.endswith("c")


def test_words_are_folded_and_keep_their_apostrophes() -> None:
    assert words_of("Don't RE-READ it, 東京") == ("don't", "re-read", "it", "東", "京")


def test_leaves_stand_in_their_order() -> None:
    assert leaves({"a": ["x", {"b": "y"}], "c": 1, "d": "z"}) == ["x", "y", "z"]
