"""Proportions: their interval, the difference of two, and whether two differ."""

import math
from dataclasses import dataclass

from scipy.special import ndtri

from app.domain.statistics.alternatives import Side, normal_p_value


@dataclass(frozen=True, slots=True)
class ProportionTest:
    """Of B − A: its `diff`, the statistic `z` and its p-value, both None where nothing varies."""

    diff: float
    z: float | None
    p_value: float | None


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


def newcombe(
    successes_a: float, n_a: int, successes_b: float, n_b: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    """The interval of p_B − p_A, −1…1; the whole of it when an arm is empty.

    Source: R. G. Newcombe 1998, method 10: the distances to the Wilson limits of both, added as squares.
    """
    if not (n_a and n_b):
        return -1.0, 1.0
    low_a, high_a = wilson(successes_a, n_a, confidence=confidence)
    low_b, high_b = wilson(successes_b, n_b, confidence=confidence)
    p_a, p_b = successes_a / n_a, successes_b / n_b
    return p_b - p_a - math.hypot(p_b - low_b, high_a - p_a), p_b - p_a + math.hypot(high_b - p_b, p_a - low_a)


def two_proportion_z(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, side: Side = "two-sided"
) -> ProportionTest:
    """Whether p_B differs from p_A, with the variance pooled under the hypothesis that they do not; n ≥ 1 each.

    z = (p_B − p_A)/√(p(1−p)(1/n_A + 1/n_B)), p of both arms together (K. Pearson 1900).
    """
    diff = successes_b / n_b - successes_a / n_a
    pooled = (successes_a + successes_b) / (n_a + n_b)
    variance = pooled * (1 - pooled) * (1 / n_a + 1 / n_b)
    if variance <= 0:
        return ProportionTest(diff, None, None)
    z = diff / math.sqrt(variance)
    return ProportionTest(diff, z, normal_p_value(z, side))
