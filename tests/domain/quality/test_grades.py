"""A grade is a letter or a word where it is given as a verdict; elsewhere the same letter or word is none."""

import pytest

from app.domain.quality.grades import grade_of, grades_in


@pytest.mark.parametrize(
    ("text", "grades"),
    [
        ("Score: 85/100, grade F.", "f"),
        ("Grade: F", "f"),
        ("Good fit (grade A)", "good a"),
        ("grade A.", "a"),
        ("Grade: B+", "b"),
        ("**Grade:** Hot", "hot"),
        ("Grade: **A**", "a"),
        ("Grade: F (fail)", "f"),
        ("Grade: A because it is whole.", "a"),
        ("This is a grade A lead.", "a"),
        ("Score: 8/10 (B)", "b"),
        ("84/100 – Warm", "warm"),
        ("Rating: 7/10, good.", "good"),
        ("7/10. Good.", "good"),
        ("Hot lead: 84/100", "hot"),
        ("A cold lead.", "cold"),
        ("The lead is hot.", "hot"),
        ("graded as poor", "poor"),
        ("It is of high quality.", "high"),
        ("Lead score: 90. Priority: High", "high"),
    ],
)
def test_a_grade_is_read_where_it_is_given(text: str, grades: str) -> None:
    assert " ".join(grades_in(text)) == grades


@pytest.mark.parametrize(
    "text",
    [
        "7/10. Clarity is good",
        "7/10. Clarity is good.",
        "7/10, good structure but weak style.",
        "Vitamin C is good.",
        "Verdict: A strong lead that we like.",
        "We grade a lead by its size.",
        "This is not a hot lead.",
        "The lead. Good timing is all.",
        "It uses high quality sources.",
        "The data are in a class C address.",
        "In 2024 it was cold.",
        "Grade: Fine",
    ],
)
def test_elsewhere_the_word_is_none(text: str) -> None:
    assert grades_in(text) == ()


@pytest.mark.parametrize(
    ("value", "grade"), [("Hot", "hot"), (" B+ ", "b"), ("f", "f"), ("gold", None), ("", None), ("A lead", None)]
)
def test_a_field_holds_a_grade_or_not(value: str, grade: str | None) -> None:
    assert grade_of(value) == grade
