"""Logistic regression over sparse words, and over one figure, until nothing is gained."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.routing.hashing import SIZE, Places

RIDGE: Final = 1.0
ROUNDS: Final = 80
KEPT: Final = 10
ENOUGH: Final = 1e-5

Table = NDArray[np.float64]
Loss = Callable[[Table], tuple[float, Table]]


def words(places: Sequence[Places], quality: Table) -> tuple[Table, float]:
    """Weights of all places, and the intercept, that forecast the quality 0…1; each place weighs 1/√n."""
    sizes = np.array([len(each) for each in places])
    rows, found = np.repeat(np.arange(len(places)), sizes), np.concatenate(places)
    each = (1 / np.sqrt(np.maximum(sizes, 1)))[rows]

    def loss(weights: Table) -> tuple[float, Table]:
        logits = np.bincount(rows, each * weights[found], len(places)) + weights[SIZE]
        missed = 1 / (1 + np.exp(-logits)) - quality
        value = np.logaddexp(0, logits).sum() - (quality * logits).sum() + RIDGE / 2 * (weights[:SIZE] ** 2).sum()
        slope = np.bincount(found, each * missed[rows], SIZE) + RIDGE * weights[:SIZE]
        return float(value), np.append(slope, missed.sum())

    start = np.zeros(SIZE + 1)
    start[SIZE] = np.log(quality.mean() / (1 - quality.mean()))
    best = least(loss, start)
    return best[:SIZE], float(best[SIZE])


def line(figure: Table, quality: Table) -> tuple[float, float]:
    """Slope and intercept that forecast the quality 0…1 from one figure; (0, 0) without rows."""
    if len(figure) == 0:
        return 0.0, 0.0

    def loss(weights: Table) -> tuple[float, Table]:
        logits = weights[0] * figure + weights[1]
        missed = 1 / (1 + np.exp(-logits)) - quality
        value = np.logaddexp(0, logits).sum() - (quality * logits).sum() + RIDGE / 2 * weights[0] ** 2
        return float(value), np.array([(missed * figure).sum() + RIDGE * weights[0], missed.sum()])

    slope, intercept = least(loss, np.zeros(2))
    return round(float(slope), 4), round(float(intercept), 4)


def least(loss: Loss, start: Table) -> Table:
    """Where a convex loss is least, by L-BFGS with halved steps. Source: Nocedal and Wright, algorithm 7.4."""
    at, (value, slope) = start, loss(start)
    steps: list[tuple[Table, Table]] = []
    for _ in range(ROUNDS):
        way = _way(slope, steps)
        length = 1.0
        while True:
            there = at - length * way
            new, new_slope = loss(there)
            if new <= value - 1e-4 * length * float(slope @ way) or length < 1e-6:
                break
            length /= 2
        step, bend = there - at, new_slope - slope
        if float(step @ bend) > 1e-12:
            steps = [*steps, (step, bend)][-KEPT:]
        gained, at, value, slope = value - new, there, new, new_slope
        if gained < ENOUGH * abs(value):
            break
    return at


def _way(slope: Table, steps: Sequence[tuple[Table, Table]]) -> Table:
    way, taken = slope.copy(), []
    for step, bend in reversed(steps):
        share = float(step @ way) / float(step @ bend)
        taken.append(share)
        way -= share * bend
    if steps:
        step, bend = steps[-1]
        way *= float(step @ bend) / float(bend @ bend)
    else:
        way /= max(1.0, float(np.abs(way).sum()))
    for (step, bend), share in zip(steps, reversed(taken), strict=True):
        way += step * (share - float(bend @ way) / float(step @ bend))
    return way
