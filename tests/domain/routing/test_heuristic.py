"""Difficulty by rule: its parts, its levels, and the misfires that it does not have."""

import pytest
from hypothesis import given

from app.domain.errors import Invalid
from app.domain.routing.heuristic import Rules, length_part, rated, structure_parts, words_part
from app.domain.routing.level import USUAL, Levels
from app.domain.routing.reading import read
from app.domain.routing.words import WordList
from tests.domain.routing.prompts import ANY

TOUR = (
    "A van starts in Bern and visits 12 cities, each once, before it comes home. The distances in km are: Bern to "
    "Basel 97, Basel to Zug 104, Zug to Chur 117, Chur to Lugano 140, Lugano to Sion 190, Sion to Bern 153. Which "
    "order of visits gives the least total distance, and how long is that tour? Give the order, and say how you know "
    "that no shorter one is left."
)


@given(ANY)
def test_the_contributions_sum_to_the_score_which_lies_within_0_and_1(prompt: str) -> None:
    found = rated(prompt)

    assert 0 <= found.score <= 1
    assert sum(found.contributions.values()) == pytest.approx(found.score)
    assert found.level == USUAL.of(found.score)


@pytest.mark.parametrize(
    "prompt",
    [
        "Write a haiku about a court jester",
        "Name three exceptions to the i-before-e rule",
        "Describe the treatment of women in Austen",
        "Listen to the biological clock",
    ],
)
def test_words_of_law_medicine_or_code_in_a_plain_request_do_not_make_it_hard(prompt: str) -> None:
    assert rated(prompt).level == "easy"


def test_an_interface_contract_is_no_legal_matter() -> None:
    assert rated("Write an interface contract in TypeScript").level == "easy"
    assert rated("Design an interface contract in TypeScript").level != "hard"


def test_the_bracket_of_a_root_is_no_enumeration() -> None:
    proof = "Prove that sqrt(2) is irrational"

    assert structure_parts(read(proof))["list"] == 0
    assert rated(proof).level == "medium"


def test_a_tour_over_twelve_cities_is_not_easy_though_no_word_says_so() -> None:
    assert rated(TOUR).level == "medium"
    assert structure_parts(read(TOUR))["quantities"] > 0


def test_a_hyphen_is_no_list_and_marked_lines_are() -> None:
    assert structure_parts(read("a well-known state-of-the-art e-mail - really"))["list"] == 0
    assert structure_parts(read("Compare:\n- tea\n- coffee"))["list"] == 0.2
    assert structure_parts(read("1. tea\n2. coffee"))["list"] == 0.2


@pytest.mark.parametrize(
    ("characters", "part"), [(0, 0.2), (99, 0.2), (100, 0.5), (300, 0.7), (600, 1.0), (10**6, 1.0)]
)
def test_length_counts_in_steps_then_evenly(characters: int, part: float) -> None:
    assert length_part(characters) == pytest.approx(part)


@pytest.mark.parametrize(
    ("prompt", "part"),
    [
        ("hello", 0.5),
        ("explain it", 0.7),
        ("name it", 0.2),
        ("explain it, in short", 0.5),
        ("explain and compare it, in short", 0.7),
        ("explain it in brief and short", 0.2),
    ],
)
def test_hard_words_raise_and_simple_words_lower(prompt: str, part: float) -> None:
    assert words_part(read(prompt), Rules()) == pytest.approx(part)


def test_structure_is_never_more_than_the_whole() -> None:
    full = "What? Why? How? One. Two.\n- a `b`\n- c 1 2 3 4"

    assert sum(structure_parts(read(full)).values()) == pytest.approx(1.0)


def test_weights_words_and_levels_can_be_set() -> None:
    levels = Levels(0.5, 0.65)
    rules = Rules(length=0.0, words=1.0, structure=0.0, complex=WordList.of("haiku"), levels=levels)

    assert rated("Write a haiku", rules).score == pytest.approx(0.7)
    assert rated("Write a haiku", rules).level == "hard"


@pytest.mark.parametrize(
    "wrong",
    [{"length": 0.5}, {"length": -0.2, "words": 1.0}, {"structure": float("nan")}],
)
def test_rules_that_cannot_be_meant_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Invalid):
        Rules(**wrong)
