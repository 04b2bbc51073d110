"""The order in which a strategy would ask models that can all be asked; it never depends on how they were listed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.domain.auto import Strategy
from app.domain.routing.candidate import Candidate
from app.domain.routing.ladder import rung
from app.domain.routing.level import Level

# Qualities closer than this are the same, and the cheaper model is asked.
SAME: Final = 0.005
PREFERENCE: Final = 0.5

Ranked = list[Candidate]


def ranked(
    strategy: Strategy, candidates: Sequence[Candidate], *, level: Level, preference: float | None = None
) -> Ranked:
    """All of them, the one to ask first in front. `preference` weighs quality against cost with strategy balanced."""
    if strategy == "tiers":
        return _tiers(candidates, level)
    if strategy == "balanced":
        sure = [each for each in candidates if not unsure(each, strategy, level)]
        rest = [each for each in candidates if unsure(each, strategy, level)] if sure else []
        chosen = PREFERENCE if preference is None else preference
        return _balanced(sure or candidates, chosen) + _balanced(rest, chosen)
    return _PLAIN[strategy](candidates)


def unsure(candidate: Candidate, strategy: Strategy, level: Level) -> bool:
    """Whether a cheap model stands behind dearer ones because only the catalogue speaks for it, and the prompt is not
    easy."""
    return strategy == "balanced" and level != "easy" and candidate.tier == "cheap" and not candidate.learned


def by_quality(candidates: Sequence[Candidate]) -> Ranked:
    """The best quality first; of those that are the same within SAME of the best of them, the cheapest first."""
    found: Ranked = []
    same: Ranked = []
    for each in sorted(candidates, key=lambda each: (-each.value, each.slug)):
        if same and each.value < same[0].value - SAME:
            found += by_cost(same)
            same = []
        same.append(each)
    return found + by_cost(same)


def by_cost(candidates: Sequence[Candidate]) -> Ranked:
    """The cheapest first, unpriced ones last."""
    return sorted(candidates, key=_by_cost)


def by_latency(candidates: Sequence[Candidate]) -> Ranked:
    """The fastest first."""
    return sorted(candidates, key=lambda each: (each.latency_ms, *_by_cost(each)))


def _balanced(candidates: Sequence[Candidate], preference: float) -> Ranked:
    """By preference · quality − (1 − preference) · cost, cost as its place between the cheapest (0) and dearest (1)."""
    costs = [each.cost for each in candidates if each.cost is not None]
    least = min(costs, default=0)
    unit = (1.0 - preference) / ((max(costs, default=0) - least) or 1)

    def key(each: Candidate) -> tuple[bool, float, float, str]:
        price = 0.0 if each.cost is None else unit * (each.cost - least)
        return each.cost is None, price - preference * each.value, -each.value, each.slug

    return sorted(candidates, key=key)


def _tiers(candidates: Sequence[Candidate], level: Level) -> Ranked:
    """The rung of the level first, then those whose quality is nearest to its."""
    first = rung(candidates, level)
    return sorted(candidates, key=lambda each: (each is not first, abs(each.value - first.value), *_by_cost(each)))


def _by_cost(candidate: Candidate) -> tuple[bool, int, float, str]:
    return candidate.cost is None, candidate.cost or 0, -candidate.value, candidate.slug


_PLAIN: Final[Mapping[str, Callable[[Sequence[Candidate]], Ranked]]] = {
    "best_quality": by_quality,
    "best_cost": by_cost,
    "fastest": by_latency,
}
