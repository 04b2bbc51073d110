"""What a model is told to reply with, where its instructions show a JSON object, as a simulated model fills it in."""

import re
from collections.abc import Callable, Mapping
from json import JSONDecoder
from typing import Final

MOST: Final = 100  # points are given from 0 to so many
_TOLD: Final = re.compile(r"\breply with one json object\b[^{\n]*", re.IGNORECASE)
_DECODER: Final = JSONDecoder()


def shown(instructions: str) -> list[Mapping[str, object]]:
    """The objects that `Reply with one JSON object …: {…}` shows, in order; none where no such words stand."""
    told = _TOLD.search(instructions)
    found: list[Mapping[str, object]] = []
    at = told.end() if told is not None else -1
    while 0 <= at < len(instructions) and instructions[at] == "{":
        try:
            value, end = _DECODER.raw_decode(instructions, at)
        except (ValueError, RecursionError):
            break
        found.append(value)
        between = re.match(r"(?:,|\s|\bor\b)*", instructions[end:])
        at = end + (between.end() if between is not None else 0)
    return found


def filled(value: object, chance: Callable[[str], float], name: str = "") -> object:
    """The value with each number drawn anew from 0 to MOST; `chance` gives 0…1 for the name of a place."""
    if isinstance(value, Mapping):
        return {key: filled(own, chance, f"{name}.{key}") for key, own in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(chance(f"points{name}") * (MOST + 1))
    return value
