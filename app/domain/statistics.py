"""Statistics are closed formulas over counts and sums, each with its source."""

import math

from scipy.special import ndtri


def wilson(successes: float, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a proportion, 0…1; (0, 1) without observations.

    Source: E. B. Wilson 1927, without continuity correction. `successes` may be a sum of rewards 0…1: the interval is
    then wider than need be, since no reward in 0…1 varies more than a binary one with the same mean.
    """
    if n == 0:
        return 0.0, 1.0
    z = float(ndtri(0.5 + confidence / 2))
    p = successes / n
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if successes == n else min(1.0, (centre + half) / scale)
    return low, high
