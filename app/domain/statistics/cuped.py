"""What units did before the experiment explains part of how they differ, and is taken out of the comparison."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.statistics.means import Sample, sample_of, welch


@dataclass(frozen=True, slots=True)
class Paired:
    """An arm by its sums, each about its own means: `pre` and `post`, and `covariance` of both (divisor n − 1)."""

    pre: Sample
    post: Sample
    covariance: float


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Of B − A after the adjustment: `diff` with its standard error `se`; None where nothing varies.

    `variance_reduction`, at most 1: the part of the variance of the difference that is gone; it is below 0 only when
    the covariate explains nothing.
    """

    theta: float
    diff: float
    se: float | None
    p_value: float | None
    low: float | None
    high: float | None
    variance_reduction: float | None


def paired(pre: Sequence[float], post: Sequence[float]) -> Paired:
    """The sums of an arm's units, at least two."""
    before, after = sample_of(pre), sample_of(post)
    products = math.fsum((x - before.mean) * (y - after.mean) for x, y in zip(pre, post, strict=True))
    return Paired(before, after, products / (before.n - 1))


def cuped(a: Paired, b: Paired, *, alpha: float = 0.05) -> Adjusted:
    """Welch's test of y − θx; θ is the covariance within arms over the variance within arms, both arms pooled.

    Source: A. Deng, Y. Xu, R. Kohavi and T. Walker 2013, "Improving the sensitivity of online controlled experiments by
    utilizing pre-experiment data".
    """
    freedom = (a.pre.n - 1, b.pre.n - 1)
    within = freedom[0] * a.pre.variance + freedom[1] * b.pre.variance
    theta = (freedom[0] * a.covariance + freedom[1] * b.covariance) / within if within > 0 else 0.0
    left, right = _without(a, theta), _without(b, theta)
    found = welch(left, right, alpha=alpha)
    before, after = a.post.squared_error + b.post.squared_error, left.squared_error + right.squared_error
    return Adjusted(
        theta=theta,
        diff=found.diff,
        se=math.sqrt(after) if found.t is not None else None,
        p_value=found.p_value,
        low=found.low,
        high=found.high,
        variance_reduction=1 - after / before if before > 0 else None,
    )


def _without(arm: Paired, theta: float) -> Sample:
    """The arm's outcomes less θ times what was before."""
    variance = arm.post.variance - 2 * theta * arm.covariance + theta**2 * arm.pre.variance
    return Sample(arm.post.n, arm.post.mean - theta * arm.pre.mean, max(0.0, variance))
