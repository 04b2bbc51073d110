"""Answers are scored by the rules of a rubric: no model is asked, nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.domain.quality.dimension import Quality
from app.domain.quality.rubric import Rubric
from app.domain.quality.scoring import RUBRICS
from app.domain.quality.scoring import score as score_text
from app.domain.quality.work import Context
from app.services.grammars import parse


@dataclass(frozen=True, slots=True)
class ScoreAsked:
    """An answer to be scored, and what is known about what was asked; `weights` replace the rubric's by name."""

    text: str
    prompt: str | None = None
    rubric: str = "generic"
    context: Context = field(default_factory=Context)
    weights: Mapping[str, float] = field(default_factory=dict)


def score(asked: ScoreAsked) -> Quality:
    """The quality of the answer. Raises Invalid naming the field."""
    context = replace(asked.context, parse=parse)
    return score_text(asked.text, asked.prompt, asked.rubric, context, weights=asked.weights)


def rubrics() -> list[Rubric]:
    """All rubrics by name."""
    return [RUBRICS[name] for name in sorted(RUBRICS)]
