"""What CUPED costs when what units did before says nothing: how much wider the interval gets, at the worst."""

from typing import Final

import numpy as np

from app.domain.statistics.cuped import Paired, cuped
from app.domain.statistics.means import Sample, welch
from benchmarks.calibration.arrays import Floats

SHAPES: Final = ((50, 50), (1_000, 1_000), (100, 900), (400, 3_600), (2_000, 18_000))  # units per arm
FEWEST: Final = 400  # units in the smaller of unequal arms, from which on the interval must not get wider


def widened(shape: tuple[int, int], *, runs: int, rng: np.random.Generator) -> Floats:
    """R: the width with CUPED over the width without, less 1. Outcome and covariate are independent and normal."""
    return np.array([_wider(*(_arm(n, rng) for n in shape)) for _ in range(runs)])


def judged(shape: tuple[int, int]) -> bool:
    """Whether the bar is for this shape: θ is pooled, and fits a small arm beside a large one only so well."""
    return shape[0] == shape[1] or min(shape) >= FEWEST


def _arm(n: int, rng: np.random.Generator) -> Paired:
    before, after = rng.standard_normal((2, n))
    covered = np.cov(before, after)
    samples = [Sample(n, float(x.mean()), float(covered[at, at])) for at, x in enumerate((before, after))]
    return Paired(samples[0], samples[1], float(covered[0, 1]))


def _wider(a: Paired, b: Paired) -> float:
    plain, adjusted = welch(a.post, b.post), cuped(a, b)
    if plain.low is None or plain.high is None or adjusted.low is None or adjusted.high is None:
        raise ValueError("what varies has an interval")
    return (adjusted.high - adjusted.low) / (plain.high - plain.low) - 1
