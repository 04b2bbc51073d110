"""Scores are held against what people said: do both put answers in one order, and how far apart are they."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from app.domain.errors import Invalid
from app.domain.fixed_effects import Array
from app.domain.quality.widening import widened

MOST_PAIRED: Final = 5_000  # answers; Kendall's tau looks at all pairs of them
_BLOCK: Final = 500
_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class Correlation:
    """−1…1 of `n` pairs with an interval; None where one side is the same for all, or fewer than three are known."""

    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Separation:
    """How often an approved answer scores above a refused one, ties as halves, 0…1; None without both kinds."""

    approved: int
    refused: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Scores 0…100 against rewards 0…1 of the same answers.

    `error` is the mean distance of the score from 100 times the reward, in points, `bias` the mean of score less that:
    above 0 the scores are too kind.
    """

    n: int
    spearman: Correlation
    kendall: Correlation
    error: float | None
    bias: float | None


def agreement(scores: Sequence[float], rewards: Sequence[float], *, confidence: float = 0.95) -> Agreement:
    """How far scores agree with rewards; of a rating or an edit distance take `app.domain.feedback.reward`.

    Raises Invalid for lists of different lengths, more than 5 000 answers, and numbers that are none.
    """
    x, y = _paired(scores, rewards)
    away = x - 100.0 * y
    return Agreement(
        len(x),
        spearman(scores, rewards, confidence=confidence),
        kendall(scores, rewards, confidence=confidence),
        float(np.abs(away).mean()) if len(x) else None,
        float(away.mean()) if len(x) else None,
    )


def spearman(one: Sequence[float], other: Sequence[float], *, confidence: float = 0.95) -> Correlation:
    """Spearman's rank correlation, ties at their mean rank.

    Interval: Fisher's z with the variance (1 + r²/2)/(n − 3), `widened` on (1 + r)/2. Source: D. G. Bonett and
    T. A. Wright 2000. Raises Invalid as `agreement` does.
    """
    x, y = _paired(one, other)
    if len(x) < _LEAST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(len(x), None, None, None)
    r = float(np.clip(np.corrcoef(ranks(x), ranks(y))[0, 1], -1, 1))
    variance = (1 + r * r / 2) / (len(x) - 3) if len(x) > 3 else math.inf
    return _with_interval(len(x), r, variance, _pairs(x, y), confidence)


def kendall(one: Sequence[float], other: Sequence[float], *, confidence: float = 0.95) -> Correlation:
    """Kendall's tau-b: concordant less discordant pairs, corrected for ties.

    Interval: Fisher's z with the variance 0.437/(n − 4), `widened` on (1 + τ)/2. Source: E. C. Fieller, H. O. Hartley
    and E. S. Pearson 1957. Raises Invalid as `agreement` does.
    """
    x, y = _paired(one, other)
    if len(x) < _LEAST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(len(x), None, None, None)
    both = 0.0
    for begin in range(0, len(x), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        both += float((np.sign(x[rows, None] - x[None, :]) * np.sign(y[rows, None] - y[None, :])).sum())
    tau = both / math.sqrt(_untied(x) * _untied(y))
    variance = 0.437 / (len(x) - 4) if len(x) > 4 else math.inf
    return _with_interval(len(x), max(-1.0, min(1.0, tau)), variance, _pairs(x, y), confidence)


def separation(scores: Sequence[float], approved: Sequence[bool], *, confidence: float = 0.95) -> Separation:
    """Whether scores tell approved answers from refused ones: the area under the ROC curve.

    Interval: normal, by the standard error of J. A. Hanley and B. J. McNeil 1982, cut to 0…1, and `widened`. Raises
    Invalid as `agreement` does.
    """
    x, said = _paired(scores, [float(each) for each in approved])
    yes = said > 0
    n, m = int(yes.sum()), int((~yes).sum())
    if not n or not m:
        return Separation(n, m, None, None, None)
    area = float((ranks(x)[yes].sum() - n * (n + 1) / 2) / (n * m))
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    variance = (area * (1 - area) + (n - 1) * (q1 - area**2) + (m - 1) * (q2 - area**2)) / (n * m)
    half = _z(confidence) * math.sqrt(max(0.0, variance))
    low, high = max(0.0, area - half), min(1.0, area + half)
    return Separation(n, m, area, *widened(area, low, high, answers=n + m, pairs=n * m, confidence=confidence))


def ranks(values: Array) -> Array:
    """Ranks from 1 on, ties at their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], dtype=np.float64)


def _untied(values: Array) -> float:
    """Ordered pairs that are not tied."""
    _, counts = np.unique(values, return_counts=True)
    return float(len(values) ** 2 - (counts.astype(np.float64) ** 2).sum())


def _pairs(x: Array, y: Array) -> float:
    """Pairs of answers that are not tied, on the side that has fewer."""
    return min(_untied(x), _untied(y)) / 2


def _with_interval(n: int, value: float, variance: float, pairs: float, confidence: float) -> Correlation:
    z = _z(confidence)
    if not math.isfinite(variance):
        return Correlation(n, value, -1.0, 1.0)
    low = high = value
    if abs(value) < 1.0:  # Fisher's z has no end there
        middle, half = math.atanh(value), z * math.sqrt(variance)
        low, high = math.tanh(middle - half), math.tanh(middle + half)
    shares = ((1 + each) / 2 for each in (value, low, high))
    least, most = widened(*shares, answers=n, pairs=pairs, confidence=confidence)
    return Correlation(n, value, min(low, 2 * least - 1), max(high, 2 * most - 1))


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise Invalid("a number between 0 and 1 is expected", field="confidence")
    return float(ndtri((1 + confidence) / 2))


def _paired(one: Sequence[float], other: Sequence[float]) -> tuple[Array, Array]:
    if len(one) != len(other) or len(one) > MOST_PAIRED:
        raise Invalid(f"as many scores as opinions are expected, at most {MOST_PAIRED}", field="scores")
    x, y = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise Invalid("finite numbers are expected", field="scores")
    return x, y
