"""How difficult a prompt is, as it is shown: a score, one of three levels, and what it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["easy", "medium", "hard"]
MEDIUM_FROM: Final = 0.33
HARD_FROM: Final = 0.67


@dataclass(frozen=True, slots=True)
class Difficulty:
    """`score` 0…1; `contributions` say by name what raised it (or, below 0, lowered it)."""

    score: float
    level: Level
    contributions: Mapping[str, float]


def level(score: float, *, medium_from: float = MEDIUM_FROM, hard_from: float = HARD_FROM) -> Level:
    """Easy below `medium_from`, hard from `hard_from` on."""
    if score < medium_from:
        return "easy"
    return "medium" if score < hard_from else "hard"
