"""How difficult a prompt is, as it is shown: a score, one of three levels, and what it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.errors import Invalid

Level = Literal["easy", "medium", "hard"]
MIDDLE: Final[Level] = "medium"  # of prompts that nobody looked at


@dataclass(frozen=True, slots=True)
class Levels:
    """Easy below `medium_from`, hard from `hard_from` on. Raises Invalid unless 0 < medium_from < hard_from < 1."""

    medium_from: float
    hard_from: float

    def __post_init__(self) -> None:
        if not 0 < self.medium_from < self.hard_from < 1:
            raise Invalid("Medium begins above 0, hard above medium and below 1.", field="hard_from")

    def of(self, score: float) -> Level:
        """The level of a score."""
        if score < self.medium_from:
            return "easy"
        return "medium" if score < self.hard_from else "hard"


USUAL: Final = Levels(0.33, 0.67)
# What is learned is the chance that a weak model fails, and lies within 0.16 and 0.60 of nearly all prompts. Of 7 613
# questions 37 %, 43 % and 20 % are easy, medium and hard by this, and a weak model gets 83 %, 66 % and 43 % of them
# right (`benchmarks/routing_quality.py`, cross-validated).
LEARNED: Final = Levels(0.25, 0.40)


@dataclass(frozen=True, slots=True)
class Difficulty:
    """`score` 0…1; `contributions` say by name what raised it (or, below 0, lowered it)."""

    score: float
    level: Level
    contributions: Mapping[str, float]
