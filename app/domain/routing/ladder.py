"""A ladder has the models that are worth their price, from the cheapest rung to the best."""

from collections.abc import Sequence
from typing import Final

from app.domain.model import Tier
from app.domain.routing.candidate import SAME, Candidate
from app.domain.routing.level import Level

_TIERS: Final[dict[Tier, int]] = {"cheap": 0, "mid": 1, "best": 2}


def rungs(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The models that no cheaper one equals in quality, by rising price and rising quality.

    Unpriced models stand on no rung while there are priced ones; among themselves their tier stands for the price.
    """
    priced = [each for each in candidates if each.cost is not None] or candidates
    found: list[Candidate] = []
    reached = -1.0
    for each in sorted(priced, key=_by_price):
        if (value := each.value) > reached:
            found.append(each)
            reached = value
    return found


def rung(candidates: Sequence[Candidate], level: Level) -> Candidate:
    """Easy: the first rung. Hard: the last. Medium: the first whose quality reaches the middle between those two."""
    found = rungs(candidates)
    if level == "easy":
        return found[0]
    if level == "hard":
        return found[-1]
    middle = (found[0].value + found[-1].value) / 2
    return next(each for each in found if each.value >= middle)


def next_rung(candidates: Sequence[Candidate], after: str) -> Candidate | None:
    """Whom to ask when the answer of `after` was not good enough: of those better by more than SAME, the one with the
    most quality gained per dollar.

    The second answer is paid besides the first, so that its whole cost counts. None when nobody is better; unpriced
    models are asked when nobody else is.
    """
    start = next((each.value for each in candidates if each.slug == after), None)
    if start is None:
        return None
    better = [each for each in candidates if each.value > start + SAME]
    return min(better, key=lambda each: _by_gain(each, each.value - start), default=None)


def rungs_above(candidates: Sequence[Candidate], after: str, steps: int) -> list[Candidate]:
    """Who would be asked after it, one by one, were no answer good enough; at most so many."""
    found: list[Candidate] = []
    while len(found) < steps and (up := next_rung(candidates, found[-1].slug if found else after)):
        found.append(up)
    return found


def _by_price(candidate: Candidate) -> tuple[int, float, str]:
    cost = _TIERS[candidate.tier] if candidate.cost is None else candidate.cost
    return cost, -candidate.quality * (1.0 - candidate.error_share), candidate.slug


def _by_gain(candidate: Candidate, gain: float) -> tuple[bool, float, float, str]:
    """What costs nothing comes first, then the most gain per nano-dollar; the larger gain among equals."""
    if candidate.cost is None:
        return True, 0.0, -gain, candidate.slug
    return False, -gain / candidate.cost if candidate.cost else float("-inf"), -gain, candidate.slug
