"""What single models can do by being mixed at random: the best quality at a cost, the least cost of a quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Mixed:
    """Shares by place in the list of points, and what the mixture gains in quality for each further unit of cost.

    `slope` is None where the mixture is one point and stays so when cost or quality move a little.
    """

    shares: Mapping[int, float]
    slope: float | None


def upper_hull(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of the (cost, quality) points that no mixture of others beats, from the cheapest to the best."""
    hull: list[int] = []
    for place in sorted(range(len(points)), key=lambda each: (points[each][0], -points[each][1])):
        if hull and points[place][1] <= points[hull[-1]][1]:
            continue
        while len(hull) > 1 and _slope(points[hull[-2]], points[place]) >= _slope(points[hull[-2]], points[hull[-1]]):
            hull.pop()
        hull.append(place)
    return hull


def at_cost(points: Sequence[tuple[float, float]], cost: float) -> Mixed:
    """The mixture of most quality that costs no more; the cheapest point where none is so cheap. At least one point."""
    return _mixed(points, cost, axis=0)


def at_quality(points: Sequence[tuple[float, float]], quality: float) -> Mixed:
    """The cheapest mixture that is as good; the best point where none is so good. At least one point."""
    return _mixed(points, quality, axis=1)


def _mixed(points: Sequence[tuple[float, float]], wanted: float, *, axis: int) -> Mixed:
    hull = upper_hull(points)
    if wanted <= points[hull[0]][axis]:
        return Mixed({hull[0]: 1.0}, None)
    for low, high in pairwise(hull):
        if wanted < points[high][axis]:
            share = (wanted - points[low][axis]) / (points[high][axis] - points[low][axis])
            return Mixed({low: 1 - share, high: share}, _slope(points[low], points[high]))
    return Mixed({hull[-1]: 1.0}, None)


def _slope(low: tuple[float, float], high: tuple[float, float]) -> float:
    """Quality per cost; the second point is dearer."""
    return (high[1] - low[1]) / (high[0] - low[0])
