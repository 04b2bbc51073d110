"""Synthetic inputs for whoever has none of their own, as inputs and as the file that an upload takes."""

from collections.abc import Iterable, Sequence

import orjson

from app.domain.comparison.comparison import Input
from app.domain.comparison.exercises import Kind, Level
from app.domain.comparison.synthetic import KINDS, LEVELS, generate


def make(seed: str, count: int, levels: Sequence[Level] = LEVELS, *, kinds: Sequence[Kind] = KINDS) -> list[Input]:
    """So many inputs, the same for the same seed. Raises Invalid naming the field."""
    return generate(seed, count, levels, kinds=kinds)


def jsonl(several: Iterable[Input]) -> str:
    """The text of a file, a line for each input, which `uploads.parse` reads as the same inputs."""
    return "".join(f"{_line(each)}\n" for each in several)


def _line(given: Input) -> str:
    told = {"values": dict(given.values), "reference": given.reference, "label": given.label}
    return orjson.dumps({name: value for name, value in told.items() if value is not None}).decode()
