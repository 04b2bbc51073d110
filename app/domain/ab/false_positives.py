"""How often a test of identical arms would have claimed a difference, on the values that live traffic really gave.

Units of an A/A test are dealt out to two arms anew, many times over. Each dealing is a test in which no difference
exists, looked at again and again as its units came.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from app.domain.ab.now import CARRIERS, PROCEDURES
from app.domain.ab.now import FEWEST as EACH
from app.domain.fixed_effects import Array
from app.domain.statistics.anytime import sequence_log_p
from app.domain.statistics.proportions import wilson

Bits = NDArray[np.uint64]

DEALINGS: Final = 1_000
LOOKS: Final = 20
FEWEST: Final = 200  # values, under which nothing can be told
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """In `claims` of the dealings a difference was claimed: a rate with its 95 % interval (Wilson)."""

    claims: int
    dealings: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FalsePositives:
    """What was seen at `looks` looks over `values` values, at `alpha`.

    `planned`: the fixed test at the last look only. `peeking`: that same test at any look, which is what it is not made
    for. `valid_now`: the confidence sequence at any look, from where it is used on.
    """

    values: int
    looks: int
    alpha: float
    planned: Rate
    peeking: Rate
    valid_now: Rate


def false_positives(
    values: Sequence[float], *, alpha: float, share: float, planned: float, seed: int
) -> FalsePositives | None:
    """Rates over a thousand dealings of these values, in the order in which their units came; None for too few.

    `share`: the control's part of the units; `planned`: the values of both arms that the test was planned for.
    """
    if len(values) < FEWEST:
        return None
    seen = np.asarray(values, dtype=np.float64)
    edges = np.linspace(0, len(seen), LOOKS + 1).astype(int)
    raw = np.random.PCG64(seed).random_raw
    claims: Array = np.zeros(3)
    for _ in range(DEALINGS // _AT_ONCE):
        claims += _claims(seen, edges, raw, alpha=alpha, share=share, planned=planned)
    last, any_look, now = (_rate(int(count)) for count in claims)
    return FalsePositives(len(seen), LOOKS, alpha, last, any_look, now)


def _claims(
    values: Array, edges: Array, raw: Callable[[int], Bits], *, alpha: float, share: float, planned: float
) -> Array:
    """How many of the dealings claim at the last look, at any, and by the confidence sequence."""
    drawn = raw(_AT_ONCE * len(values)).reshape(_AT_ONCE, len(values))
    control: Array = (drawn < np.uint64(share * 2.0**64)).astype(np.float64)
    sums = [_sums(control[:, low:high], values[low:high]) for low, high in pairwise(edges)]
    n, total, squares = np.cumsum(np.array(sums), axis=0).transpose(1, 2, 0, 3)  # arm, look, dealing
    safe = np.maximum(n, 1.0)
    mean = total / safe
    variance = np.maximum(squares - n * mean**2, 0.0) / np.maximum(n - 1, 1.0)
    error = (variance / safe).sum(axis=0)
    diff = mean[1] - mean[0]
    known = (n.min(axis=0) >= 2) & (error > 0)
    error = np.where(error > 0, error, 1.0)
    fixed = known & (2 * ndtr(-np.abs(diff) / np.sqrt(error)) <= alpha)
    log_p = sequence_log_p(diff, error, n.sum(axis=0), alpha=alpha / PROCEDURES, planned=planned)
    used = known & (n.min(axis=0) >= EACH) & (_carriers(n, total, squares) >= CARRIERS)
    sequence = used & (log_p <= np.log(alpha / PROCEDURES))
    found: Array = np.array([fixed[-1].sum(), fixed.any(axis=0).sum(), sequence.any(axis=0).sum()])
    return found


def _carriers(n: Array, total: Array, squares: Array) -> Array:
    """As `Sums.carriers`, of the arm that has fewer."""
    rest, rests = n - total, n - 2 * total + squares
    found: Array = np.minimum(total**2 / np.maximum(squares, 1e-9), rest**2 / np.maximum(rests, 1e-9)).min(axis=0)
    return found


def _sums(control: Array, values: Array) -> Array:
    """n, Σ and Σ² by arm and dealing."""
    whole = (float(len(values)), float(values.sum()), float((values**2).sum()))
    own = (control.sum(axis=1), control @ values, control @ values**2)
    return np.array([[one, all_of - one] for one, all_of in zip(own, whole, strict=True)])


def _rate(claims: int) -> Rate:
    low, high = wilson(claims, DEALINGS)
    return Rate(claims, DEALINGS, claims / DEALINGS, low, high)
