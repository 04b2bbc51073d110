"""A candidate is worth a look when no other is at least as good, as cheap and as fast, and better in one of these."""

from collections.abc import Sequence

from app.domain.comparison.figures import Figures

Place = tuple[float | None, float | None, float | None]
"""Quality (more is better), cost and latency (less is better); None where unknown."""


def undominated(places: Sequence[Place]) -> tuple[int, ...]:
    """Positions of the places that no other dominates, rising.

    One place dominates another when it is nowhere worse and somewhere better. A side that is unknown of all is left
    out. Unknown of one only, it makes this one neither better nor worse than the others there: then neither dominates,
    for an unknown price may be any. A place of which nothing is known is not worth a look.
    """
    sides = [at for at in range(3) if any(place[at] is not None for place in places)]
    known = [at for at, place in enumerate(places) if any(place[side] is not None for side in sides)]
    return tuple(
        at for at in known if not any(_dominates(places[other], places[at], sides) for other in known if other != at)
    )


def pareto(figures: Sequence[Figures]) -> tuple[int, ...]:
    """Candidates that no other dominates by mean quality, mean cost of an answer and mean latency."""
    places = [
        (
            own.quality.value if own.quality else None,
            own.cost_each,
            own.latency.mean.value if own.latency else None,
        )
        for own in figures
    ]
    return tuple(figures[at].candidate for at in undominated(places))


def _dominates(one: Place, other: Place, sides: Sequence[int]) -> bool:
    better = False
    for side in sides:
        mine, theirs = one[side], other[side]
        if mine is None or theirs is None:
            return False
        gain = mine - theirs if side == 0 else theirs - mine
        if gain < 0:
            return False
        better = better or gain > 0
    return better
