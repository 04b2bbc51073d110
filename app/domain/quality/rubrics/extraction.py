"""Extracted data: they can be read by a program, hold the fields asked for, and only values of the source."""

import re
from typing import Final

from app.domain.comparison.found_json import found_json
from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, part_of
from app.domain.quality.grounding import known, plain
from app.domain.quality.pairs import NO_PAIRS, Pairs, pairs_of
from app.domain.quality.reading import leaves, words_of
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.work import Work

_MOST: Final = 40  # fields
_NAME: Final = 100  # characters of the name of a field
_MOST_VALUES: Final = 200
_QUOTED: Final = re.compile(r"[\"`']([A-Za-z_][\w -]{1,40})[\"`']\s*:?")
_ANNOUNCED: Final = re.compile(
    r"\b(?:fields|keys|columns|attributes|properties|following|extract|with)\s*(?:are|is)?\s*:?\s+"
    r"((?:[\w-]+(?: [\w-]+)?(?:,\s*(?:and\s+)?|\s+and\s+))+[\w-]+)",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"^(?:the|its|their|a|an|all)\s+", re.IGNORECASE)
_FENCE: Final = re.compile(r"^\s*```\w*\s*\n.*\n\s*```\s*$", re.DOTALL)
_ABSENT: Final = frozenset({"null", "none", "n/a", "na", "unknown", "not given", "not found", "missing", "-", ""})


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    found = found_json(work.text)
    value = found[0] if found and isinstance(found[0], dict | list) else None
    lines = pairs_of(work.answer.text) if value is None else NO_PAIRS
    pairs = {_name(name): told for name, told in lines.values.items()}
    return {
        "validity": _validity(value, pairs),
        "fields": _fields(work, value, pairs),
        "grounding": _grounding(work, value, pairs),
        "purity": _purity(work, value, lines),
        "completeness": completeness(work),
    }


def _validity(value: object, pairs: dict[str, str]) -> Finding:
    """100 for JSON, 50 for lines of name and value, else 0."""
    if value is not None:
        return Finding(100.0, "the data parse as JSON")
    return Finding(50.0, "lines of name and value") if pairs else Finding(0.0, "no data are found")


def _fields(work: Work, value: object, pairs: dict[str, str]) -> Finding | None:
    """The part of the fields asked for that are there, empty ones too; None when the prompt names none."""
    given = work.context.facts.get("fields", "").split(",", _MOST)[:_MOST]
    asked = [_name(field[:_NAME]) for field in given if field.strip()] or _asked(work)
    if not asked:
        return None
    there = set(pairs) | _keys(value)
    had = sum(name in there for name in asked)
    return Finding(part_of(len(asked), had), f"{had} of {len(asked)} fields that were asked for are there")


def _asked(work: Work) -> list[str]:
    if work.prompt is None:
        return []
    text = work.prompt.text
    quoted = [_name(name) for name in _QUOTED.findall(text)]
    told = _ANNOUNCED.search(text)
    listed = re.split(r",\s*(?:and\s+)?|\s+and\s+", told[1]) if told else []
    return list(dict.fromkeys(quoted or [_name(_ARTICLE.sub("", name)) for name in listed]))[:_MOST]


def _grounding(work: Work, value: object, pairs: dict[str, str]) -> Finding | None:
    """The part of the values whose words all stand in the source; None without a source or any value."""
    source = work.source()
    told = _told(value) if value is not None else list(pairs.values())
    values = [each for each in told[:_MOST_VALUES] if each.strip().lower() not in _ABSENT]
    if source is None or not values:
        return None
    words = known(source)
    there = sum(all(plain(word) in words for word in words_of(each)) for each in values)
    return Finding(part_of(len(values), there), f"all words of {there} of {len(values)} values stand in the source")


def _purity(work: Work, value: object, lines: Pairs) -> Finding:
    """100 for data alone, also within one fence; 50 with words around them; 0 without data."""
    if value is None and not lines.values:
        return Finding(0.0, "no data are found")
    alone = work.text.strip()[:1] in ("{", "[") and work.text.strip()[-1:] in ("}", "]")
    pure = not lines.others if value is None else alone or bool(_FENCE.match(work.text))
    return Finding(100.0 if pure else 50.0, "data alone" if pure else "words stand around the data")


def _keys(value: object) -> set[str]:
    """Names of all fields, of any depth."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as pairs:
                found.update(_name(str(key)) for key in pairs)
                waiting.extend(pairs.values())
            case list() as items:
                waiting.extend(items)
            case _:
                pass
    return found


def _told(value: object) -> list[str]:
    """Texts and numbers of the data; true and false are somebody's conclusion."""
    numbers: list[str] = []
    waiting = [value]
    while waiting and len(numbers) < _MOST_VALUES:
        match waiting.pop():
            case bool() | None:
                pass
            case int() | float() as number:
                numbers.append(f"{number:g}" if abs(number) < 1e6 else str(number))
            case dict() as pairs:
                waiting.extend(pairs.values())
            case list() as items:
                waiting.extend(items)
            case _:
                pass
    return leaves(value) + numbers


def _name(text: str) -> str:
    return "_".join(words_of(text.replace("_", " ")))


RUBRIC = Rubric(
    "extraction",
    "data taken from a source",
    (
        Spec("validity", 35, "parses as JSON, or is lines of name and value"),
        Spec("fields", 25, "fields that were asked for are there"),
        Spec("grounding", 20, "values stand in the source"),
        Spec("purity", 10, "nothing stands around the data"),
        Spec("completeness", 10, "does not break off, leaves nothing to fill in"),
    ),
    measure,
)
