"""Ranks: how often an answer of one arm is above one of the other, whatever the distance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.statistics.alternatives import Side, normal_p_value


@dataclass(frozen=True, slots=True)
class RankTest:
    """`u_b` pairs in which B is above A, ties as halves; `prob_superiority` is their part of all pairs, 0…1."""

    u_b: float
    p_value: float
    prob_superiority: float


def mann_whitney(counts_a: Sequence[int], counts_b: Sequence[int], *, side: Side = "two-sided") -> RankTest:
    """Whether values of B tend to lie above those of A: counts at the same rising levels, at least one value each.

    Source: H. B. Mann and D. R. Whitney 1947, by the normal approximation with corrections for ties and continuity.
    """
    a, b = np.asarray(counts_a, dtype=np.float64), np.asarray(counts_b, dtype=np.float64)
    n_a, n_b = float(a.sum()), float(b.sum())
    u_b = float((b * (np.cumsum(a) - a / 2)).sum())
    n, tied = n_a + n_b, float(((a + b) ** 3 - (a + b)).sum())
    variance = n_a * n_b / 12 * (n + 1 - tied / (n * (n - 1)))
    superiority = u_b / (n_a * n_b)
    if variance <= 0:
        return RankTest(u_b, 1.0, superiority)
    away = u_b - n_a * n_b / 2
    if side == "two-sided":
        return RankTest(u_b, normal_p_value(max(0.0, abs(away) - 0.5) / math.sqrt(variance)), superiority)
    nearer = away - 0.5 if side == "greater" else away + 0.5
    return RankTest(u_b, normal_p_value(nearer / math.sqrt(variance), side), superiority)
