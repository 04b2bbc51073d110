"""A verdict is a number on a scale or a grade; what a text says of itself is read, not judged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.domain.quality.dimension import Finding
from app.domain.quality.grades import GRADES, grade_of, grades_in
from app.domain.quality.work import Work

_MOST: Final = 50
_KEY: Final = re.compile(
    r"(?:^|_)(?:score|rating|points|total|overall)$|^(?:lead|quality|overall)_?score$", re.IGNORECASE
)
_GRADE_KEY: Final = re.compile(r"(?:^|_)(?:grade|label|tier|verdict|category|status|temperature|class)$", re.IGNORECASE)
_ON_SCALE: Final = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:\.\d{1,2})?)\s*(?:/|out of|von|sur|de)\s*(100|10|5)(?![\d.]*\d)", re.I
)
_NAMED: Final = re.compile(
    r"\b(?:score|rating|points)\b[\"'*` ]{0,4}(?:[:=]|is|of)[\"'*` ]{0,4}(\d{1,3}(?:\.\d{1,2})?)"
    r"(?![\d.]*\d|\s*(?:/|out of))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Numbers as parts of their scale, 0…1 (above 1 when out of range), with whether the scale is told; grades."""

    numbers: tuple[float, ...]
    scaled: bool
    grades: tuple[str, ...]


def verdict_of(work: Work) -> Verdict:
    """What the answer says of its matter: of data the fields that are called so, else the text."""
    if work.answer.data and isinstance(work.answer.data[0], dict):
        return _of_data(work.answer.data[0])
    text = "\n".join(work.answer.lines)
    scaled = [
        float(found[1]) / float(found[2]) for _, found in zip(range(_MOST), _ON_SCALE.finditer(text), strict=False)
    ]
    named = [float(found[1]) for _, found in zip(range(_MOST), _NAMED.finditer(text), strict=False)]
    alone = re.fullmatch(r"\W*(\d{1,3}(?:\.\d+)?)\W*", text)
    if alone:
        named.append(float(alone[1]))
    return Verdict(tuple(scaled or (_fraction(number) for number in named)), bool(scaled), grades_in(text))


def stated(verdict: Verdict) -> Finding:
    """100 for a number in its scale, 80 where the scale is not told, 60 for a grade alone, 0 for none.

    The first number is the verdict; others may be parts of it. One out of its scale is none.
    """
    if verdict.numbers and verdict.numbers[0] <= 1:
        return Finding(
            100.0 if verdict.scaled else 80.0, "a number" + (" on a scale" if verdict.scaled else ", its scale untold")
        )
    if verdict.numbers:
        return Finding(0.0, "the number is beyond its scale")
    if verdict.grades:
        return Finding(60.0, "a grade, no number")
    return Finding(0.0, "no verdict is stated")


def agreement(verdict: Verdict) -> Finding | None:
    """Whether number and grade say the same; None unless both are stated."""
    if not verdict.numbers or not verdict.grades:
        return None
    low, high = GRADES[verdict.grades[0]]
    agree = low <= verdict.numbers[0] <= high
    return Finding(100.0 * agree, "number and grade agree" if agree else "number and grade contradict each other")


def _of_data(data: dict[str, object]) -> Verdict:
    numbers = tuple(_numbers(data))
    said = (grade_of(value) for key, value in data.items() if _GRADE_KEY.search(key) and isinstance(value, str))
    return Verdict(numbers, bool(numbers), tuple(grade for grade in said if grade))


def _numbers(data: dict[str, object]) -> Iterator[float]:
    for key, value in data.items():
        if _KEY.search(key) and isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e6:
            yield _fraction(float(value))


def _fraction(number: float) -> float:
    """On the smallest usual scale that holds it: 1 with decimals, else 10, else 100."""
    if number <= 1 and number != int(number):
        return number
    return number / 10 if number <= 10 else number / 100
