"""Tables of counts: whether their rows, the arms, are alike in their columns, the answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import chdtrc, gammaln

from app.domain.fixed_effects import Array

TIE: Final = 1e-7  # tables as unlikely as the one seen but for rounding count as equally unlikely


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A test of independence; `dof` degrees of freedom, 0 when a table has but one row or column that is not empty."""

    chi2: float
    p_value: float
    dof: int


@dataclass(frozen=True, slots=True)
class FisherTest:
    """`odds_ratio` of a 2×2 table as seen, infinite when its denominator is 0, None when a row or column is empty."""

    odds_ratio: float | None
    p_value: float


def chi_square(table: Sequence[Sequence[int]], *, yates: bool = False) -> ChiSquare:
    """Pearson's χ² of a table of counts; empty rows and columns say nothing and are left out.

    Source: K. Pearson 1900; χ² = Σ (seen − expected)²/expected, expected = row total · column total / total. With
    `yates` a table of one degree of freedom is corrected for continuity (F. Yates 1934): each distance is less by ½,
    but never under 0.
    """
    seen = np.asarray(table, dtype=np.float64)
    seen = seen[seen.sum(axis=1) > 0][:, seen.sum(axis=0) > 0]
    dof = (seen.shape[0] - 1) * (seen.shape[1] - 1)
    if seen.size == 0 or dof == 0:
        return ChiSquare(0.0, 1.0, 0)
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / seen.sum()
    distance = np.abs(seen - expected)
    if yates and dof == 1:
        distance -= np.minimum(0.5, distance)
    chi2 = float((distance**2 / expected).sum())
    return ChiSquare(chi2, float(chdtrc(dof, chi2)), dof)


def fisher_exact(table: Sequence[Sequence[int]]) -> FisherTest:
    """Whether two proportions differ, at any number: a 2×2 table of counts.

    Source: R. A. Fisher 1935. Given all totals the first cell is hypergeometric; the two-sided p-value is the
    probability of all tables that are no likelier than the one seen.
    """
    (a, b), (c, d) = table
    row, column, total = a + b, a + c, a + b + c + d
    if 0 in (row, column, total - row, total - column):
        return FisherTest(None, 1.0)
    cells = np.arange(max(0, row + column - total), min(row, column) + 1, dtype=np.float64)
    logs = _log_choose(column, cells) + _log_choose(total - column, row - cells)
    likely = np.exp(logs - logs.max())
    no_likelier = likely[logs <= logs[int(a - cells[0])] + TIE]
    return FisherTest(a * d / (b * c) if b * c else math.inf, min(1.0, float(no_likelier.sum() / likely.sum())))


def _log_choose(n: int, k: Array) -> Array:
    found: Array = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return found
