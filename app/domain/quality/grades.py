"""Grades in words or letters are read where they are given as a verdict, not wherever such a word stands."""

import re
from typing import Final

GRADES: Final[dict[str, tuple[float, float]]] = {
    "hot": (0.6, 1.0),
    "warm": (0.3, 0.8),
    "cold": (0.0, 0.45),
    "high": (0.6, 1.0),
    "medium": (0.3, 0.8),
    "low": (0.0, 0.45),
    "excellent": (0.75, 1.0),
    "good": (0.5, 0.95),
    "fair": (0.3, 0.75),
    "poor": (0.0, 0.45),
    "pass": (0.5, 1.0),
    "fail": (0.0, 0.6),
    "qualified": (0.5, 1.0),
    "unqualified": (0.0, 0.5),
    "disqualified": (0.0, 0.5),
    "a": (0.75, 1.0),
    "b": (0.5, 0.95),
    "c": (0.3, 0.85),
    "d": (0.0, 0.75),
    "e": (0.0, 0.65),
    "f": (0.0, 0.6),
}
"""The part of a scale, 0…1, that each may stand for: as wide as schools and sales teams use them."""

_NEAR: Final = 60  # characters before a grade that tell whether it is given as one
_MOST: Final = 400  # words that may be grades
_WORDS: Final = "|".join(grade for grade in GRADES if len(grade) > 1)
_CANDIDATE: Final = re.compile(
    rf"\b(?P<word>(?i:{_WORDS}))\b|(?<![\w'’.])(?P<letter>[A-F]|(?<=[:=]\s)[a-f])[+-]?(?![\w'’+-])"
)
_MARKS: Final = r"[*_\"'“` (]{0,4}"
_KEY: Final = (
    r"\b(?:grades?|label|verdict|rating|tier|status|category|class|temperature|priority|qualification|fit|lead|prospect|"
    r"quality|overall|essay|answer|response|text|summary|article|report|email|score|mark)"
)
_NUMBER: Final = (
    r"(?:\d\s{0,2}(?:/|out of|von|sur|de)\s{0,2}\d{1,3}|\b(?:score|rating|points)\W{1,4}(?:is\s)?\d{1,3}(?:\.\d{1,2})?)"
)
_TOLD: Final = re.compile(
    rf"{_KEY}{_MARKS}(?:[:=–—]|\s(?:is|as|of|-)\s(?:an?\s)?){_MARKS}\Z"
    rf"|{_NUMBER}[\s)*_\"']{{0,4}}[,;:–—=(-]?{_MARKS}(?:(?:an?|the)\s)?\Z",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(rf"{_KEY}{_MARKS}[:=]{_MARKS}\Z", re.IGNORECASE)
_GRADED: Final = re.compile(r"\b(?:graded?|rated)\s(?:as\s)?(?:an?\s)?[*_\"'“(]{0,3}\Z", re.IGNORECASE)
_BEGUN: Final = re.compile(
    r"(?:^|[.!?]\s{1,3}|\n)[-*•_\"'“ ]{0,4}(?:(?:overall,?\s)?(?:it|this)\sis\s(?:an?\s)?)?\Z", re.IGNORECASE
)
_NOT: Final = re.compile(r"\bnot\s(?:an?\s)?\Z", re.IGNORECASE)
_ENDED: Final = re.compile(
    r"[\s*_\"'”]*(?:[.,;:!)\]|/–—]|\Z)|[ \t*_]*\n|\s\(|"
    r"\s(?:because|since|as|for|with|due|lead|prospect|priority|fit)\b"
)
_ALONE: Final = re.compile(
    r"(?:\s(?:lead|prospect|priority|fit|quality))?[*_\"'”]{0,3}(?:[.!]|\s*\n|\s*\Z|[:,–—-]\s*\d)", re.IGNORECASE
)
_OF_MATTER: Final = re.compile(r"\s(?:lead|prospect|priority|fit)\b|\squality\b(?!\s+\w)", re.IGNORECASE)


def grades_in(text: str) -> tuple[str, ...]:
    """The grades that the text gives, each once, in lower case and letters without their sign, in order."""
    near = (found for _, found in zip(range(_MOST), _CANDIDATE.finditer(text), strict=False))
    return tuple(dict.fromkeys((found["word"] or found["letter"]).lower() for found in near if _is_given(text, found)))


def grade_of(value: str) -> str | None:
    """The grade that a field holds; None when it is none."""
    said = value.strip().lower()
    letter = said[:1] if said[1:] in ("", "+", "-") else said
    return letter if letter in GRADES else None


def _is_given(text: str, found: re.Match[str]) -> bool:
    """Whether what stands around the word or letter makes it a verdict."""
    start, end = found.span()
    before = (text, max(0, start - _NEAR), start)
    if _NOT.search(*before):
        return False
    if _ENDED.match(text, end) and _TOLD.search(*before):
        return True
    if _GRADED.search(*before) and (found["word"] or found[0][0].isupper()):
        return True
    if not found["word"]:
        return False
    return bool(
        _LABELLED.search(*before) or (_ALONE.match(text, end) and _BEGUN.search(*before)) or _OF_MATTER.match(text, end)
    )
