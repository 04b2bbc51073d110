"""An answer is held against a reference by the same formulas as published."""

from collections.abc import Sequence
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.reference import against_reference, common_subsequence, overlap_f1, rouge_l

WORDS = st.lists(st.sampled_from("abcde"), max_size=12)


def longest(one: Sequence[str], other: Sequence[str]) -> int:
    """The longest common subsequence by its definition."""

    @lru_cache(None)
    def at(i: int, j: int) -> int:
        if i == len(one) or j == len(other):
            return 0
        return 1 + at(i + 1, j + 1) if one[i] == other[j] else max(at(i + 1, j), at(i, j + 1))

    return at(0, 0)


@given(WORDS, WORDS)
def test_the_common_subsequence_is_the_longest(one: list[str], other: list[str]) -> None:
    assert common_subsequence(one, other) == longest(one, other)


def test_figures_are_those_of_the_formulas() -> None:
    said, right = ["the", "cat", "sat", "on", "the", "mat"], ["the", "cat", "is", "on", "a", "mat"]

    assert overlap_f1(said, right) == pytest.approx(2 * 4 / 12)
    assert rouge_l(said, right) == pytest.approx(2 * 4 / 12)
    assert rouge_l(right[::-1], right) == pytest.approx(2 / 12)


@given(WORDS, WORDS)
def test_figures_lie_between_0_and_1_and_go_both_ways(one: list[str], other: list[str]) -> None:
    for figure in (overlap_f1, rouge_l):
        assert 0 <= figure(one, other) <= 1
        assert figure(one, other) == pytest.approx(figure(other, one))


@pytest.mark.parametrize(
    ("text", "reference", "points"),
    [
        (" Paris. ", "paris", 100),
        ("Paris, of course, because it is.", "Paris", 100),
        ("The answer is 1,200 kronor.", "1200", 100),
        ("The answer is 1,201 kronor.", "1200", 0),
        ("I do not know.", "42", 0),
        ('Here: {"b": 2, "a": 1.0}', '{"a": 1, "b": 2}', 100),
        ("London", "Paris", 0),
        ("", "Paris", 0),
    ],
)
def test_labels_numbers_and_data_are_right_or_wrong(text: str, reference: str, points: float) -> None:
    assert against_reference(text, reference).points == points


def test_a_number_may_be_off_by_the_tolerance() -> None:
    assert against_reference("about 99", "100", 0.01).points == 100
    assert against_reference("about 98", "100", 0.01).points == 0


def test_padding_a_right_answer_lowers_its_points() -> None:
    reference = "The tram line costs 780 million kronor and opens in 2030."

    assert against_reference(reference, reference).points == 100
    assert against_reference(f"{reference} {'And so on it goes. ' * 10}", reference).points < 50
    assert against_reference("kronor tram 780 2030 line opens", reference).points < 70
