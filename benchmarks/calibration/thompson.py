"""Thompson sampling: each flow's share is the probability that it is the best; it stops when one has 95 %.

W. R. Thompson 1933; the stop is the usual one of tools that watch P(best). Means are compared over all time.
"""

from typing import Final

import numpy as np

from benchmarks.calibration.arrays import Floats, Ints
from benchmarks.calibration.scenarios import Scenario
from benchmarks.calibration.world import Answer, Told, opening

CERTAIN: Final = 0.95
EQUAL_TICKS: Final = 10
MIN_FEEDBACK: Final = 5
DRAWS: Final = 500


def moments(cells: Ints, levels: Floats, *, pseudo: float) -> tuple[Floats, Floats, Floats]:
    """n, mean and sample variance of R×K×L histograms, with `pseudo` feedback spread evenly over the levels."""
    spread = cells + pseudo / len(levels)
    n = np.maximum(spread.sum(axis=2), 1e-9)
    mean = spread @ levels / n
    variance = np.maximum(spread @ levels**2 / n - mean**2, 0.0) * n / np.maximum(n - 1, 1e-9)
    return cells.sum(axis=2).astype(np.float64), mean, variance


class Thompson:
    """An equal split for the first 10 ticks and until 5 feedback each, then shares P(best); its pick stays."""

    def __init__(self, scenario: Scenario, *, runs: int, rng: np.random.Generator) -> None:
        """`rng` draws from the beliefs."""
        self.levels = scenario.levels
        self.rng = rng
        self.cells: Ints = np.zeros((runs, scenario.flows, len(scenario.levels)), dtype=np.int64)
        self.shares = np.tile(opening(scenario), (runs, 1))
        self.named = np.full(runs, -1)

    def step(self, told: Told) -> Answer:
        """Draws from the normal beliefs on the means."""
        self.cells = self.cells + told.arrived.sum(axis=0)
        open_ones = np.flatnonzero(self.named < 0)
        n, mean, variance = moments(self.cells[open_ones], self.levels, pseudo=1.0)
        error = np.sqrt(variance / np.maximum(n, 1.0))
        draws = mean[:, None] + error[:, None] * self.rng.standard_normal((len(open_ones), DRAWS, mean.shape[1]))
        best = draws.argmax(axis=2)
        probable = np.stack([(best == flow).mean(axis=1) for flow in range(mean.shape[1])], axis=1)
        known = (told.tick + 1 >= EQUAL_TICKS) & (n.min(axis=1) >= MIN_FEEDBACK)
        self.shares[open_ones] = np.where(known[:, None], probable, 1 / mean.shape[1])
        sure = known & (probable.max(axis=1) >= CERTAIN)
        self.named[open_ones[sure]] = probable[sure].argmax(axis=1)
        self.shares[open_ones[sure]] = np.eye(mean.shape[1])[probable[sure].argmax(axis=1)]
        return Answer(
            self.shares.copy(), self.named.copy(), self.named >= 0, np.zeros(self.shares.shape, dtype=np.bool_)
        )
