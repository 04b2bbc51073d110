"""Figures that hold at every look: one may watch them grow and stop when one likes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np

from app.domain.errors import Invalid
from app.domain.fixed_effects import Array
from app.domain.statistics.means import Sample

_LARGEST: Final = 700.0  # of a logarithm whose number can still be held


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
    log_ratio = float(mixture_log_ratio(diff, variance, tau=tau))
    ratio = math.exp(log_ratio) if log_ratio < _LARGEST else math.inf
    return Mixture(ratio, min(1.0, math.exp(min(0.0, -log_ratio))))


def mixture_log_ratio(diff: Array | float, variance: Array | float, *, tau: float) -> Array:
    """ln Λ of `msprt` for differences and variances of one shape; all variances above 0."""
    spread, both = np.asarray(variance), np.asarray(variance) + tau**2
    found: Array = 0.5 * np.log(spread / both) + tau**2 * np.asarray(diff) ** 2 / (2 * spread * both)
    return found


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
    n = a.n + b.n
    half = float(sequence_half_width(variance, n, alpha=alpha, planned=planned))
    log_p = float(sequence_log_p(diff, variance, n, alpha=alpha, planned=planned))
    return ConfidenceSequence(diff, diff - half, diff + half, min(1.0, math.exp(min(0.0, log_p))))


def sequence_half_width(variance: Array | float, n: Array | float, *, alpha: float, planned: float) -> Array:
    """Half the interval of `asymptotic_sequence`, for variances of the difference after `n` values of both arms."""
    grown = _grown(n, alpha=alpha, planned=planned)
    found: Array = np.sqrt(np.asarray(variance) * 2 * (grown + 1) / grown * (0.5 * np.log(grown + 1) - math.log(alpha)))
    return found


def sequence_log_p(
    diff: Array | float, variance: Array | float, n: Array | float, *, alpha: float, planned: float
) -> Array:
    """ln p of `asymptotic_sequence`, above 0 where p is 1, for arrays of one shape; all variances above 0."""
    grown = _grown(n, alpha=alpha, planned=planned)
    found: Array = 0.5 * np.log(grown + 1) - np.asarray(diff) ** 2 / np.asarray(variance) * grown / (2 * (grown + 1))
    return found


def _grown(n: Array | float, *, alpha: float, planned: float) -> Array:
    """nρ²."""
    found: Array = np.asarray(n) * (math.log(1 - 2 * math.log(alpha)) - 2 * math.log(alpha)) / planned
    return found
