"""How many observations a test needs to find what one looks for, before any is made."""

import math
from collections.abc import Callable
from functools import partial
from typing import Final

from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from app.domain.errors import Invalid
from app.domain.statistics.alternatives import Side, power_at

MOST: Final = 1e15
_HALVINGS: Final = 200


def size_for_proportions(
    p_a: float, p_b: float, *, power: float, alpha: float, ratio: float = 1.0, side: Side = "two-sided"
) -> float:
    """Observations of A, not rounded; B needs `ratio` times as many.

    The z test of the effect h = 2 arcsin √p_B − 2 arcsin √p_A (J. Cohen 1988, chapter 6), solved for n. Raises Invalid
    for equal proportions, or probabilities out of range.
    """
    _check(power, alpha)
    for name, p in (("p_a", p_a), ("p_b", p_b)):
        if not 0 <= p <= 1:
            raise Invalid("a proportion lies between 0 and 1", field=name)
    effect = 2 * math.asin(math.sqrt(p_b)) - 2 * math.asin(math.sqrt(p_a))

    def reached(n: float) -> float:
        away = effect / math.sqrt(1 / n + 1 / (n * ratio))
        return power_at(_normal_above, _normal_edge, away, alpha=alpha, side=side)

    return _least(reached, effect, power, at_least=1e-9, side=side)


def size_for_means(diff: float, sd: float, *, power: float, alpha: float, side: Side = "two-sided") -> float:
    """Observations per arm, not rounded, to find that difference of means; both in units of the metric.

    Student's t test of two arms of equal size, by its power under the non-central t distribution. Raises Invalid
    for no difference, or values out of range.
    """
    _check(power, alpha)
    if sd <= 0:
        raise Invalid("a standard deviation above 0 is expected", field="sd")
    return _least(
        lambda n: power_of_means(diff, sd, n, alpha=alpha, side=side), diff, power, at_least=1.0 + 1e-6, side=side
    )


def power_of_means(diff: float, sd: float, n: float, *, alpha: float, side: Side = "two-sided") -> float:
    """P(the t test with `n` per arm finds that difference of means)."""
    dof = 2 * n - 2
    return power_at(
        partial(_above, dof), lambda p: float(stdtrit(dof, p)), diff / sd * math.sqrt(n / 2), alpha=alpha, side=side
    )


def _above(dof: float, away: float, edge: float) -> float:
    """P(a non-central t > edge); far out, where the library knows no more, by M. Abramowitz and I. Stegun 26.7.10."""
    below = float(nctdtr(dof, away, edge))
    if math.isnan(below):
        below = float(ndtr((edge * (1 - 1 / (4 * dof)) - away) / math.sqrt(1 + edge**2 / (2 * dof))))
    return 1.0 - below


def _normal_above(away: float, edge: float) -> float:
    return float(ndtr(away - edge))


def _normal_edge(p: float) -> float:
    return float(ndtri(p))


def _check(power: float, alpha: float) -> None:
    if not 0 < alpha < 0.5:
        raise Invalid("alpha lies between 0 and 0.5", field="alpha")
    if not alpha < power < 1:
        raise Invalid("power lies between alpha and 1", field="power")


def _least(reached: Callable[[float], float], effect: float, power: float, *, at_least: float, side: Side) -> float:
    """Where the power, which rises with n, is reached."""
    if effect == 0 or (side == "greater" and effect < 0) or (side == "less" and effect > 0):
        raise Invalid("no number of observations finds that difference", field="mde")
    low, high = at_least, 2.0
    while reached(high) < power:
        low, high = high, high * 2
        if high > MOST:
            raise Invalid("the difference is too small to be found", field="mde")
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if reached(middle) < power else (low, middle)
    return high
