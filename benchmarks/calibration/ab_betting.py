"""Where betting would have refuted something, over all looks of many tests, without asking the product at every look.

The product's own functions have the last word on each claim. They cost too much for millions of looks, so looks that
cannot claim are passed over: the e-value is an infimum over common means, and one mean at which it is small is enough.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np

from app.domain.certification import BETS, exact_log_e_matrix, log_wealths
from app.domain.confidence import BETS as INTERVAL_BETS
from app.domain.confidence import confidence_sequence
from app.domain.evidence import Scale, from_cells
from benchmarks.calibration.ab_trials import ALPHA, Trial
from benchmarks.calibration.arrays import Flags, Floats, Ints

_BAR: Final = math.log(2 / ALPHA)  # two sides, each at α/2
_BLOCK: Final = 64
_SLACK: Final = 1e-6  # a look that misses the bar by rounding alone is shown to the product


def betting(trial: Trial, counts: Ints) -> Ints:
    """The first look at which one arm is better than the other by an e-value of 2/α, exact at any number."""
    scale = trial.scale
    points = _means(trial)
    above = _by_level(scale, points - scale.low, end="low", bets=BETS)
    below = _by_level(scale, scale.high - points, end="high", bets=BETS)
    near = sorted({int(np.abs(points - mean).argmin()) for mean in (*trial.means, sum(trial.means) / 2)})
    sides = ((1, 0), (0, 1))
    possible = np.logical_or.reduce(
        [
            np.logical_and.reduce(
                [_highest(counts[i], above, at) + _highest(counts[j], below, at) >= _BAR - _SLACK for at in near]
            )
            for i, j in sides
        ]
    )

    def likely(run: int, looks: Ints) -> Flags:
        evidence = [(_wealth(counts[i, run, looks], above) + _wealth(counts[j, run, looks], below)) for i, j in sides]
        found: Flags = np.max([one.min(axis=1) for one in evidence], axis=0) >= _BAR - _SLACK
        return found

    def claimed(run: int, look: int) -> bool:
        seen = [from_cells(scale, counts[arm, run, look].tolist()) for arm in (0, 1)]
        return bool(exact_log_e_matrix(scale, seen).max() >= _BAR)

    return _first(possible, likely, claimed)


def mean_left_out(trial: Trial, counts: Ints) -> Ints:
    """The first look at which the interval of A's mean (`app.domain.confidence`) leaves out the true mean of A."""
    scale, mean = trial.scale, trial.means[0]
    room = np.array([mean - scale.low]), np.array([scale.high - mean])
    above = _by_level(scale, room[0], end="low", bets=INTERVAL_BETS)
    below = _by_level(scale, room[1], end="high", bets=INTERVAL_BETS)
    possible = (_highest(counts[0], above, 0) >= _BAR - _SLACK) | (_highest(counts[0], below, 0) >= _BAR - _SLACK)

    def likely(run: int, looks: Ints) -> Flags:
        seen = counts[0, run, looks]
        found: Flags = np.maximum(_wealth(seen, above), _wealth(seen, below))[:, 0] >= _BAR - _SLACK
        return found

    def missed(run: int, look: int) -> bool:
        low, high = confidence_sequence(scale, from_cells(scale, counts[0, run, look].tolist()), alpha=ALPHA)
        return not low <= mean <= high

    return _first(possible, likely, missed)


def _by_level(scale: Scale, room: Floats, *, end: Literal["low", "high"], bets: Sequence[float]) -> Floats:
    """L×bets×points: what one opinion at each level adds to the logarithm of each bet's wealth."""
    ones = np.eye(scale.cells, dtype=np.int64).tolist()
    return np.array([log_wealths(scale, from_cells(scale, one), room, end=end, bets=bets) for one in ones])


def _means(trial: Trial) -> Floats:
    """Common means to ask first: some over the whole scale, most of them about the true means."""
    scale = trial.scale
    room = scale.span / 20
    close = np.linspace(min(trial.means) - room, max(trial.means) + room, 41)
    every = np.concatenate([trial.means, close, np.linspace(scale.low, scale.high, 21)])
    found: Floats = np.unique(every[(every > scale.low) & (every < scale.high)])
    return found


def _highest(counts: Ints, by_level: Floats, at: int) -> Floats:
    """R×T: the wealth of the best bet on one point, which is not less than the mean of all bets."""
    found: Floats = (counts @ by_level[:, :, at]).max(axis=-1)
    return found


def _wealth(counts: Ints, by_level: Floats) -> Floats:
    """Looks×points: ln of the mean over bets."""
    logs = np.tensordot(counts, by_level, axes=1)
    found: Floats = np.logaddexp.reduce(logs, axis=1) - math.log(by_level.shape[1])
    return found


def _first(possible: Flags, likely: Callable[[int, Ints], Flags], sure: Callable[[int, int], bool]) -> Ints:
    """R: the first possible look that is likely and sure, −1 for none."""
    found = np.full(len(possible), -1)
    for run in np.flatnonzero(possible.any(axis=1)).tolist():
        looks = np.flatnonzero(possible[run])
        blocks = (looks[at : at + _BLOCK] for at in range(0, len(looks), _BLOCK))
        good = (int(look) for block in blocks for look in block[likely(run, block)])
        found[run] = next((look for look in good if sure(run, look)), -1)
    return found
