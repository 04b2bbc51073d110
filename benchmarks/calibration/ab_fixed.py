"""Tests with one look, at the planned number: how often they reject between arms that are the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.statistics.means import sample_of_histogram, welch
from app.domain.statistics.proportions import two_proportion_z
from benchmarks.calibration.ab_trials import ALPHA, SAME, Trial

REPS: Final = 10_000
Histogram = list[int]
PValue = Callable[[Trial, Histogram, Histogram], float | None]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A test of two arms of `n` values each, that are the same."""

    name: str
    trial: Trial
    n: int
    p_value: PValue


def z(_: Trial, a: Histogram, b: Histogram) -> float | None:
    """Of the z test of two rates."""
    return two_proportion_z(a[1], sum(a), b[1], sum(b)).p_value


def t(trial: Trial, a: Histogram, b: Histogram) -> float | None:
    """Of Welch's t test."""
    levels = trial.scale.levels
    return welch(sample_of_histogram(a, levels), sample_of_histogram(b, levels)).p_value


FIXED: Final = (
    Fixed("Welch, ratings 1 to 5", SAME[0], 1_000, t),
    Fixed("z, rate .60", SAME[1], 1_000, z),
    Fixed("z, rate .02", SAME[2], 5_000, z),
)


def rejected(fixed: Fixed, *, reps: int, rng: np.random.Generator) -> int:
    """How many of so many tests have p < α."""
    drawn = rng.multinomial(fixed.n, fixed.trial.a, size=(reps, 2)).tolist()
    found = (fixed.p_value(fixed.trial, a, b) for a, b in drawn)
    return sum(p_value is not None and p_value < ALPHA for p_value in found)
