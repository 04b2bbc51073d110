"""How often sample ratio mismatch is told, to the last digit: probabilities are summed, nothing is drawn.

Two arms share `UNITS` units. With one look at the end the number of units in the first arm is binomial. With a look at
every unit it walks from state to state, and whatever steps over the edge has been told once and for all.
"""

from typing import Final

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from app.domain.statistics.split import THRESHOLD, srm, srm_anytime

UNITS: Final = 20_000
SKEWED: Final = 0.48
SHARES: Final = ((0.9, 0.9), (0.8, 0.8), (0.7, 0.7), (0.5, SKEWED), (0.5, 50 / 102))
"""The first arm's share, intended and true."""


def told_at_the_end(*, intended: float, true: float, units: int = UNITS) -> float:
    """P(the χ² test tells a mismatch) after `units` units; shares are of the first arm."""
    in_first = np.arange(units + 1)
    chosen = gammaln(units + 1) - gammaln(in_first + 1) - gammaln(units - in_first + 1)
    chance = np.exp(chosen + xlogy(in_first, true) + xlog1py(units - in_first, -true))
    weights = (intended, 1 - intended)
    return float(sum(chance[k] for k in range(units + 1) if srm((k, units - k), weights).srm))


def told_on_the_way(*, intended: float, true: float, units: int = UNITS) -> float:
    """P(the sequential test tells a mismatch at any of the first `units` units).

    Its e-value is convex in the number of units in the first arm, so the states where it is silent are an interval
    `low` … `high`.
    """
    weights = (intended, 1 - intended)

    def tells(first: int, seen: int) -> bool:
        return srm_anytime((first, seen - first), weights).p_value < THRESHOLD

    chance = np.zeros(units + 2)
    chance[0] = 1.0
    low = high = 0
    told = 0.0
    for seen in range(1, units + 1):
        moved = np.zeros(high - low + 2)
        moved[:-1] += chance[low : high + 1] * (1 - true)
        moved[1:] += chance[low : high + 1] * true
        high += 1
        chance[low : high + 1] = moved
        while low <= high and tells(low, seen):
            told, low = told + float(chance[low]), low + 1
        while low <= high and tells(high, seen):
            told, high = told + float(chance[high]), high - 1
    return told
