"""Tests that grow by one opinion at a time, as exact counts: arm, R tests, T looks, L levels are the axes."""

import numpy as np

from benchmarks.calibration.ab_trials import Trial
from benchmarks.calibration.arrays import Flags, Floats, Ints


def grown(trial: Trial, *, runs: int, observations: int, every: int, rng: np.random.Generator) -> Ints:
    """2×R×T×L counts after each `every` of so many opinions; a coin says which arm each opinion is of."""
    coin = rng.integers(0, 2, (runs, observations), dtype=np.int8)
    drawn = rng.random((runs, observations))
    edges = np.array([np.cumsum(chances)[:-1] for chances in (trial.a, trial.b)])
    level = sum((drawn > edge[coin]).astype(np.int8) for edge in edges.T)
    counts = np.empty((2, runs, observations // every, len(trial.a)), dtype=np.int64)
    for arm in (0, 1):
        for at in range(len(trial.a)):
            counts[arm, ..., at] = np.cumsum((coin == arm) & (level == at), axis=1)[:, every - 1 :: every]
    return counts


def moments(counts: Ints, levels: Floats, *, pseudo: float = 0.0) -> tuple[Floats, Floats, Floats]:
    """n without `pseudo`, and mean and sample variance with so many more values, spread evenly over the levels."""
    n = counts.sum(axis=-1).astype(np.float64)
    size = np.maximum(n + pseudo, 1.0)
    mean = (counts @ levels + pseudo * levels.mean()) / size
    square = (counts @ levels**2 + pseudo * (levels**2).mean()) / size
    variance = np.maximum(square - mean**2, 0.0) * size / np.maximum(size - 1, 1.0)
    return n, mean, variance


def first(claims: Flags) -> Ints:
    """R: the first look of R×T flags that is set, −1 where none is."""
    found: Ints = np.where(claims.any(axis=1), claims.argmax(axis=1), -1)
    return found
