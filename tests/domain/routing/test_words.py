"""Words are found whole, in any of the languages, and as phrases."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.word_lists import COMPLEX, SIMPLE
from app.domain.routing.words import WordList, split


def found(entries: WordList, text: str) -> tuple[str, ...]:
    words = split(text)
    return entries.found(words, Counter(words))


@pytest.mark.parametrize(
    "text", ["Listen to the biological clock", "an enlisted man", "logical", "username", "proofread"]
)
def test_no_word_is_found_inside_another(text: str) -> None:
    assert found(WordList.of("list, logic, name, proof"), text) == ()


def test_a_phrase_is_found_with_hyphens_and_without_but_not_in_parts() -> None:
    entries = WordList.of("step-by-step, yes or no, one\n    word")

    assert found(entries, "Step by step!") == ("step by step",)
    assert found(entries, "a step-by-step guide, yes or no?") == ("step by step", "yes or no")
    assert found(entries, "in one word") == ("one word",)
    assert found(entries, "step by, yes or, one sentence") == ()


def test_more_entries_are_found_beside_those_of_the_list_which_stays_as_it_is() -> None:
    entries = WordList.of("proof, one word")
    more = entries.also(["One by one", "lemma"])

    assert found(more, "a lemma, one by one, one word of proof") == ("lemma", "one by one", "one word", "proof")
    assert found(entries, "a lemma, one by one") == ()


def test_an_entry_counts_once_as_found_and_each_time_as_counted() -> None:
    words = split("prove it, then prove it again")

    assert WordList.of("prove").found(words, Counter(words)) == ("prove",)
    assert WordList.of("prove").count(Counter(words)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Explain why",
        "Erkläre mir das",
        "Démontre que π est irrationnel",
        "Demuestra el teorema",
        "Spiega la dimostrazione",
        "Explique o teorema",
    ],
)
def test_hard_words_are_known_in_six_languages(text: str) -> None:
    assert found(COMPLEX, text)


def test_a_french_word_for_short_does_not_make_an_english_court_simple() -> None:
    assert found(SIMPLE, "the court resumes") == ()


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_words_of_ascii_are_the_same_as_those_of_any_text(text: str) -> None:
    assert split(text) == split(f"{text} é")[:-1]
