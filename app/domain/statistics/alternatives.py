"""What a test asks of B − A: that it is not 0, that it is above, or that it is under."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from scipy.special import ndtr, stdtr

Side = Literal["two-sided", "greater", "less"]


def normal_p_value(z: float, side: Side = "two-sided") -> float:
    """P(a standard normal lies as far out as z on that side, or on both)."""
    return _p_value(ndtr, z, side)


def student_p_value(t: float, dof: float, side: Side = "two-sided") -> float:
    """P(Student's t with `dof` degrees of freedom lies as far out as t on that side, or on both)."""
    return _p_value(partial(stdtr, dof), t, side)


def power_at(
    above: Callable[[float, float], float], edge: Callable[[float], float], away: float, *, alpha: float, side: Side
) -> float:
    """P(the test rejects at `alpha`) when its statistic lies `away` from where it lies without an effect.

    `above(away, x)` is P(statistic > x); `edge(p)` is the p-quantile of the statistic without an effect. They all
    mirror: P(statistic < −x) is above(−away, x).
    """
    match side:
        case "greater":
            return above(away, edge(1 - alpha))
        case "less":
            return above(-away, edge(1 - alpha))
        case _:
            far = edge(1 - alpha / 2)
            return above(away, far) + above(-away, far)


def _p_value(below: Callable[[float], float], found: float, side: Side) -> float:
    """`below(x)` is P(statistic < x) of a statistic that is symmetric about 0."""
    match side:
        case "greater":
            return float(below(-found))
        case "less":
            return float(below(found))
        case _:
            return min(1.0, 2 * float(below(-abs(found))))
