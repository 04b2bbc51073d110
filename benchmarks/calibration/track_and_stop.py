"""Track-and-stop: the split that would prove the best flow soonest if the means were what they seem, until proven.

A. Garivier, E. Kaufmann 2016, "Optimal best arm identification with fixed confidence", theorem 5 and section 6, for
normal scores whose variances are taken from the data. With a margin ε, gaps are counted ε wider and the claim is only
that no flow is more than ε better. Means are compared over all time and the stop is looked at again at every tick.
"""

from typing import Final

import numpy as np

from benchmarks.calibration.arrays import Flags, Floats, Ints
from benchmarks.calibration.scenarios import Scenario
from benchmarks.calibration.thompson import moments
from benchmarks.calibration.world import Answer, Told

DELTA: Final = 0.05
MIN_FEEDBACK: Final = 10
LEAST_VARIANCE: Final = 1e-12
_HALVINGS: Final = 45


def proportions(gap: Floats, variance: Floats, *, lead: Ints) -> Floats:
    """R×K shares w* for flows that are `gap` > 0 behind flow `lead` (whose own entry is ignored).

    With x_a = w_a/w_lead, all pairs are equally hard to tell apart at y: x_a = σ_a²/(Δ_a²/y − σ_lead²), and the best y
    has Σ_a x_a² σ_lead²/σ_a² = 1. The sum rises with y, so it is halved down.
    """
    runs = np.arange(len(lead))
    own = variance[runs, lead][:, None]
    rival: Flags = np.ones(gap.shape, dtype=np.bool_)
    rival[runs, lead] = False
    ceiling = np.where(rival, gap**2 / own, np.inf).min(axis=1)
    low, high = np.zeros(len(lead)), ceiling

    def ratios(y: Floats) -> Floats:
        room = np.maximum(gap**2 / np.maximum(y, 1e-300)[:, None] - own, 1e-300)
        found: Floats = np.where(rival, variance / room, 0.0)
        return found

    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        over = (ratios(middle) ** 2 * own / variance).sum(axis=1) > 1
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    weights = ratios(low)
    weights[runs, lead] = 1.0
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


class TrackAndStop:
    """An equal split until 10 feedback each; stops at min_a Δ_a²/(2(σ²/n + σ_a²/n_a)) > ln((1 + ln n)/δ)."""

    margin = 0.0

    def __init__(self, scenario: Scenario, *, runs: int, rng: np.random.Generator) -> None:
        """`rng` is left alone: sessions are split by the shares."""
        self.levels = scenario.levels
        self.epsilon = self.margin * scenario.epsilon
        self.cells: Ints = np.zeros((runs, scenario.flows, len(scenario.levels)), dtype=np.int64)
        self.named = np.full(runs, -1)

    def step(self, told: Told) -> Answer:
        """The proportions for the means seen so far, or all to the flow that is proven best now."""
        self.cells = self.cells + told.arrived.sum(axis=0)
        n, mean, variance = moments(self.cells, self.levels, pseudo=0.0)
        variance = np.maximum(variance, LEAST_VARIANCE)
        lead, runs = mean.argmax(axis=1), np.arange(len(mean))
        gap = mean[runs, lead][:, None] - mean + self.epsilon
        error = variance / np.maximum(n, 1.0)
        likelihood = gap**2 / (2 * (error + error[runs, lead][:, None]))
        likelihood[runs, lead] = np.inf
        bar = np.log((1 + np.log(np.maximum(n.sum(axis=1), 1.0))) / DELTA)
        ready = n.min(axis=1) >= MIN_FEEDBACK
        stop = ready & (likelihood.min(axis=1) > bar)
        self.named = np.where((self.named < 0) & stop, lead, self.named)
        shares = np.where(stop[:, None], np.eye(mean.shape[1])[lead], 1 / mean.shape[1])
        on = np.flatnonzero(ready & ~stop)
        shares[on] = proportions(np.maximum(gap[on], 1e-3), variance[on], lead=lead[on])
        strict = np.full(len(mean), self.margin == 0)
        return Answer(shares, self.named.copy(), strict, np.zeros(mean.shape, dtype=np.bool_))


class TrackAndStopWithin(TrackAndStop):
    """The same with the scenario's margin ε."""

    margin = 1.0
