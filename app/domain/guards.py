"""Guards watch what a rating does not say: runs that fail, runs that are slow, and sessions that cost too much."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from app.domain.escape import FRACTIONS, QUIET, e_cusum_tick

COST_EDGES: Final = (0.0, 0.25, 0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.6, 2.0, 4.0, 8.0)
"""Sessions are counted by their cost in parts of the limit; a cell is taken for its lower edge, which understates."""
SLOWEST: Final = 0.05  # the part of runs that may be slower than a limit on the 95th percentile
STILL_OWED: Final = 0.99  # of what is owed, from one look to the next: sessions move for about a hundred looks
_DEAR: Final = tuple(-edge for edge in reversed(COST_EDGES))


def cost_cell(cost: int, limit: int) -> int:
    """The cell of a session that has cost so much, both in nano-dollars; `limit` is above 0."""
    return bisect_right(COST_EDGES, cost / limit) - 1


def watched_part(previous: Sequence[float], *, bad: int, runs: int, most: float) -> tuple[float, ...]:
    """ln M against "at most this part of the runs is bad", after `runs` more of which `bad` were: an e-CUSUM of 0/1."""
    return e_cusum_tick(previous or QUIET, (bad, runs - bad), levels=(0.0, 1.0), floor=1.0 - most)


def watched_cost(previous: Sequence[float], cells: Sequence[int]) -> tuple[float, ...]:
    """ln M against "a session costs the limit at most on average": wealth Π(1 + λ(x/limit − 1)), λ = fraction.

    `cells` are the changes since the last look, by `COST_EDGES`: a session that grows dearer leaves one cell for
    another. Costs have no upper bound, and the wealth needs none: it is a supermartingale for any x ≥ 0 with that mean.
    """
    return e_cusum_tick(previous or QUIET, tuple(reversed(cells)), levels=_DEAR, floor=-1.0)


def watched_sessions(
    previous: Sequence[float], owed: Sequence[float], cells: Sequence[int]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """`watched_cost` where sessions grow dearer after they were first seen: the next ln M, and what is owed then.

    A young session is cheap and loses its bet; when it moves on, it wins that back. A loss that the e-CUSUM has
    forgotten (M is at least 1) cannot be won back, or a rush of sessions at or under the limit would raise the alarm.
    So it is `owed`, and what sessions win by moving pays that first.
    """
    owed = owed or QUIET
    known = previous or QUIET
    debts = [STILL_OWED * debt + max(-log_m, 0.0) for debt, log_m in zip(owed, known, strict=True)]
    paid = [min(debt, _won(cells, share)) for debt, share in zip(debts, FRACTIONS, strict=True)]
    log_m = tuple(rising - part for rising, part in zip(watched_cost(known, cells), paid, strict=True))
    return log_m, tuple(debt - part for debt, part in zip(debts, paid, strict=True))


def _won(cells: Sequence[int], share: float) -> float:
    """What sessions that left a cell have won at most: they are taken to be those that now cost most; at least 0."""
    moving = -sum(min(count, 0) for count in cells)
    won = 0.0
    for count, edge in zip(reversed(cells), reversed(COST_EDGES), strict=True):
        moved = min(count, moving)
        won += moved * math.log1p(share * (edge - 1.0))
        moving -= max(moved, 0)
    return max(won, 0.0)
