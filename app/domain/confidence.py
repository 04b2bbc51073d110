"""A confidence sequence is an interval that may be looked at after every feedback and still holds, at any number."""

import math
from typing import Final, Literal

import numpy as np

from app.domain.certification import log_wealths
from app.domain.evidence import UNIT, Evidence, Scale
from app.domain.fixed_effects import Array

BETS: Final = tuple(0.8 / 2**k for k in range(11))
"""Each halving serves four times as much feedback; the last of them keeps an interval narrowing past a million."""
_GRID: Final = 64
_ZOOMS: Final = 4
_ROUNDING: Final = 0.5 / UNIT  # a stored square is off by at most this


def confidence_sequence(scale: Scale, seen: Evidence, *, alpha: float) -> tuple[float, float]:
    """Every mean that betting does not refute, in units of the scale; the whole scale without feedback.

    P(it ever leaves out a mean that stays as it is) ≤ alpha, however often and whenever one looks, at any number of
    feedback. Refuted is m once the wealth of either side, a mixture over bets that its mean is above m or that it is
    under m, has grown 2/alpha-fold (Ville 1939; A. Waudby-Smith and A. Ramdas 2024, "Estimating means of bounded random
    variables by betting").
    """
    if seen.n <= 0:
        return scale.low, scale.high
    bar = math.log(2.0 / alpha)
    low = scale.low + _refuted(scale, seen, bar=bar, end="low")
    high = scale.high - _refuted(scale, seen, bar=bar, end="high")
    return max(low, scale.low), min(high, scale.high)


def _refuted(scale: Scale, seen: Evidence, *, bar: float, end: Literal["low", "high"]) -> float:
    """How far from that end means are refuted: the true wealth only falls with the distance, so all before are too."""
    near, far = 0.0, scale.span
    for _ in range(_ZOOMS):
        points = np.linspace(near, far, _GRID + 1)
        refuted = np.flatnonzero(_wealth(scale, seen, points[1:], end=end) >= bar)
        place = int(refuted[-1]) + 1 if len(refuted) else 0
        near, far = float(points[place]), float(points[min(place + 1, _GRID)])
    return near


def _wealth(scale: Scale, seen: Evidence, room: Array, *, end: Literal["low", "high"]) -> Array:
    """ln of the mean over bets; the greater of two lower bounds of each, where rewards are not held one by one."""
    logs = np.maximum(
        log_wealths(scale, seen, room, end=end, bets=BETS), _by_moments(scale, seen, room[None, :], end=end)
    )
    result: Array = np.logaddexp.reduce(logs, axis=0) - math.log(len(BETS))
    return result


def _by_moments(scale: Scale, seen: Evidence, room: Array, *, end: Literal["low", "high"]) -> Array:
    """A lower bound of Σ ln(1+y), y=bet·(x/room−1), from Σx and Σx² alone: Σy − c Σy², c=(−ln(1−bet)−bet)/bet².

    (ln(1+y) − y)/y² rises in y, and y ≥ −bet (X. Fan, I. Grama and Q. Liu 2015, lemma 4.1). It knows that decimals vary
    less than rewards at the two ends would.
    """
    bet = np.asarray(BETS)[:, None]
    sign, origin = (1.0, scale.low) if end == "low" else (-1.0, scale.high)
    first = sign * (seen.total / UNIT - seen.n * origin)
    second = (seen.squares / UNIT + seen.n * _ROUNDING) - 2 * origin * seen.total / UNIT + seen.n * origin**2
    sum_y = bet * (first / room - seen.n)
    sum_y2 = bet**2 * (second / room**2 - 2 * first / room + seen.n)
    result: Array = sum_y + (np.log1p(-bet) + bet) / bet**2 * np.maximum(sum_y2, 0.0)
    return result
