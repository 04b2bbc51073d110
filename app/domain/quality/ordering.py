"""Two answers that people judged differently are a pair; a good score puts most pairs in people's order."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from app.domain.fixed_effects import Array
from app.domain.quality.widening import difference, widened

_BLOCK: Final = 500
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Ordering:
    """The share of pairs that the score puts in people's order, ties as halves, 0…1; None without any pair."""

    pairs: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Gain:
    """Shares of pairs in people's order by one score and by another, and the difference; None without any pair."""

    before: float | None
    after: float | None
    value: float | None
    low: float | None
    high: float | None


def ordered_alike(scores: Sequence[float], rewards: Sequence[float], *, confidence: float = 0.95) -> Ordering:
    """The share with a normal interval by the jackknife over answers, cut to 0…1, and `widened`.

    For rewards of 0 and 1 it is the area under the ROC curve. Source: G. E. Noether 1967; B. Efron 1982, jackknife.
    """
    alike, differing = _pairs(scores, rewards)
    total = float(differing.sum())
    if not total:
        return Ordering(0, None, None, None)
    value = float(alike.sum()) / total
    half = _half(_without_each(alike, differing), confidence)
    low, high = max(0.0, value - half), min(1.0, value + half)
    interval = widened(value, low, high, answers=len(alike), pairs=total / 2, confidence=confidence)
    return Ordering(round(total / 2), value, *interval)


def gain(
    before: Sequence[float], after: Sequence[float], rewards: Sequence[float], *, confidence: float = 0.95
) -> Gain:
    """What the score `after` wins over `before` on the same answers, with a normal interval by the jackknife.

    Where leaving any answer out changes nothing, the interval is that of `difference`.
    """
    old, differing = _pairs(before, rewards)
    new, _ = _pairs(after, rewards)
    total = float(differing.sum())
    if not total:
        return Gain(None, None, None, None, None)
    one, other = float(old.sum()) / total, float(new.sum()) / total
    half = _half(_without_each(new, differing) - _without_each(old, differing), confidence)
    if half > _NOTHING:
        return Gain(one, other, other - one, other - one - half, other - one + half)
    interval = difference(one, other, answers=len(old), pairs=total / 2, confidence=confidence)
    return Gain(one, other, other - one, *interval)


def _pairs(scores: Sequence[float], rewards: Sequence[float]) -> tuple[Array, Array]:
    """Per answer: with how many others it stands in people's order, and with how many it makes a pair."""
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(rewards, dtype=np.float64)
    alike, differing = np.zeros(len(x)), np.zeros(len(x))
    for begin in range(0, len(x), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        judged = np.sign(y[rows, None] - y[None, :])
        agree = np.sign(x[rows, None] - x[None, :]) * judged
        differing[rows] = np.abs(judged).sum(axis=1)
        alike[rows] = (differing[rows] + agree.sum(axis=1)) / 2
    return alike, differing


def _without_each(alike: Array, differing: Array) -> Array:
    """The share as it would be without that answer; as it is where nothing would be left."""
    total, left = alike.sum(), differing.sum() - 2 * differing
    whole = total / differing.sum()
    shares: Array = np.divide(total - 2 * alike, left, out=np.full(len(alike), whole), where=left > 0)
    return shares


def _half(without: Array, confidence: float) -> float:
    n = len(without)
    spread = float(((without - without.mean()) ** 2).sum()) * (n - 1) / n
    return float(ndtri((1 + confidence) / 2)) * math.sqrt(spread)
