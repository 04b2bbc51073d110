"""The order in which a strategy would ask models that can all be asked; it never depends on how they were listed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.domain.auto import Strategy
from app.domain.routing.candidate import SAME, Candidate
from app.domain.routing.ladder import rung
from app.domain.routing.level import Level
from app.domain.routing.record import QUALITY

PREFERENCE: Final = 0.5
# What the price from the cheapest to the dearest model is worth in quality, at preference .5: as much as the catalogue
# expects the best tier to be better than the cheap one. Measured on held-out exam questions between a mid model and one
# of the top tier, preferences .5, .6, .7 and .8 then ask the dear one at 2, 15, 45 and 92 % of prompts; were all of it
# worth a quality of 1, it would not be asked below .8.
WORTH: Final = QUALITY["best"] - QUALITY["cheap"]

Ranked = list[Candidate]


def ranked(
    strategy: Strategy, candidates: Sequence[Candidate], *, level: Level, preference: float | None = None
) -> Ranked:
    """All of them, the one to ask first in front. `preference` weighs quality against cost with strategy balanced."""
    if strategy == "tiers":
        return _tiers(candidates, level)
    if strategy != "balanced":
        return _PLAIN[strategy](candidates)
    chosen = PREFERENCE if preference is None else preference
    behind = unsure(candidates, strategy, level)
    if not behind or len(behind) == len(candidates):
        return _balanced(candidates, chosen)
    slugs = {each.slug for each in behind}
    sure = [each for each in candidates if each.slug not in slugs]
    return _balanced(sure, chosen) + _balanced(behind, chosen)


def unsure(candidates: Sequence[Candidate], strategy: Strategy, level: Level) -> Ranked:
    """Cheap models that stand behind dearer ones, because only the catalogue speaks for them and the prompt is not
    easy."""
    if strategy != "balanced" or level == "easy":
        return []
    return [each for each in candidates if each.tier == "cheap" and not each.learned]


def by_quality(candidates: Sequence[Candidate]) -> Ranked:
    """The best quality first; of those that are the same within SAME of the best of them, the cheapest first."""
    found: Ranked = []
    same: Ranked = []
    least = 0.0
    for value, _, place in sorted([(-each.value, each.slug, place) for place, each in enumerate(candidates)]):
        if -value < least:
            found += by_cost(same)
            same = []
        if not same:
            least = -value - SAME
        same.append(candidates[place])
    return found + by_cost(same)


def by_cost(candidates: Sequence[Candidate]) -> Ranked:
    """The cheapest first, unpriced ones last."""
    return sorted(candidates, key=_by_cost) if len(candidates) > 1 else list(candidates)


def by_latency(candidates: Sequence[Candidate]) -> Ranked:
    """The fastest first."""
    return sorted(candidates, key=lambda each: (each.latency_ms, _by_cost(each)))


def _balanced(candidates: Sequence[Candidate], preference: float) -> Ranked:
    """By preference · quality − (1 − preference) · WORTH · cost, from the cheapest (0) to the dearest (1)."""
    costs = [each.cost for each in candidates if each.cost is not None]
    least = min(costs, default=0)
    unit = (1.0 - preference) * WORTH / ((max(costs, default=0) - least) or 1)

    def key(each: Candidate) -> tuple[bool, float, float, str]:
        value, cost = each.quality * (1.0 - each.error_share), each.cost
        price = 0.0 if cost is None else unit * (cost - least)
        return cost is None, price - preference * value, -value, each.slug

    return sorted(candidates, key=key)


def _tiers(candidates: Sequence[Candidate], level: Level) -> Ranked:
    """The rung of the level first, then those whose quality is nearest to its."""
    first = rung(candidates, level)
    value = first.value
    return sorted(candidates, key=lambda each: (each is not first, abs(each.value - value), _by_cost(each)))


def _by_cost(candidate: Candidate) -> tuple[bool, int, float, str]:
    cost = candidate.cost
    return cost is None, cost or 0, -candidate.quality * (1.0 - candidate.error_share), candidate.slug


_PLAIN: Final[Mapping[str, Callable[[Sequence[Candidate]], Ranked]]] = {
    "best_quality": by_quality,
    "best_cost": by_cost,
    "fastest": by_latency,
}
