"""Statistics are closed formulas over counts and sums, each with its source."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A test of independence; `dof` degrees of freedom."""

    chi2: float
    p_value: float
    dof: int


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


def chi_square(table: Sequence[Sequence[int]]) -> ChiSquare:
    """Pearson's χ² of a table of counts, without continuity correction; no row and no column is empty.

    Source: K. Pearson 1900; χ² = Σ (seen − expected)²/expected, expected = row total · column total / total.
    """
    seen = np.asarray(table, dtype=np.float64)
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / seen.sum()
    chi2 = float(((seen - expected) ** 2 / expected).sum())
    dof = (seen.shape[0] - 1) * (seen.shape[1] - 1)
    return ChiSquare(chi2, float(chdtrc(dof, chi2)), dof)
