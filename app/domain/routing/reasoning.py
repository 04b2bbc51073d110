"""Why a model was picked, in one or two plain sentences with the figures that decided it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.auto import Auto, Strategy
from app.domain.money import to_usd
from app.domain.route import Drawn, Removed
from app.domain.routing.candidate import LEARNED_FROM, Candidate
from app.domain.routing.level import Level
from app.domain.routing.limits import UNCONFIGURED, keeps_latency, keeps_quality
from app.domain.routing.strategies import PREFERENCE, unsure

_RUNG: Final[Mapping[Level, str]] = {"easy": "first", "medium": "middle", "hard": "last"}
_MOST: Final = {"best_quality": "the best", "best_cost": "the cheapest", "fastest": "the fastest"}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a pick rests on. `asked` are the models in the order of the strategy, `first` the one that is asked.

    `fits`: some model meets every limit. `pool` counts those that could be drawn, `removed` could not be asked.
    """

    auto: Auto
    strategy: Strategy
    level: Level
    triggered: str | None
    asked: Sequence[Candidate]
    first: Candidate
    drawn: Drawn
    fits: bool
    pool: int
    removed: Sequence[Removed]


def reasoning(grounds: Grounds) -> str:
    """The sentences."""
    told = [_stakes(grounds), _drawn(grounds), _behind(grounds), _unmet(grounds)]
    return " ".join(each for each in told if each)


def _drawn(grounds: Grounds) -> str:
    usual = grounds.asked[0]
    expected = _expected(grounds.first)
    if grounds.drawn == "hold-out":
        drawn = f"Drawn by chance from {grounds.pool} models: {expected}."
        return drawn if usual is grounds.first else f"{drawn} The router would have asked {_expected(usual)}."
    if grounds.drawn == "best-single":
        return f"The router stands down for {expected}; it would have asked {_expected(usual)}."
    return f"Strategy {grounds.strategy}, {grounds.level} prompt: {expected} is {_place(grounds)}{_gone(grounds)}."


def _gone(grounds: Grounds) -> str:
    """How many could not be asked; a kept route lists only those that limits removed."""
    unset = sum(each.limit == UNCONFIGURED for each in grounds.removed)
    removed = f"; {len(grounds.removed) - unset} were removed" if len(grounds.removed) > unset else ""
    return removed + (f"; providers of {unset} more are not configured" if unset else "")


def _place(grounds: Grounds) -> str:
    many = len(grounds.asked)
    if many == 1:
        return "the only model that can be asked"
    if grounds.strategy == "tiers":
        return f"the {_RUNG[grounds.level]} rung of {many} models"
    if grounds.strategy == "balanced":
        preference = PREFERENCE if grounds.auto.preference is None else grounds.auto.preference
        return f"the best balance of quality and cost of {many} models, with preference {preference:.2f}"
    return f"{_MOST[grounds.strategy]} of {many} models"


def _expected(candidate: Candidate) -> str:
    cost = "unpriced" if candidate.cost is None else f"${to_usd(candidate.cost)}"
    return f"{candidate.slug} (quality {candidate.quality:.2f}, {cost}, {candidate.latency_ms} ms)"


def _behind(grounds: Grounds) -> str:
    behind = unsure(grounds.asked, grounds.strategy, grounds.level)
    if not behind or len(behind) == len(grounds.asked):
        return ""
    many = f"{behind[0].slug} is" if len(behind) == 1 else f"{len(behind)} cheap models are"
    return f"Not learned yet (fewer than {LEARNED_FROM} outcomes), {many} not asked first."


def _stakes(grounds: Grounds) -> str:
    if grounds.triggered is not None:
        return f"Stakes are high because of “{grounds.triggered}”."
    return "Stakes are high." if grounds.auto.stakes == "high" else ""


def _unmet(grounds: Grounds) -> str:
    auto, first = grounds.auto, grounds.first
    missed = []
    if not keeps_quality(auto, first):
        missed.append(f"min_quality {auto.min_quality} is not kept for sure (at least {first.low:.2f} is expected)")
    if not keeps_latency(auto, first):
        missed.append(f"max_latency {auto.max_latency_ms} ms is not kept")
    if not missed:
        return ""
    return f"{'Drawn all the same' if grounds.fits else 'No model meets every limit'}: {' and '.join(missed)}."
