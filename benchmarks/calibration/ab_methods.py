"""When each method would have told that A and B differ, had one looked at every look; it is told once and for all.

The decisions are the product's own formulas (`app.domain.statistics.anytime`, `app.domain.certification`). Beside them
stands the rule that many tools invite: p < .05 at any look.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import ndtri

from app.domain.evidence import PSEUDO
from app.domain.statistics.anytime import mixture_log_ratio, sequence_half_width, sequence_log_p
from benchmarks.calibration.ab_arrays import first, moments
from benchmarks.calibration.ab_betting import betting
from benchmarks.calibration.ab_trials import ALPHA, LEAST, PLANNED, TAU, Trial
from benchmarks.calibration.arrays import Flags, Floats, Ints

Method = Callable[[Trial, Ints], Ints]
"""The first look (R, −1 for none) at which 2×R×T×L counts make the method claim a difference."""


def naive(trial: Trial, counts: Ints) -> Ints:
    """p < .05 at any look, by the normal approximation of Welch's test."""
    n, diff, variance = _difference(trial, counts)
    return first(_many(n) & (diff**2 > float(ndtri(1 - ALPHA / 2)) ** 2 * variance))


def asymptotic(trial: Trial, counts: Ints) -> Ints:
    """The confidence sequence leaves out 0: its p-value is at most α."""
    n, diff, variance = _difference(trial, counts)
    log_p = sequence_log_p(diff, np.where(variance > 0, variance, np.inf), n.sum(axis=0), alpha=ALPHA, planned=PLANNED)
    return first(_many(n) & (log_p <= np.log(ALPHA)))


def mixture(trial: Trial, counts: Ints) -> Ints:
    """mSPRT's ratio reaches 1/α; variances with 8 pseudo-feedback (`app.domain.evidence.variance`)."""
    n, diff, _ = _difference(trial, counts)
    shrunk = moments(counts, trial.levels, pseudo=PSEUDO)[2]
    variance = (shrunk / np.maximum(n, 1.0)).sum(axis=0)
    log_ratio = mixture_log_ratio(diff, variance, tau=TAU * trial.scale.span)
    return first(_many(n) & (log_ratio >= -np.log(ALPHA)))


NAIVE: Final = "p < .05 at any look"
METHODS: Final[dict[str, Method]] = {
    NAIVE: naive,
    "confidence sequence": asymptotic,
    "mSPRT": mixture,
    "exact betting": betting,
}
ANYTIME: Final = tuple(name for name in METHODS if name != NAIVE)


def left_out(trial: Trial, counts: Ints) -> Ints:
    """The first look at which the confidence sequence of B − A leaves out the true difference."""
    n, diff, variance = _difference(trial, counts)
    half = sequence_half_width(variance, np.maximum(n.sum(axis=0), 1.0), alpha=ALPHA, planned=PLANNED)
    return first(_many(n) & (variance > 0) & (np.abs(diff - trial.effect) > half))


def _difference(trial: Trial, counts: Ints) -> tuple[Floats, Floats, Floats]:
    """n per arm (2×R×T), B − A and the variance of it."""
    n, mean, variance = moments(counts, trial.levels)
    return n, mean[1] - mean[0], (variance / np.maximum(n, 1.0)).sum(axis=0)


def _many(n: Floats) -> Flags:
    found: Flags = n.min(axis=0) >= LEAST
    return found
