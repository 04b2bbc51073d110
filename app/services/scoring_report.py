"""Whether the scores of a use case follow what people say of its answers, by the feedback of the last days."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.db import score_opinions
from app.domain.quality.calibration import MOST_PAIRED
from app.domain.quality.opinions import Following, following, judged
from app.services.scoring_weights import known
from app.services.world import World

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Report:
    """How far scores by that rubric follow opinions of so many days; `opinions`: how many are on what has a score."""

    rubric: str
    days: int
    opinions: int
    following: Following


def calibration(world: World, code: str, *, rubric: str | None = None, days: int = DAYS) -> Report:
    """The report for a rubric, the use case's own without one. Raises NotFound, Invalid for one not known here."""
    use_case, chosen = known(world, code, rubric)
    with world.store.read() as tx:
        said = score_opinions.said(tx, use_case.id, chosen.name, since=world.now() - timedelta(days=days))
    opinions = len({each.opinion for each in said})
    return Report(chosen.name, days, opinions, following(judged(said)[:MOST_PAIRED]))
