"""The weights of a rubric learn from feedback, but stay near the shipped ones until there is much of it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from app.domain.errors import Invalid
from app.domain.fixed_effects import Array

PRIOR: Final = 30.0  # answers as which the shipped weights count
_ROUNDS: Final = 10  # per weight, before the search for signs is given up
_TINY: Final = 1e-10


def reweighted(
    points: Sequence[Mapping[str, float]],
    rewards: Sequence[float],
    shipped: Mapping[str, float],
    *,
    prior: float = PRIOR,
) -> dict[str, float]:
    """Weights by dimension, at least 0, that sum to 1 and bring the total nearest to the rewards.

    Each answer brings its points 0…100 by dimension, and its reward 0…1; a dimension that was not measured on it counts
    as the shipped total of the others. w minimises Σ (y − m − Σ wᵢ(xᵢ − mᵢ))² + λ Σ (wᵢ − sᵢ)² over w ≥ 0, where s are
    the shipped weights made to sum to 1, m the means, and λ `prior` times the mean variance of the dimensions; then w
    is made to sum to 1. Without any answer, or where all answers are alike, s. Raises Invalid when rewards and points
    differ in number, a number is out of range, or no shipped weight is above 0.
    """
    names = list(shipped)
    start = np.array([shipped[name] for name in names], dtype=np.float64)
    y = np.asarray(rewards, dtype=np.float64)
    _check(points, y, start, prior)
    start = start / start.sum()
    if not len(points):
        return dict(zip(names, start.tolist(), strict=True))
    x = _filled(points, names, start)
    centred, target = x - x.mean(axis=0), y - y.mean()
    strength = prior * float(centred.var(axis=0).mean())
    if strength <= _TINY:
        return dict(zip(names, start.tolist(), strict=True))
    rows = np.vstack([centred, np.sqrt(strength) * np.eye(len(names))])
    found = non_negative(rows, np.concatenate([target, np.sqrt(strength) * start]))
    final = found / found.sum() if found.sum() > _TINY else start
    return dict(zip(names, final.tolist(), strict=True))


def non_negative(rows: Array, target: Array) -> Array:
    """The w ≥ 0 that minimises |rows·w − target|², for rows of full column rank.

    Source: C. L. Lawson and R. J. Hanson 1974, algorithm NNLS.
    """
    count = rows.shape[1]
    gram, toward = rows.T @ rows, rows.T @ target
    w, free = np.zeros(count), np.zeros(count, dtype=np.bool_)
    for _ in range(_ROUNDS * count):
        pull = toward - gram @ w
        pull[free] = -np.inf
        best = int(np.argmax(pull))
        if pull[best] <= _TINY * max(1.0, float(np.abs(toward).max())):
            break
        free[best] = True
        wanted = _solved(gram, toward, free)
        while free.any() and wanted[free].min() <= 0:
            falling = free & (wanted <= 0)
            step = float((w[falling] / (w[falling] - wanted[falling])).min())
            w = w + step * (wanted - w)
            free &= w > _TINY
            w[~free] = 0.0
            wanted = _solved(gram, toward, free)
        w = wanted
    return w


def _solved(gram: Array, toward: Array, free: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Array:
    wanted = np.zeros(len(toward))
    if free.any():
        wanted[free] = np.linalg.solve(gram[np.ix_(free, free)], toward[free])
    return wanted


def _filled(points: Sequence[Mapping[str, float]], names: Sequence[str], weights: Array) -> Array:
    """A row of 0…1 per answer; what was not measured is the weighted mean of what was."""
    x = np.array([[each.get(name, np.nan) for name in names] for each in points], dtype=np.float64) / 100.0
    known = np.isfinite(x)
    weighed = known * weights
    totals = weighed.sum(axis=1)
    means = np.divide(
        (np.where(known, x, 0.0) * weighed).sum(axis=1), totals, out=np.full(len(x), 0.5), where=totals > 0
    )
    return np.where(known, x, means[:, None])


def _check(points: Sequence[Mapping[str, float]], rewards: Array, weights: Array, prior: float) -> None:
    if len(points) != len(rewards):
        raise Invalid("as many rewards as answers are expected", field="rewards")
    if not ((rewards >= 0) & (rewards <= 1)).all():
        raise Invalid("a reward is 0 to 1", field="rewards")
    if any(not 0 <= value <= 100 for each in points for value in each.values()):
        raise Invalid("points are 0 to 100", field="points")
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
        raise Invalid("weights are at least 0, and one is above it", field="shipped")
    if not 0 < prior < np.inf:
        raise Invalid("a finite number above 0 is expected", field="prior")
