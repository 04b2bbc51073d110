"""Some of what a prompt asks for can be counted: words, sentences, items, bullets, JSON, a single word."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from app.domain.comparison.found_json import found_json
from app.domain.quality.dimension import Finding, part_of
from app.domain.quality.reading import Reading
from app.domain.quality.work import Work
from app.domain.scoring import read_integer

_NUMBERS: Final = r"\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty"
_LENGTH: Final = re.compile(
    rf"\b(?P<kind>at most|no more than|not more than|up to|under|below|less than|fewer than|within|"
    rf"max(?:imum)?(?: of)?|at least|no less than|more than|exactly|in|about|around)\s+(?P<number>{_NUMBERS})\s+"
    rf"(?P<what>words?|sentences?)\b",
    re.IGNORECASE,
)
_ITEMS: Final = re.compile(
    rf"\b(?:list|name|give|provide|suggest|propose|mention|offer|write|generate)\s+(?:me\s+|us\s+)?(?:exactly\s+)?"
    rf"(?:the\s+)?(?P<number>{_NUMBERS})\s+(?!(?:words?|sentences?|paragraphs?|lines?|characters?|pages?|minutes?)\b)[a-z]",
    re.IGNORECASE,
)
_JSON: Final = re.compile(
    r"\b(?:as|in|valid|only|return|into|output)\s+(?:a\s+|an\s+)?(?:valid\s+)?json\b", re.IGNORECASE
)
_ONE_WORD: Final = re.compile(r"\b(?:in|with) (?:one|a single) word\b|\bone[- ]word (?:answer|reply)", re.IGNORECASE)
_BULLETS: Final = re.compile(r"\bbullet(?:ed)?(?: points?| list)?\b|\bas a list\b", re.IGNORECASE)
_ITEM: Final = re.compile(r"^\s*(?:[-*•+]|\d{1,3}[.)])\s+\S")
_PARTS: Final = re.compile(r"\s*(?:,|;|\n|\band\b|\bund\b|\bet\b|\by\b)\s*")
_MOST: Final = 10  # demands of one kind
_SLACK: Final = 0.1  # people who ask for words do not count them
_AT_LEAST: Final = ("at least", "no less than", "more than")
_ABOUT: Final = ("about", "around")


def instructions(work: Work) -> Finding | None:
    """The part of the countable demands of the prompt that are met; None when it makes none. Words within a tenth."""
    met = [] if work.prompt is None else list(_demands(work, work.prompt.text))
    if not met:
        return None
    return Finding(part_of(len(met), sum(met)), f"{sum(met)} of {len(met)} countable demands of the prompt are met")


def items(reading: Reading) -> int:
    """Lines that are items of a list."""
    return sum(bool(_ITEM.match(line)) for line in reading.lines)


def _demands(work: Work, prompt: str) -> Iterator[bool]:
    answer = work.answer
    for found in islice(_LENGTH.finditer(prompt), _MOST):
        number = read_integer(found["number"]) or 0
        of_words = found["what"].lower().startswith("word")
        had = len(answer.words) if of_words else len(answer.sentences)
        yield _within(found["kind"].lower(), had, number, _SLACK if of_words else 0.0)
    for found in islice(_ITEMS.finditer(prompt), _MOST):
        yield _has_items(answer, read_integer(found["number"]) or 0)
    if _JSON.search(prompt):
        yield bool(answer.data or found_json(work.text))
    if _ONE_WORD.search(prompt):
        yield len(answer.words) == 1
    if _BULLETS.search(prompt):
        yield items(answer) > 1


def _within(kind: str, had: int, number: int, slack: float) -> bool:
    if kind in _AT_LEAST:
        return had >= number * (1 - slack)
    if kind == "exactly":
        return abs(had - number) <= number * slack
    if kind in _ABOUT:
        return abs(had - number) <= number * 3 * max(slack, _SLACK)
    return had <= number * (1 + slack)


def _has_items(answer: Reading, number: int) -> bool:
    listed = items(answer)
    if listed:
        return listed == number
    if answer.data:
        return any(isinstance(value, list) and len(value) == number for value in _values(answer.data[0]))
    return number in (len(answer.sentences), len(answer.lines), len(_PARTS.split(" ".join(answer.lines).strip(" ."))))


def _values(value: object) -> tuple[object, ...]:
    return (value, *value.values()) if isinstance(value, dict) else (value,)
