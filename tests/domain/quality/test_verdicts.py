"""A verdict is read from a text or from data, with its scale and its grade."""

import pytest

from app.domain.quality.verdicts import agreement, stated, verdict_of
from tests.domain.quality.working import work


@pytest.mark.parametrize(
    ("text", "numbers", "grades"),
    [
        ("Score: 84/100, a hot lead.", (0.84,), ("hot",)),
        ("I give it 7 out of 10.", (0.7,), ()),
        ("The score is 84.", (0.84,), ()),
        ("72", (0.72,), ()),
        ('{"lead_score": 84, "grade": "Hot", "employees": 240}', (0.84,), ("hot",)),
        ('{"score": 0.5}', (0.5,), ()),
        ("This is a cold lead.", (), ("cold",)),
        ("We met in 2024 with 240 people.", (), ()),
        ("The high wall is warm in summer.", (), ()),
        ("Score: 85/100, grade F.", (0.85,), ("f",)),
        ("7/10. Clarity is good", (0.7,), ()),
        ('{"score": 85, "grade": "B+", "tier": "gold"}', (0.85,), ("b",)),
    ],
)
def test_numbers_and_grades_are_read(text: str, numbers: tuple[float, ...], grades: tuple[str, ...]) -> None:
    found = verdict_of(work(text))

    assert found.numbers == pytest.approx(numbers)
    assert found.grades == grades


@pytest.mark.parametrize(
    ("text", "points"),
    [("84/100", 100), ("Score: 84", 80), ("A cold lead.", 60), ("Score: 140/100", 0), ("Perhaps.", 0)],
)
def test_a_verdict_on_a_scale_is_worth_most(text: str, points: float) -> None:
    assert stated(verdict_of(work(text))).points == points


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("Score: 84/100, a hot lead.", 100),
        ("Score: 20/100, a hot lead.", 0),
        ("Score: 20/100.", None),
        ("Score: 85/100, grade F.", 0),
        ("Score: 85/100, grade A.", 100),
        ("7/10. Clarity is good", None),
    ],
)
def test_number_and_grade_say_the_same_or_not(text: str, points: float | None) -> None:
    found = agreement(verdict_of(work(text)))

    assert (None if found is None else found.points) == points
