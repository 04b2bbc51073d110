"""Figures that hold at every look: one may watch them grow and stop when one likes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from app.domain.errors import Invalid
from app.domain.statistics.means import Sample


@dataclass(frozen=True, slots=True)
class Mixture:
    """The likelihood ratio of a mixture over effects to none, infinite when too large, and its p-value."""

    ratio: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """Of B − A: `diff`, an interval that holds at all looks together, and the p-value that goes with it.

    The last three are None until both arms have two values and something varies.
    """

    diff: float
    low: float | None
    high: float | None
    p_value: float | None


def msprt(diff: float, variance: float, *, tau: float) -> Mixture:
    """Evidence that a difference with this variance is not 0; `tau` is the effect's size expected, as deviation.

    Source: R. Johari, P. Koomen, L. Pekelis and D. Walsh 2017, "Peeking at A/B tests": Λ = √(v/(v+τ²)) ·
    exp(τ²d²/(2v(v+τ²))), p = min(1, 1/Λ). Raises Invalid unless variance and tau are above 0.
    """
    if variance <= 0:
        raise Invalid("a variance above 0 is expected", field="var_diff")
    if tau <= 0:
        raise Invalid("an expected effect above 0 is needed", field="tau")
    both = variance + tau**2
    log_ratio = 0.5 * math.log(variance / both) + tau**2 * diff**2 / (2 * variance * both)
    ratio = math.exp(log_ratio) if log_ratio < 700 else math.inf
    return Mixture(ratio, min(1.0, math.exp(min(0.0, -log_ratio))))


def running_minimum(p_values: Iterable[float]) -> tuple[float, ...]:
    """The smallest so far, look by look: what was once refuted stays so."""
    return tuple(accumulate(p_values, min))


def asymptotic_sequence(a: Sample, b: Sample, *, alpha: float, planned: float) -> ConfidenceSequence:
    """A confidence sequence of a difference of means, for means of at least some hundred values an arm.

    Source: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform central limit theory and
    asymptotic confidence sequences", arXiv 2103.06476v7, equations 9, 155 and 161. Half width √v ·
    √(2(nρ²+1) ln(√(nρ²+1)/α)/(nρ²)), v the variance of the difference, n the values so far, and ρ² =
    (ln(1 − 2 ln α) − 2 ln α)/planned, so that it is tightest at `planned` values of both arms together. p is the least
    α whose interval, with that same ρ, leaves out 0.
    Raises Invalid unless 0 < alpha < 1 and planned > 0.
    """
    if not 0 < alpha < 1:
        raise Invalid("alpha lies between 0 and 1", field="alpha")
    if planned <= 0:
        raise Invalid("a number of values above 0 is expected", field="planned")
    diff, variance = b.mean - a.mean, a.squared_error + b.squared_error
    if variance <= 0 or min(a.n, b.n) < 2:
        return ConfidenceSequence(diff, None, None, None)
    grown = (a.n + b.n) * (math.log(1 - 2 * math.log(alpha)) - 2 * math.log(alpha)) / planned
    half = math.sqrt(variance * 2 * (grown + 1) / grown * (0.5 * math.log(grown + 1) - math.log(alpha)))
    log_p = 0.5 * math.log(grown + 1) - diff**2 / variance * grown / (2 * (grown + 1))
    return ConfidenceSequence(diff, diff - half, diff + half, min(1.0, math.exp(min(0.0, log_p))))
