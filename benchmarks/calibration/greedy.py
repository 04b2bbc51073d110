"""The greedy rule: move a fixed step to the flow whose mean score is highest now, until one flow has everything.

Scores are 1 to 5. Each flow keeps a running mean that is rounded to two decimals at every feedback. Warmup goes to the
goal in a straight line; then each tick moves up to `STEP` points; at 100 % the flow has won. A flow whose mean is at
or under its lower score, after enough feedback, ends the rollout: all traffic goes back to the baseline.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.calibration.arrays import Flags, Floats, Ints
from benchmarks.calibration.scenarios import Scenario
from benchmarks.calibration.world import Answer, Told, opening

STEP: Final = 10.0
MIN_FEEDBACK: Final = 5
ESCAPE_AFTER: Final = 10
WARMUP, ADAPTIVE, ESCAPED, COMPLETED = range(4)


def rounded(value: Floats) -> Floats:
    """Two decimals, halves up."""
    up: Floats = np.floor(value * 100 + 0.5) / 100
    return up


def adapted(pct: Sequence[float], mean: Sequence[float]) -> list[float]:
    """Percentages after one tick: the best gain up to `STEP` points; the others pay, the worse the more."""
    top = max(mean)
    others = [i for i, value in enumerate(mean) if value < top]
    leaders = [i for i, value in enumerate(mean) if value == top]
    gain = min(STEP, sum(pct[i] for i in others))
    after = list(pct)
    for i in leaders:
        after[i] = min(100.0, round(pct[i] + gain / len(leaders), 2))
    if max(after) >= 100:
        return [100.0 if i == after.index(max(after)) else 0.0 for i in range(len(pct))]
    total = sum(mean[i] for i in others)
    below = total * (len(others) - 1) or 1.0
    for i in others:
        after[i] = max(0.0, round(pct[i] - gain * (total - mean[i]) / below, 2))
    left = gain - sum(pct[i] - after[i] for i in others)
    for i in sorted(others, key=lambda i: mean[i]):
        paid = min(after[i], max(left, 0.0))
        after[i], left = round(after[i] - paid, 2), left - paid
    return after


class Greedy:
    """The rule above, for R runs."""

    def __init__(self, scenario: Scenario, *, runs: int, rng: np.random.Generator) -> None:
        """`rng` puts the feedback of a tick in an order."""
        low, high = scenario.levels[0], scenario.levels[-1]
        shape = (runs, scenario.flows)
        self.rng = rng
        self.scores = 1 + 4 * (scenario.levels - low) / (high - low)
        self.lower = 1 + 4 * (scenario.lowest - low) / (high - low)
        self.ramp = scenario.ramp
        self.pct = np.tile(100 * opening(scenario), (runs, 1))
        self.mean: Floats = np.zeros(shape)
        self.count: Ints = np.zeros(shape, dtype=np.int64)
        self.phase = np.full(runs, WARMUP if scenario.ramp else ADAPTIVE)
        self.escaped: Flags = np.zeros(shape, dtype=np.bool_)

    def step(self, told: Told) -> Answer:
        """Reads the feedback one by one, then moves."""
        left = told.arrived.sum(axis=0)
        left[self.phase >= ESCAPED] = 0  # nothing is decided any more
        while left.any():
            self._read(left)
        warming = self.phase == WARMUP
        for run in np.flatnonzero((self.phase == ADAPTIVE) & (self.count.min(axis=1) >= MIN_FEEDBACK)):
            self.pct[run] = adapted(self.pct[run].tolist(), self.mean[run].tolist())
            if self.pct[run].max() >= 100:
                self.phase[run] = COMPLETED
        self._warm(warming, told.tick)
        done = self.phase == COMPLETED
        return Answer(
            shares=self.pct / self.pct.sum(axis=1, keepdims=True),
            named=np.where(done, self.pct.argmax(axis=1), -1),
            better=done,
            escaped=self.escaped,
        )

    def _read(self, left: Ints) -> None:
        """One feedback of each flow that still has some, taken at random from `left`, and the escape rule after it."""
        total = left.sum(axis=2)
        drawn = (self.rng.random(total.shape) * total)[..., None] >= left.cumsum(axis=2)
        level = np.minimum(drawn.sum(axis=2), len(self.scores) - 1)
        run, flow = np.nonzero(total)
        left[run, flow, level[run, flow]] -= 1
        mean, count = self.mean[run, flow], self.count[run, flow]
        self.mean[run, flow] = rounded((mean * count + self.scores[level[run, flow]]) / (count + 1))
        self.count[run, flow] += 1
        low = (self.mean <= self.lower) & (self.count >= ESCAPE_AFTER)
        for one in np.flatnonzero(low.any(axis=1) & (self.phase < ESCAPED)):
            self._roll_back(int(one), int(low[one].argmax()))

    def _roll_back(self, run: int, flow: int) -> None:
        self.phase[run] = ESCAPED
        self.escaped[run, flow] = True
        self.pct[run] = 0.0
        self.pct[run, 1 if flow == 0 else 0] = 100.0

    def _warm(self, warming: Flags, tick: int) -> None:
        still = warming & (self.phase == WARMUP)
        goal = 100 / self.pct.shape[1]
        remaining = max(self.ramp - (tick + 1), 0)
        if remaining == 0:
            self.pct[still], self.phase[still] = goal, ADAPTIVE
        else:
            self.pct[still] = rounded(self.pct[still] + (goal - self.pct[still]) / (remaining + 1))
