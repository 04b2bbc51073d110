"""A quality is the weighted mean of its dimensions, and each of them says in words why it has its points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_ALL: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """Points 0…100 of one measure; `why` holds numbers and words of ours, never words of the text."""

    points: float
    why: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Nothing could be measured on this answer, and `why`, in words of ours."""

    why: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """One measure of an answer: points 0…100, and its part of the total, 0…1; the parts of all sum to 1."""

    name: str
    points: float
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Quality:
    """`total` 0…100 is Σ weight · points over the dimensions that could be measured on this answer.

    `unmeasured` says by name why the others could not be: of what they stand for the total says nothing.
    """

    total: float
    dimensions: tuple[Dimension, ...]
    unmeasured: Mapping[str, str] = field(default_factory=lambda: _ALL)


def part_of(whole: int, part: int) -> float:
    """`part` of `whole` as points 0…100; 100 of nothing."""
    return 100.0 * min(part, whole) / whole if whole else 100.0


def falling(value: float, *, full: float, none: float) -> float:
    """100 up to `full`, 0 from `none` on, in a straight line between."""
    return 100.0 * min(1.0, max(0.0, (none - value) / (none - full)))
