"""Means: a sample by its sums, and whether two means differ."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

from app.domain.statistics.alternatives import Side, student_p_value


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of an arm: `n` values with this mean and sample variance (divisor n − 1; 0 for one value)."""

    n: int
    mean: float
    variance: float

    @property
    def squared_error(self) -> float:
        """The variance of its mean."""
        return self.variance / self.n


@dataclass(frozen=True, slots=True)
class MeanTest:
    """Of B − A: `diff` with its interval `low` … `high`, in units of the metric.

    `t`, `dof`, `p_value` and the interval are None where nothing varies or an arm has fewer than two values.
    """

    diff: float
    t: float | None
    dof: float | None
    p_value: float | None
    low: float | None
    high: float | None


def sample_of_histogram(counts: Sequence[int], levels: Sequence[float]) -> Sample:
    """The sample that has `counts[v]` values at `levels[v]`; at least one value in all."""
    n = sum(counts)
    mean = math.fsum(count * level for count, level in zip(counts, levels, strict=True)) / n
    squares = math.fsum(count * (level - mean) ** 2 for count, level in zip(counts, levels, strict=True))
    return Sample(n, mean, squares / (n - 1) if n > 1 else 0.0)


def sample_of(values: Sequence[float]) -> Sample:
    """The sample of these values, at least one."""
    return sample_of_histogram([1] * len(values), values)


def welch(a: Sample, b: Sample, *, alpha: float = 0.05, side: Side = "two-sided") -> MeanTest:
    """Whether the mean of B differs from that of A, at any variances; the interval is two-sided, 1 − alpha.

    Source: B. L. Welch 1947. t = (B − A)/√(s_A²/n_A + s_B²/n_B), degrees of freedom by F. E. Satterthwaite 1946.
    """
    diff, variance = b.mean - a.mean, a.squared_error + b.squared_error
    if variance <= 0 or min(a.n, b.n) < 2:
        return MeanTest(diff, None, None, None, None, None)
    dof = variance**2 / (a.squared_error**2 / (a.n - 1) + b.squared_error**2 / (b.n - 1))
    error = math.sqrt(variance)
    half = float(stdtrit(dof, 1 - alpha / 2)) * error
    return MeanTest(diff, diff / error, dof, student_p_value(diff / error, dof, side), diff - half, diff + half)
