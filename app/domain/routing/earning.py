"""Whether the router earns its keep: is it better than single models, mixed at random, at what it costs."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.domain.comparison.estimate import Estimate
from app.domain.routing import earning_words as words
from app.domain.routing.earned import (
    FEWEST_ASKED,
    FEWEST_HELD_OUT,
    FEWEST_OUTCOMES,
    NEGLIGIBLE,
    OFTEN_ENOUGH,
    Against,
    Always,
    Earned,
)
from app.domain.routing.earning_hull import Mixed, at_cost, at_quality
from app.domain.routing.earning_reached import Reached, reached
from app.domain.routing.earning_rows import Logged
from app.domain.routing.earning_terms import Term, combined

_CLOSE: Final = 1e-9
_PART: Final = 0.25  # of a mixture; a model of so large a part does about as well as the whole
_FARTHEST: Final = 10_000_000  # outcomes; what would need more is not worth a promise


def earned(rows: Sequence[Logged], *, before: str | None = None) -> Earned:
    """What these routes say of the router; `before` is the single model named last, which stays while it is as good.

    The verdict needs FEWEST_OUTCOMES outcomes, FEWEST_HELD_OUT of them held out, and FEWEST_ASKED of each model that
    could have been asked in OFTEN_ENOUGH of the requests, and as many among those in which the router wanted another
    model: only these tell the two apart. Where no more than NEGLIGIBLE hangs on them, intervals are wider by it
    instead. The verdict is earns its keep when the whole 95 % interval of the gain lies above 0, else no gain. Outcomes
    count alike, whoever they come from. Requests that one model alone could have been asked, as those of high stakes,
    say nothing and are left out of all figures but the counts.
    """
    held_out = sum(row.held_out for row in rows)
    told = Earned(verdict="too early", sentence="", outcomes=len(rows), held_out=held_out)
    open_ones = [row for row in rows if np.count_nonzero(row.rated[:, 0]) > 1]
    if not open_ones:
        return replace(told, sentence=_lacking(told, 0))
    router, *singles = reached(open_ones)
    often = [each for each in singles if each.share >= OFTEN_ENOUGH and each.cost is not None]
    told = replace(
        told,
        router=_always(router, compared=True),
        singles=tuple(_always(each, compared=each.model in {other.model for other in often}) for each in singles),
    )
    lacking = _lacking(told, len(open_ones)) or _incomparable(router, often)
    return replace(told, sentence=lacking) if lacking else _judged(told, router, often, before)


def _lacking(told: Earned, open_ones: int) -> str:
    """Of what there is too little, empty when there is enough."""
    if told.outcomes < FEWEST_OUTCOMES:
        return words.too_few(told.outcomes)
    if told.held_out < FEWEST_HELD_OUT:
        return words.too_few_held_out(told.held_out)
    return words.no_choice(open_ones) if open_ones < FEWEST_OUTCOMES else ""


def _incomparable(router: Reached, often: Sequence[Reached]) -> str:
    """Why the router cannot be held against models, empty when it can."""
    if not often:
        return words.nothing_to_compare()
    rarest = min(often, key=lambda each: each.asked)
    if rarest.asked < FEWEST_ASKED:
        return words.asked_too_seldom(rarest.model or "", rarest.asked)
    least = max(often, key=lambda each: each.unknown)
    if least.unknown > NEGLIGIBLE:
        return words.told_apart_too_seldom(
            least.model or "", apart=least.apart, drawn=least.drawn, followed=least.followed
        )
    return words.price_unknown() if router.cost is None else ""


def _judged(told: Earned, router: Reached, often: Sequence[Reached], before: str | None) -> Earned:
    points = [(_cost(each), each.quality) for each in often]
    mixed = at_cost(points, _cost(router))
    gain = _gain(router, often, mixed)
    best = max(often, key=_worth)
    cheapest = min(often, key=lambda each: (_cost(each), -each.quality))
    told = replace(
        told,
        gain=gain,
        saved=_saved(router, often, at_quality(points, router.quality)),
        best=_against(router, best),
        cheapest=_against(router, cheapest),
    )
    if gain.low is not None and gain.low > 0:
        return replace(told, verdict="earns its keep", sentence=words.earns(told, gain))
    single = _single(router, often, mixed, before)
    told = replace(told, verdict="no gain", single=single, needed=_needed(told.outcomes, gain))
    return replace(told, sentence=words.no_gain(told, gain))


def _gain(router: Reached, singles: Sequence[Reached], mixed: Mixed) -> Estimate:
    """Quality above that of the mixture, which moves with the costs by its slope: the delta method."""
    slope = mixed.slope or 0.0
    others = [Term(singles[place], -share, slope * share) for place, share in mixed.shares.items()]
    return combined([Term(router, 1.0, -slope), *others])


def _saved(router: Reached, singles: Sequence[Reached], mixed: Mixed) -> Estimate:
    """Cost below that of the mixture, which moves with the qualities by one over its slope."""
    steep = 1 / mixed.slope if mixed.slope else 0.0
    others = [Term(singles[place], -steep * share, share) for place, share in mixed.shares.items()]
    return combined([Term(router, steep, -1.0), *others])


def _against(router: Reached, other: Reached) -> Against:
    saved = combined([Term(other, cost=1.0), Term(router, cost=-1.0)])
    better = combined([Term(router, 1.0), Term(other, -1.0)])
    return Against(other.model or "", better, saved, saved.value / _cost(other) if _cost(other) > 0 else None)


def _single(router: Reached, singles: Sequence[Reached], mixed: Mixed, before: str | None) -> str:
    """The best of those that are as good and no dearer; without one the larger part of the mixture of equal cost.

    Where several will do, the one named before, so that who stands down does not change models with every look.
    """
    as_good = [
        each
        for each in singles
        if each.quality >= router.quality - _CLOSE and _cost(each) <= _cost(router) * (1 + _CLOSE)
    ]
    parts = [singles[place] for place, share in mixed.shares.items() if share >= _PART]
    for each in as_good or parts:
        if each.model == before:
            return before or ""
    if as_good:
        return max(as_good, key=_worth).model or ""
    return singles[max(mixed.shares, key=lambda place: mixed.shares[place])].model or ""


def _needed(outcomes: int, gain: Estimate) -> int | None:
    """Intervals shrink with the root of the number."""
    if gain.low is None or gain.value <= 0:
        return None
    needed = outcomes * ((gain.value - gain.low) / gain.value) ** 2
    return math.ceil(needed) if needed < _FARTHEST else None


def _always(each: Reached, *, compared: bool) -> Always:
    told = each.asked >= FEWEST_ASKED
    quality = _within(combined([Term(each, 1.0)]), 1.0) if told else None
    cost = _within(combined([Term(each, cost=1.0)]), math.inf) if told and each.cost is not None else None
    return Always(each.model, quality, cost, each.asked, each.share, compared)


def _within(found: Estimate, most: float) -> Estimate:
    """The interval without what cannot be."""
    low = None if found.low is None else min(max(0.0, found.low), most)
    return Estimate(found.value, low, None if found.high is None else max(0.0, min(found.high, most)))


def _worth(each: Reached) -> tuple[float, float]:
    return each.quality, -_cost(each)


def _cost(each: Reached) -> float:
    return each.cost or 0.0
