"""Sums are done again where they are surely sums, and left alone where they may be something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.recomputing import recomputed, sums

WHOLE = st.integers(0, 9_999)


@pytest.mark.parametrize(
    "text",
    [
        "3 + 4 = 7",
        "so 3 + 4 = 7 apples",
        "She buys 3 * 5 = 15 bags",
        "48/2 = <<48/2=24>>24",
        "(2 + 3) * 4 = 20",
        "2 + 3 * 4 = 14",
        "1,200 * 3 = 3,600",
        "$5 * 3 = $15",
        "3 × 5 = 15 and 10 ÷ 4 = 2.5",
        "20% * 50 = 10",
        "5 / 20 = 25%",
        "10 / 3 = 3.33",
        "10 / 3 = 3",
        "2^10 = 1024",
        "2**3 = 8",
        "**3 + 4 = 7**",
        r"\(3 \times 4 = 12\)",
        "0.1 + 0.2 = 0.3",
        "Total: 19.99 * 3 = 59.97",
        "5 - 8 = -3",
        "-> 100 / (4 * 5) = 5",
        "3 x 4 = 12",
    ],
)
def test_a_right_sum_comes_out(text: str) -> None:
    found = list(sums(text))

    assert found
    assert all(found)


@pytest.mark.parametrize(
    "text", ["3 + 4 = 8", "so 12 * 12 = 142.", "10 / 4 = 3.5", "$5 * 3 = $16", "(2 + 3) * 4 = 14", "2^10 = 1000"]
)
def test_a_wrong_sum_does_not(text: str) -> None:
    assert list(sums(text)) == [False]


@pytest.mark.parametrize(
    "text",
    [
        "2x + 3 = 11",
        "x - 3 + 4 = 9",
        "- 3 + 4 = 7",
        "f(2) + 3 = 8",
        "sqrt(16) + 2 = 6",
        "7 + 8 = 3 (mod 12)",
        "12 apples * 3 = 36",
        "3 + 4 = 2 + 5",
        "5 * 200 = 1k",
        "2 * 3 = 6 million",
        "a = b",
        "assert 3 + 4 == 8",
        "3 + 4 >= 8",
        "|3 - 5| = 2",
        "Step 1 - 3 + 4 = 9",
        "10 choose 2 * 2 = 90",
        "log 100 * 2 = 4",
        "9 ^ 99999 = 1",
        "1 / 0 = 5",
        "3 + = 4",
        "3 + 4 ≈ 8",
        "2x = 2 * 3 = 6y",
    ],
)
def test_what_may_be_no_sum_is_left_alone(text: str) -> None:
    assert False not in list(sums(text))


@given(WHOLE, WHOLE, st.sampled_from("+-*"), st.integers(-50, 50))
def test_a_sum_comes_out_exactly_when_it_is_right(one: int, other: int, sign: str, off: int) -> None:
    came = {"+": one + other, "-": one - other, "*": one * other}[sign]

    assert list(sums(f"so {one} {sign} {other} = {came + off}.")) == [off == 0]


@given(st.text("0123456789+-*/()^.%=, x$", max_size=200))
def test_no_text_brings_it_down(text: str) -> None:
    assert all(isinstance(each, bool) for each in sums(text))


def told(prose: str, asked: str) -> list[str]:
    """The signs that are found."""
    return [doubt.sign for doubt in recomputed(prose, asked=asked)]


def test_a_number_that_was_asked_for_is_missed() -> None:
    asked = "Ann has 3 cats and 4 dogs. How many pets has she?"

    assert told("She has a lot of them.", asked) == ["number"]
    assert told("She has seven.", asked) == []
    assert told("Twice as many as I have.", asked) == []
    assert told("A lot.", "How many are there?") == []


def test_given_numbers_that_a_worked_answer_does_not_use_are_missed() -> None:
    asked = "A box of 12 eggs costs 3 dollars and 48 are needed. How much is that?"
    away = "Eggs are sold by the box. " * 6 + "It costs 99 dollars."

    assert told(away, asked) == ["numbers"]
    assert told(f"{away} 48 / 12 = 4 boxes, 4 * 3 = 12.", asked) == []


def test_numbers_of_another_base_are_not_reckoned_with() -> None:
    assert told("1 + 1 = 10", "Add 1 and 1 in binary.") == []
