"""An estimate is a figure with the interval that it may as well be."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from app.domain.fixed_effects import Array
from app.domain.statistics.proportions import wilson

_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` with its interval; the ends are None when there is too little for one."""

    value: float
    low: float | None = None
    high: float | None = None


def mean_of(values: Array, *, confidence: float = 0.95, least: float = 0.0) -> Estimate | None:
    """The mean of these independent values with Student's interval, cut at `least`; None without, no ends for one.

    Source: W. S. Gosset 1908.
    """
    n = len(values)
    if n == 0:
        return None
    mean = float(values.mean())
    if n == 1:
        return Estimate(mean)
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, max(least, mean - half), mean + half)


def mean_of_scores(values: Array, *, confidence: float = 0.95) -> Estimate | None:
    """The mean of these independent values 0…1; None without values.

    Where all are 0 or 1, or all are the same, Wilson's interval, since Student's would be a point or leave 0…1. Where
    one is below 0, as a part of a utility may be, the interval has no lower bound.
    """
    if not len(values):
        return None
    if values.min() < -_CLOSE:
        found = mean_of(values, confidence=confidence, least=-math.inf)
    elif np.isin(values, (0.0, 1.0)).all() or np.ptp(values) == 0:
        return share_of(max(0.0, float(values.sum())), len(values), confidence=confidence)
    else:
        found = mean_of(values, confidence=confidence)
    return found and Estimate(found.value, found.low, None if found.high is None else min(1.0, found.high))


def share_of(successes: float, n: int, *, confidence: float = 0.95) -> Estimate | None:
    """A part of n, halves count too, with Wilson's interval; None of nothing."""
    if n == 0:
        return None
    low, high = wilson(min(successes, float(n)), n, confidence=confidence)
    return Estimate(successes / n, low, high)
