"""Whether an answer breaks off is told by its end alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.completeness import DOUBTFUL, completeness
from tests.domain.quality.working import work

WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "stone", "river"]), min_size=5, max_size=30)


@pytest.mark.parametrize(
    "text",
    [
        "Paris",
        "It is so.",
        "Is it so?",
        "The list:\n- one\n- two\n- three",
        "Done.\n```\nx\n```",
        '{"a": 1}',
        "It is so.\n\nBest regards,\nMaria Lopez",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "そうです。",
        "name: Ann\nage: 5",
        "Here you are.\nname: Ann\nage: 5\nis active: no",
    ],
)
def test_what_ends_as_texts_end_is_complete(text: str) -> None:
    assert completeness(work(text)).points == 100


@pytest.mark.parametrize(
    "text",
    [
        "It is so. And then the",
        "It is so,",
        "Here:\n```python\nx = 1",
        '{"a": [1, 2',
        "It is so. [continued]",
        "It goes on and on...",
        "There are two (",
    ],
)
def test_what_surely_breaks_off_is_not(text: str) -> None:
    assert completeness(work(text)).points == 0


@pytest.mark.parametrize("text", ["It is so. And then he went", "# Title\nIt is so.\n# Next", "- One.\n- Two.\n- Thr"])
def test_what_probably_breaks_off_is_in_doubt(text: str) -> None:
    assert completeness(work(text)).points == DOUBTFUL


def test_each_place_to_be_filled_in_costs() -> None:
    assert completeness(work("Dear [Name], meet [Company] there.")).points == 40


@given(first=WORDS, second=WORDS, cut=st.integers(min_value=1))
def test_a_cut_answer_is_never_more_complete(first: list[str], second: list[str], cut: int) -> None:
    whole = f"{' '.join(first)}. {' '.join(second)}."

    assert completeness(work(whole[: 1 + cut % len(whole)])).points <= completeness(work(whole)).points == 100


@given(first=WORDS, second=WORDS)
def test_the_second_sentence_without_its_end_is_worse(first: list[str], second: list[str]) -> None:
    text = f"{' '.join(first)}. {' '.join(second)}"

    assert completeness(work(text)).points < completeness(work(f"{text}.")).points
