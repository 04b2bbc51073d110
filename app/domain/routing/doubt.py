"""A doubt is one sign that an answer may be wrong, how far it shows, and how much it weighs where it was asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Sign = Literal[
    "empty",
    "withheld",
    "refusal",
    "format",
    "tool",
    "loop",
    "echo",
    "sums",
    "cut",
    "code",
    "number",
    "hedge",
    "unsure",
    "asks",
    "unfinished",
    "demands",
    "language",
    "numbers",
]
_WEIGHTS: Final[dict[Sign, float]] = {
    "empty": 1.0,
    "withheld": 0.95,
    "refusal": 0.9,
    "format": 0.95,
    "tool": 0.9,
    "loop": 0.8,
    "echo": 0.8,
    "sums": 0.8,
    "cut": 0.7,
    "code": 0.6,
    "number": 0.6,
    "hedge": 0.55,
    "unsure": 0.55,
    "asks": 0.55,
    "unfinished": 0.55,
    "demands": 0.3,
    "language": 0.3,
    "numbers": 0.2,
}
_OWN: Final[dict[str, dict[Sign, float]]] = {
    "generic": {},
    # Somebody who talks says "I think"; somebody who is talked to wants their own language.
    "conversation": {"hedge": 0.35, "asks": 0.1, "cut": 0.6, "language": 0.55, "demands": 0.2},
    # Code that does not parse is of no use, and an answer without any is not code.
    "code_generation": {"code": 0.9, "cut": 0.8, "hedge": 0.3, "language": 0.0},
    # A program reads it: what a hedge or a broken end does to prose, it does to data twice.
    "extraction": {"hedge": 0.75, "asks": 0.8, "cut": 0.9, "unfinished": 0.6, "demands": 0.6, "language": 0.0},
    "lead_scoring": {"hedge": 0.65, "demands": 0.5},
    # Who judges may be of two minds, but must come to an end.
    "quality_assessment": {"hedge": 0.45, "cut": 0.8},
    # The voice of an email is its writer's, who may well be unsure.
    "email_writing": {"hedge": 0.0, "asks": 0.0, "cut": 0.8},
    # What a source leaves open stays open in its summary.
    "summarisation": {"hedge": 0.4, "cut": 0.8},
    "website_analysis": {"hedge": 0.3, "cut": 0.8},
}
WEIGHTS: Final[Mapping[str, Mapping[Sign, float]]] = MappingProxyType(
    {rubric: MappingProxyType(_WEIGHTS | own) for rubric, own in _OWN.items()}
)
"""By rubric: how much of the trust a sign takes where it shows wholly. Set by hand so that 0.5 is a fit threshold."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """`share` 0…1: how far the sign shows. `why` holds words and numbers of ours, never words of the answer."""

    sign: Sign
    share: float
    why: str


@dataclass(frozen=True, slots=True)
class Confidence:
    """`score` 0…1 is how far the answer is trusted: 1 where nothing speaks against it, which is no proof of it.

    `reasons` name each doubt, the heaviest first.
    """

    score: float
    reasons: tuple[str, ...]


def weighed(doubts: Iterable[Doubt], rubric: str | None) -> Confidence:
    """Π(1 − weight · share) over the doubts; an unknown rubric weighs as `generic` does."""
    weights = WEIGHTS.get(rubric or "generic", WEIGHTS["generic"])
    score, found = 1.0, []
    for doubt in doubts:
        taken = weights[doubt.sign] * min(1.0, max(0.0, doubt.share))
        if taken > 0:
            score *= 1.0 - taken
            found.append((taken, doubt.why))
    found.sort(key=lambda each: -each[0])
    return Confidence(score, tuple(why for _, why in found))
