"""The figures of a prompt are as many as their names, finite, and mean what they are called."""

import numpy as np
import pytest
from hypothesis import given

from app.domain.routing.features import FURTHEST, NAMES, features, standard
from app.domain.routing.reading import read
from tests.domain.routing.prompts import ANY, CODE, OPEN, OPTIONS


def of(prompt: str) -> dict[str, float]:
    return dict(zip(NAMES, features(read(prompt)), strict=True))


@given(ANY)
def test_every_prompt_has_all_figures_and_they_are_finite(prompt: str) -> None:
    figures = features(read(prompt))

    assert len(figures) == len(NAMES)
    assert np.isfinite(figures).all()
    assert np.abs(standard(figures)).max() <= FURTHEST
    assert standard(figures)[-1] == 1.0


def test_an_empty_prompt_has_figures_too() -> None:
    assert of("")["characters"] == 0
    assert of("")["words"] == 0


def test_options_and_the_stem_before_them_are_told_apart() -> None:
    figures = of(OPTIONS)

    assert figures["options"] == 4
    assert figures["stem_characters"] == pytest.approx(np.log1p(OPTIONS.index("A. ")))
    assert figures["numeric_options"] == 1.0
    assert figures["asks_at_end"] == 1.0


def test_numbers_money_and_decimals_are_counted() -> None:
    figures = of(OPEN)

    assert figures["numbers"] == pytest.approx(np.log1p(3))
    assert figures["largest_number"] == 2
    assert figures["decimals"] == pytest.approx(np.log1p(1))
    assert figures["money"] == pytest.approx(np.log1p(1))
    assert figures["options"] == 0


def test_thousands_are_one_number() -> None:
    assert of("It cost 1,234,567 dollars")["largest_number"] == 7
    assert of("It cost 1,234,567 dollars")["numbers"] == pytest.approx(np.log1p(1))


def test_code_has_marks_that_prose_does_not() -> None:
    assert of(CODE)["code_marks"] > 1
    assert of("A class of students will return.")["code_marks"] < of(CODE)["code_marks"] / 2


@pytest.mark.parametrize("prompt", ["a well-known e-mail", "5 - 3 = 2", "-5 degrees", "*emphasis* here", "2) i"])
def test_a_hyphen_a_minus_or_a_star_in_a_line_is_no_list(prompt: str) -> None:
    assert of(f"Look: {prompt}")["bullets"] == 0


def test_marked_lines_are_a_list() -> None:
    assert of("Buy:\n- milk\n- eggs\n1. bread")["bullets"] == pytest.approx(np.log1p(3))


def test_a_negation_among_the_options_is_not_one_in_the_stem() -> None:
    figures = of("Which of these holds?\nA. It is not so\nB. It never is\nAnswer:")

    assert figures["negations"] == pytest.approx(np.log1p(2))
    assert figures["negations_in_stem"] == 0
