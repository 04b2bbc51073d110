"""Picking is pure: from what is expected of each model to whom to ask, whom else, with which chance, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from app.domain.auto import Auto, Strategy
from app.domain.errors import NoModelFits
from app.domain.route import Drawn, Rated, Removed
from app.domain.routing.candidate import Candidate
from app.domain.routing.ladder import rungs_above
from app.domain.routing.level import Level
from app.domain.routing.limits import hard, hopeful, keeps_latency, keeps_quality, soft
from app.domain.routing.needs import Needs
from app.domain.routing.reasoning import Grounds, reasoning
from app.domain.routing.seats import seats
from app.domain.routing.strategies import ranked

LONGEST: Final = 8

_slug = attrgetter("slug")


@dataclass(frozen=True, slots=True)
class Picked:
    """`order`: whom to ask first, then whom instead, at most LONGEST.

    `rated` are all that could have been asked, with the chance that each was asked first; the chances sum to 1.
    `removed` could not, or would not be by the router since they do not meet a soft limit. `met`: the first one keeps
    every limit. `by_router` is whom the router would ask, whatever was `drawn`; `strategy` the one used in the end.
    """

    order: tuple[Candidate, ...]
    rated: tuple[Rated, ...]
    removed: tuple[Removed, ...]
    met: bool
    by_router: str
    drawn: Drawn
    strategy: Strategy
    reasoning: str


def pick(
    auto: Auto,
    candidates: Sequence[Candidate],
    needs: Needs,
    *,
    level: Level,
    triggered: str | None = None,
    hold_out: float,
    draw: float,
    single: str | None = None,
) -> Picked:
    """Whom to ask. A `draw`, uniform in [0, 1), below `hold_out` is for any model that keeps all limits, or may do so.

    `triggered` is the word that makes the request one of high stakes, where nothing is left to chance. `single` is
    asked in the router's place where it meets the limits: the router stands down. Raises NoModelFits when no model
    meets the hard limits, or none the soft ones and the wish is to reject.
    """
    high = auto.stakes == "high" or triggered is not None
    able, removed = hard(auto, sorted(candidates, key=_slug), needs, high=high)
    fit, unmet = soft(auto, able)
    _check(auto, fit, able, removed + unmet)
    strategy, asked = _asked(auto, fit, able, level)
    alone = next((each for each in fit if each.slug == single), None)
    usual = alone or asked[0]
    pool = _pool(auto, usual, fit, able)
    share = hold_out if len(pool) > 1 and not high else 0.0
    first = pool[min(len(pool) - 1, int(draw / share * len(pool)))] if draw < share else usual
    drawn: Drawn = "hold-out" if draw < share else "best-single" if alone else "router"
    gone = tuple(removed + unmet if fit else removed)
    grounds = Grounds(auto, strategy, level, triggered, asked, first, drawn, bool(fit), len(pool), gone)
    return Picked(
        order=_order(first, asked, auto),
        rated=_rated(asked, usual, pool, share),
        removed=gone,
        met=keeps_quality(auto, first) and keeps_latency(auto, first),
        by_router=asked[0].slug,
        drawn=drawn,
        strategy=strategy,
        reasoning=reasoning(grounds),
    )


def _pool(auto: Auto, usual: Candidate, fit: list[Candidate], able: list[Candidate]) -> list[Candidate]:
    """Who may be drawn: all that meet every limit or may turn out to, and in any case the usual one; by slug."""
    hopes = hopeful(auto, able)
    if fit and not hopes:
        return fit
    drawable = fit + hopes
    return sorted(drawable + _without([usual], drawable), key=_slug)


def _check(auto: Auto, fit: list[Candidate], able: list[Candidate], removed: list[Removed]) -> None:
    """Raises NoModelFits where nobody is left to ask; it says how many models each limit removed, and has each."""
    if fit or (able and auto.on_unsatisfiable == "nearest"):
        return
    counts = Counter(each.limit for each in removed).most_common()
    told = ", ".join(f"{limit} removed {count}" for limit, count in counts)
    message = f"No model meets the request and its limits: {told}." if told else "There is no model to pick from."
    raise NoModelFits(message, removed=[(each.model, each.limit, each.why) for each in removed], field="auto")


def _asked(auto: Auto, fit: list[Candidate], able: list[Candidate], level: Level) -> tuple[Strategy, list[Candidate]]:
    """The strategy and its order of those that meet all limits; of all that can be asked where none does.

    Soft limits are then given up one at a time: of those that keep the quality the fastest is nearest, else of those
    that keep the latency the best; the wish's fallback strategy says it otherwise.
    """
    if fit:
        return auto.strategy, ranked(auto.strategy, fit, level=level, preference=auto.preference)
    good = [each for each in able if keeps_quality(auto, each)]
    near = good or [each for each in able if keeps_latency(auto, each)] or able
    strategy: Strategy = auto.fallback or ("fastest" if good else "best_quality")
    parts = [part for part in (near, _without(able, near)) if part]
    return strategy, [
        each for part in parts for each in ranked(strategy, part, level=level, preference=auto.preference)
    ]


def _order(first: Candidate, asked: list[Candidate], auto: Auto) -> tuple[Candidate, ...]:
    """The first, then the others, at most LONGEST: among them all that sit in the council, and all that the wish
    would escalate to."""
    whole = [first, *(each for each in asked if each is not first)]
    if auto.council is not None:
        seated = seats(whole, auto.council)
        return (seated + tuple(_without(whole, seated)))[:LONGEST]
    above = rungs_above(whole, first.slug, auto.escalation.max_steps) if auto.escalation else []
    missing = _without(above, whole[:LONGEST])
    return (*whole[: LONGEST - len(missing)], *missing)


def _without(candidates: Sequence[Candidate], others: Sequence[Candidate]) -> list[Candidate]:
    slugs = {each.slug for each in others}
    return [each for each in candidates if each.slug not in slugs]


def _rated(asked: list[Candidate], usual: Candidate, pool: list[Candidate], share: float) -> tuple[Rated, ...]:
    """What was expected of each, and its chance: 1 − ε + ε/K for the usual one, ε/K for the other K − 1 of the pool."""
    other = share / len(pool)
    mine = 1.0 - share + other
    if len(pool) == len(asked):
        return tuple([_told(each, mine if each is usual else other) for each in asked])
    drawable = {each.slug for each in pool}
    chances = {each.slug: other if each.slug in drawable else 0.0 for each in asked} | {usual.slug: mine}
    rated = [_told(each, chances[each.slug]) for each in asked]
    return tuple(rated + [_told(each, other) for each in _without(pool, asked) if share])


def _told(each: Candidate, chance: float) -> Rated:
    return Rated(each.slug, each.quality, each.low, each.cost, each.latency_ms, chance, each.outcomes)
