"""Lines of name and value, such as `age: 5`, are data as well, if less strict than JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.quality.reading import words_of

_MOST_WORDS: Final = 6  # of a name
_MOST_BARE: Final = 3  # of a name whose values stand in the lines below it
_NAME: Final = r"(?:[-*•]\s{1,4})?\*{0,2}([^\s:*|][^:\n*|]{0,59}?)\*{0,2}\s{0,4}:\*{0,2}"
_PAIR: Final = re.compile(rf"{_NAME}(?!//)\s{{0,4}}(\S.*)")
_BARE: Final = re.compile(_NAME)
_ITEM: Final = re.compile(r"[-*•]\s{1,4}\S")
_FENCE: Final = re.compile(r"```[\w-]*")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Values by name, those of lines below joined; and how many of the lines, none of them empty, are no data."""

    values: Mapping[str, str]
    others: int


NO_PAIRS: Final = Pairs({}, 0)


def pairs_of(text: str) -> Pairs:
    """The lines of name and value in the text, in a fence or without; none in what begins as JSON does."""
    lines = [line for line in text.splitlines() if line.strip() and not _FENCE.fullmatch(line.strip())]
    if not lines or lines[0].lstrip()[0] in "{[":
        return NO_PAIRS
    values: dict[str, str] = {}
    others, above = 0, ""
    for at, line in enumerate(lines):
        pair = _pair(line)
        if pair:
            above, values[pair[1]] = pair[1], pair[2]
        elif _opens(line, lines[at + 1] if at + 1 < len(lines) else ""):
            above = line.strip(" -*•:\t")
        elif above and _is_below(line):
            values[above] = f"{values.get(above, '')} {line.strip(' -*•')}".strip()
        else:
            others, above = others + 1, ""
    return Pairs(values, others)


def is_pair(line: str) -> bool:
    """Whether the line is a name of at most six words and a value that is no JSON, a colon between."""
    return _pair(line) is not None


def value_of(line: str) -> str:
    """What follows the name in such a line."""
    found = _pair(line)
    return found[2] if found else ""


def _pair(line: str) -> re.Match[str] | None:
    found = _PAIR.fullmatch(line.strip())
    if found is None or found[2][0] == "{" or (found[2][0] == "[") != (found[2][-1] == "]"):
        return None
    return found if len(words_of(found[1])) <= _MOST_WORDS else None


def _opens(line: str, below: str) -> bool:
    """Whether the line is a name whose value stands in the lines below."""
    found = _BARE.fullmatch(line.strip())
    return found is not None and len(words_of(found[1])) <= _MOST_BARE and _is_below(below)


def _is_below(line: str) -> bool:
    """Whether the line is an item, or set in."""
    return line[:1].isspace() or bool(_ITEM.match(line))
