"""An answer is worth 1.0 when it says what its label says and 0.0 otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.scoring import RULES, read_integer, score

UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("This order asks for 12 units", 12),
        ("three of the blue", 3),
        ("Twenty red roses", 20),
        ("twenty-five, not 30", 25),
        ("Seventy seats", 70),
        ("Sixteen", 16),
        ("1,200 pieces", 1200),
        ("Two hundred and five", 205),
        ("a hundred", 100),
        ("3x", 3),
        ("12.", 12),
        ("-3", -3),
        ("A4 paper, 5 packs", 5),
        ("26.5 kg in 2 bags", 2),
        ("1. 17 crates", 1),
    ],
)
def test_the_first_whole_number_is_read_in_digits_or_words(text: str, number: int) -> None:
    assert read_integer(text) == number


@pytest.mark.parametrize("text", ["", "none at all", "26.5", "stone and often", "the fourteenth", "A4", "1" * 5_000])
def test_a_text_without_a_whole_number_has_none(text: str) -> None:
    assert read_integer(text) is None


@given(st.integers(min_value=0, max_value=10**9))
def test_any_integer_is_read_back_with_and_without_separators(number: int) -> None:
    assert read_integer(f"It is {number:,}.") == number
    assert read_integer(f"It is {number}.") == number


@given(st.integers(20, 99))
def test_any_pair_of_number_words_is_read_back(number: int) -> None:
    words = TENS[number // 10 - 2] + (f"-{UNITS[number % 10 - 1]}" if number % 10 else "")

    assert read_integer(f"We need {words} of them") == number


@pytest.mark.parametrize(
    ("rule", "answer", "label", "worth"),
    [
        ("exact", " Paris. ", "paris", 1.0),
        ("exact", "New\n York", "new york", 1.0),
        ("exact", "Paris, France", "paris", 0.0),
        ("label", "Positive, because it shines", "positive", 1.0),
        ("label", "not spam at all", "not spam", 1.0),
        ("label", "positively", "positive", 0.0),
        ("label", "I think positive", "positive", 0.0),
        ("label", "anything", "", 0.0),
        ("first_integer", "This order asks for nine", "9", 1.0),
        ("first_integer", "This order asks for 90", "9", 0.0),
        ("first_integer", "no idea", "9", 0.0),
        ("first_integer", "no idea", "none", 0.0),
    ],
)
def test_an_answer_is_worth_one_only_when_its_rule_finds_the_label(
    rule: str, answer: str, label: str, worth: float
) -> None:
    assert score(answer, label, rule=rule) == worth


@given(st.sampled_from(sorted(RULES)), st.text(), st.text())
def test_every_rule_answers_zero_or_one_for_any_text(rule: str, answer: str, label: str) -> None:
    assert score(answer, label, rule=rule) in (0.0, 1.0)


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="first_integer") as refusal:
        score("12", "12", rule="taste")

    assert refusal.value.field == "rule"
