"""JSON is looked for inside what a model wrote around it, and two values are the same by JSON's own types."""

import json
import re
from collections.abc import Iterator
from typing import Final

MOST_TEXT: Final = 200_000
_TRIES: Final = 20  # places at which a value may begin
_FENCE: Final = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
_OPENING: Final = re.compile(r"[\[{]")


def found_json(text: str) -> tuple[object, ...]:
    """The value in the text, alone in a tuple, or nothing: all of it, else a fenced block, else an object or array.

    Of several the first counts. Of a text longer than MOST_TEXT characters only so many are read. Numbers that JSON
    does not know (NaN, Infinity) are none.
    """
    text = text[:MOST_TEXT]
    for piece in _pieces(text):
        value = _read(piece)
        if value:
            return value
    for opening in _begins(text):
        value = _read(text[opening:], whole=False)
        if value:
            return value
    return ()


def same_json(one: object, other: object) -> bool:
    """Whether both are the same value: any order of keys, 1 is 1.0, true is not 1."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same_json(value, other[key]) for key, value in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(same_json, one, other))
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and one == other


def _pieces(text: str) -> Iterator[str]:
    yield text
    yield from (found[1] for found in _FENCE.finditer(text))


def _begins(text: str) -> Iterator[int]:
    for _, found in zip(range(_TRIES), _OPENING.finditer(text), strict=False):
        yield found.start()


def _read(text: str, *, whole: bool = True) -> tuple[object, ...]:
    text = text.strip()
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return ()
    return () if whole and end < len(text) else (value,)


def _unknown(word: str) -> object:
    raise ValueError(word)


_DECODER: Final = json.JSONDecoder(parse_constant=_unknown)
