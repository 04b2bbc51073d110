"""A flow is called better only on an e-value, which may be looked at as often as one likes."""

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
from scipy.special import log_ndtr

from app.domain.evidence import Evidence, Scale, support
from app.domain.fixed_effects import Array, Effects

Certification = Literal["fe", "both"]
BETS: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
GRID: Final = 60
_HALVINGS: Final = 30


def one_sided_mixture_log_e(score: Array, *, weight: Array, variance: Array, tau: float) -> Array:
    """ln E that an effect is above 0: ln 2 − ½ ln a + k S²/(2a) + ln Φ(S √(k/a)), k=(τW/V)², a=1+kV.

    The half-normal mixture of exp(λS − λ²V/2) over λ ~ |N(0, (τW/V)²)|: a supermartingale while the effect is ≤ 0.
    `tau` in units of the reward. Pairs without information (V = 0) give 0.
    """
    safe = np.where(variance > 0, variance, 1.0)
    k = np.where(variance > 0, (tau * weight / safe) ** 2, 0.0)
    a = 1.0 + k * variance
    tail: Array = log_ndtr(score * np.sqrt(k / a))
    return math.log(2.0) - 0.5 * np.log(a) + k * score**2 / (2 * a) + tail


def log_e_matrix(found: Effects, *, tau: float, margin: float = 0.0) -> Array:
    """ln E_ij(margin): that i beats j by more than −margin; the diagonal is 0."""
    score = found.score + margin * found.weight
    return one_sided_mixture_log_e(score, weight=found.weight, variance=found.variance, tau=tau)


def exact_log_e_matrix(scale: Scale, seen: Sequence[Evidence], *, margin: float = 0.0) -> Array:
    """ln inf_m E_i⁺(m−margin) E_j⁻(m): betting wealths of the histograms, valid at any n without common drift.

    E⁺ falls and E⁻ rises in m, so on each piece of the grid the ends that make the product least bound the infimum,
    whatever grid one takes.
    """
    if scale.low + margin >= scale.high:
        return np.full((len(seen), len(seen)), np.inf)
    points = _grid(scale, seen, margin=margin)
    above = np.array([_wealth(scale, one, points[1:] - margin - scale.low, end="low") for one in seen])
    below = np.array([_wealth(scale, one, scale.high - points[:-1], end="high") for one in seen])
    result: Array = (above[:, None, :] + below[None, :, :]).min(axis=2)
    np.fill_diagonal(result, 0.0)
    return result


def _grid(scale: Scale, seen: Sequence[Evidence], *, margin: float) -> Array:
    """Every m of `exact_log_e_matrix`, and closer ones about the means: there the infimum of near flows lies.

    Pieces as wide as a small difference between two flows would hide it.
    """
    wide = np.linspace(scale.low + margin, scale.high, GRID + 1)
    means = [mean for mean in (one.mean() for one in seen) if mean is not None]
    if not means:
        return wide
    piece = scale.span / GRID
    close = np.linspace(min(means) - piece, max(means) + margin + piece, GRID + 1)
    result: Array = np.unique(np.clip(np.concatenate([wide, close]), wide[0], wide[-1]))
    return result


def smallest_margin(
    log_e: Callable[[float], Array], flow: int, *, rivals: Sequence[int], bar: float, span: float
) -> float | None:
    """The least margin within which `flow` is certified best of the rivals (ln E ≥ bar each); None if none is."""

    def certified(margin: float) -> bool:
        return bool((log_e(margin)[flow, list(rivals)] >= bar).all())

    if not certified(span):
        return None
    low, high = 0.0, span
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if certified(middle) else (middle, high)
    return high


def log_wealths(
    scale: Scale, seen: Evidence, room: Array, *, end: Literal["low", "high"], bets: Sequence[float]
) -> Array:
    """ln Π(1−bet+bet·x/room) per bet and m, x the reward's distance from the low or high `end`.

    `room` is the distance of each m from that end, so with λ=bet/room these are the products of 1+λ(v−m) and of
    1+λ(m−v): evidence that the mean is above, or under, m.
    """
    levels, counts = support(scale, seen)
    reach = np.asarray(levels) - scale.low if end == "low" else scale.high - np.asarray(levels)
    parts = np.asarray(bets)[:, None, None]
    result: Array = np.log1p(parts * (reach[None, None, :] / room[None, :, None] - 1.0)) @ np.asarray(
        counts, dtype=np.float64
    )
    return result


def _wealth(scale: Scale, seen: Evidence, room: Array, *, end: Literal["low", "high"]) -> Array:
    """ln of the mean over `BETS` of their wealths."""
    logs = log_wealths(scale, seen, room, end=end, bets=BETS)
    result: Array = np.logaddexp.reduce(logs, axis=0) - math.log(len(BETS))
    return result
