"""What a test asks of B − A: that it is not 0, that it is above, or that it is under."""

from typing import Literal

from scipy.special import ndtr, stdtr

Side = Literal["two-sided", "greater", "less"]


def normal_p_value(z: float, side: Side = "two-sided") -> float:
    """P(a standard normal lies as far out as z on that side, or on both)."""
    match side:
        case "greater":
            return float(ndtr(-z))
        case "less":
            return float(ndtr(z))
        case _:
            return min(1.0, 2 * float(ndtr(-abs(z))))


def student_p_value(t: float, dof: float, side: Side = "two-sided") -> float:
    """P(Student's t with `dof` degrees of freedom lies as far out as t on that side, or on both)."""
    match side:
        case "greater":
            return float(stdtr(dof, -t))
        case "less":
            return float(stdtr(dof, t))
        case _:
            return min(1.0, 2 * float(stdtr(dof, -abs(t))))
