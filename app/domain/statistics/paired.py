"""Paired differences: both arms answered the same inputs, and each difference is taken at one of them."""

import math
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from app.domain.fixed_effects import Array
from app.domain.statistics.alternatives import Side, normal_p_value

RESAMPLES: Final = 10_000
MOST_DRAWS: Final = 10_000_000
EXACT_UP_TO: Final = 50
_SAME: Final = 1e-12  # differences that rounding alone sets apart
_CHUNK: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SignedRank:
    """`w_plus`: the sum of ranks of the `n` differences that are not 0 and are above it; `exact` or by the normal."""

    n: int
    w_plus: float
    p_value: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Shift:
    """A mean difference with its interval, in the unit of the differences."""

    mean: float
    low: float
    high: float


def signed_rank(differences: Array, *, side: Side = "two-sided") -> SignedRank:
    """Whether these differences lie evenly about 0; zeros are left out, and p is 1 when nothing else is there.

    Source: F. Wilcoxon 1945. Ranks of equal sizes are averaged. Up to EXACT_UP_TO differences the distribution over all
    2ⁿ signs is counted out with the ranks at hand, ties too (J. W. Pratt and J. D. Gibbons 1981, 3.7); beyond that
    the normal approximation with corrections for ties and continuity. Differences are rounded to 10⁻¹².
    """
    rounded = np.round(differences / _SAME) * _SAME
    kept = rounded[np.abs(rounded) > _SAME / 2]
    n = len(kept)
    if n == 0:
        return SignedRank(0, 0.0, 1.0, exact=True)
    _, place, counts = np.unique(np.abs(kept), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    w_plus = float(ranks[kept > 0].sum())
    if n <= EXACT_UP_TO:
        return SignedRank(n, w_plus, _exact(ranks, w_plus, side), exact=True)
    away = w_plus - n * (n + 1) / 4
    error = math.sqrt((n * (n + 1) * (2 * n + 1) - float((counts**3 - counts).sum()) / 2) / 24)
    if side == "two-sided":
        p_value = normal_p_value(max(0.0, abs(away) - 0.5) / error)
    else:
        p_value = normal_p_value((away - 0.5 if side == "greater" else away + 0.5) / error, side)
    return SignedRank(n, w_plus, p_value, exact=False)


def _exact(ranks: Array, w_plus: float, side: Side) -> float:
    """Ranks are halves at most: doubled they are whole, and the sums of all choices of them are counted one by one."""
    doubled = np.round(2 * ranks).astype(np.int64)
    likely = np.zeros(int(doubled.sum()) + 1)
    likely[0] = 1.0
    for rank in doubled.tolist():
        likely[rank:] = (likely[rank:] + likely[: len(likely) - rank]) / 2
        likely[:rank] /= 2
    at = round(2 * w_plus)
    above, below = float(likely[at:].sum()), float(likely[: at + 1].sum())
    match side:
        case "greater":
            return min(1.0, above)
        case "less":
            return min(1.0, below)
        case _:
            return min(1.0, 2 * min(above, below))


def paired_bootstrap(differences: Array, *, seed: str, confidence: float = 0.95, resamples: int = RESAMPLES) -> Shift:
    """The mean of these differences, at least one, with its bootstrap interval; the same for the same seed.

    Source: B. Efron 1987, BCa: percentiles of the means of resamples, corrected for their bias and for the skewness of
    the differences (acceleration by the jackknife, a closed formula for a mean). All differences alike give an interval
    of no width. Of many differences fewer resamples are drawn, down to a tenth, so that draws are at most MOST_DRAWS.
    """
    n, mean = len(differences), float(differences.mean())
    centred = differences - mean
    square = float((centred**2).sum())
    if square <= n * _SAME**2:
        return Shift(mean, mean, mean)
    count = max(min(resamples, MOST_DRAWS // n), resamples // 10)
    means = np.sort(_means(differences, seed, count))
    below = float((means < mean).sum() + (means == mean).sum() / 2) / count
    bias = float(ndtri(min(max(below, 0.5 / count), 1 - 0.5 / count)))
    skew = float((centred**3).sum()) / (6 * square**1.5)
    z = float(ndtri(0.5 + confidence / 2))
    low, high = (_corrected(bias, skew, end) for end in (-z, z))
    low, high = np.quantile(means, (low, high)).tolist()
    return Shift(mean, low, high)


def _corrected(bias: float, skew: float, z: float) -> float:
    """Which percentile of the resamples stands for the normal quantile z."""
    return float(ndtr(bias + (bias + z) / max(1 - skew * (bias + z), 1e-9)))


def _means(values: Array, seed: str, count: int) -> Array:
    """From raw PCG64 bits, which no numpy release changes; 32 of them choose one value."""
    bits = np.random.PCG64(int.from_bytes(sha256(seed.encode(errors="surrogatepass")).digest()[:16]))
    n, means = len(values), np.empty(count)
    step = max(1, _CHUNK // n)
    for begin in range(0, count, step):
        lines = min(step, count - begin)
        raw = bits.random_raw((lines * n + 1) // 2).view(np.uint32)[: lines * n]
        drawn = (raw.astype(np.uint64) * np.uint64(n)) >> np.uint64(32)
        means[begin : begin + lines] = values[drawn.astype(np.int64)].reshape(lines, n).mean(axis=1)
    return means
