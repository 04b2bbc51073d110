"""Sums and differences of what policies reached, with intervals that know how these vary together."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from app.domain.comparison.estimate import Estimate
from app.domain.fixed_effects import Array
from app.domain.routing.earning_reached import Reached


@dataclass(frozen=True, slots=True)
class Term:
    """`quality` times the quality of what was reached plus `cost` times its cost."""

    of: Reached
    quality: float = 0.0
    cost: float = 0.0


def combined(terms: Iterable[Term], *, confidence: float = 0.95) -> Estimate:
    """The sum of the terms with its interval, from the joint covariance of all of them.

    Student's quantile, with degrees of freedom by F. E. Satterthwaite 1946 from the draws of each policy. Quality that
    is not known at all makes it wider by as much. A cost that has weight must be known.
    """
    value, beyond, own, parts, unknown = 0.0, 0.0, 0.0, 0.0, 0.0
    moved: Array = np.zeros(1)
    for term in terms:
        of, cost = term.of, 0.0 if term.of.cost is None or not term.cost else term.of.cost
        value += term.quality * of.quality + term.cost * cost
        moves = term.quality * of.of_quality + (term.cost * of.of_cost if term.cost else 0.0)
        moved = moved + moves
        unknown += abs(term.quality) * of.unknown
        more = term.quality**2 * of.beyond
        beyond += more
        variance = float(moves @ moves) + more
        own, parts = own + variance, parts + variance**2 / max(of.draws - 1, 1.0)
    variance = float(moved @ moved) + beyond
    if variance <= 0 or parts <= 0:
        return Estimate(value, value - unknown, value + unknown)
    half = float(stdtrit(own**2 / parts, 0.5 + confidence / 2)) * math.sqrt(variance) + unknown
    return Estimate(value, value - half, value + half)
