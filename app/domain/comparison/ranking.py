"""Models are ranked over all comparisons by how often one answered better than the other."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from app.domain.comparison.estimate import Estimate, share_of
from app.domain.comparison.sheet import Ints
from app.domain.fixed_effects import Array

SCALE: Final = 400 / math.log(10)
"""Points per natural logarithm of strength: 400 points ahead wins ten times as often as it loses."""
CENTRE: Final = 1000.0
_PRIOR: Final = 1.0
_TURNS: Final = 10_000
_ENOUGH: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Met:
    """What two models did against each other, by input: `wins` of `one`, `losses` of it, and ties."""

    one: str
    other: str
    wins: int
    losses: int
    ties: int = 0


@dataclass(frozen=True, slots=True)
class WinRate:
    """A model against all others; `rate`, ties as halves, with Wilson's interval, None without any pair."""

    model: str
    wins: int
    losses: int
    ties: int
    rate: Estimate | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`rating` in points about 1000, the mean of its `group`; only ratings within one group can be compared.

    `rating` is None without any pair: nothing is known of such a model.
    """

    model: str
    rating: Estimate | None
    pairs: int
    group: int


def win_rates(meetings: Iterable[Met], *, confidence: float = 0.95) -> tuple[WinRate, ...]:
    """Every model that is named, the highest rate first, ties in order of their names; O(n log n)."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for met in meetings:
        for model, counts in ((met.one, (met.wins, met.losses)), (met.other, (met.losses, met.wins))):
            own = sums[model]
            own[0] += counts[0]
            own[1] += counts[1]
            own[2] += met.ties
    found = [
        WinRate(model, won, lost, tied, share_of(won + tied / 2, won + lost + tied, confidence=confidence))
        for model, (won, lost, tied) in sums.items()
    ]
    return tuple(sorted(found, key=lambda own: (-own.rate.value if own.rate else math.inf, own.model)))


def ranking(meetings: Sequence[Met], *, confidence: float = 0.95) -> tuple[Standing, ...]:
    """Ratings of all models by strength, the strongest first and those without any pair last.

    Sources: R. A. Bradley and M. E. Terry 1952: A beats B with probability a/(a + b), a tie is half a win for both;
    strengths by the MM algorithm of D. R. Hunter 2004. Each model has one tie against an opponent of average strength
    besides, so that a model that only won has a finite rating. Intervals are the normal ones of the inverse Fisher
    information, that prior included, and approximate. Models that no chain of pairs joins stand in different groups.
    """
    names = sorted({name for met in meetings for name in (met.one, met.other)})
    if not names:
        return ()
    place = {name: at for at, name in enumerate(names)}
    won = np.zeros((len(names), len(names)))
    for met in meetings:
        one, other = place[met.one], place[met.other]
        if one != other:
            won[one, other] += met.wins + met.ties / 2
            won[other, one] += met.losses + met.ties / 2
    played = won + won.T
    groups = groups_of(played)
    same = (groups[:, None] == groups[None, :]) / np.bincount(groups)[groups]
    logs = _strengths(won, played, same)
    points = CENTRE + SCALE * logs
    errors = _errors(logs, played, same) * float(ndtri(0.5 + confidence / 2)) * SCALE
    found = [
        Standing(
            name,
            _rating(float(points[at]), float(errors[at])) if played[at].any() else None,
            round(float(played[at].sum())),
            int(groups[at]),
        )
        for name, at in place.items()
    ]
    return tuple(sorted(found, key=lambda own: (-own.rating.value if own.rating else math.inf, own.model)))


def _rating(points: float, error: float) -> Estimate:
    return Estimate(points, points - error, points + error)


def _strengths(won: Array, played: Array, same: Array) -> Array:
    """Logarithms of strengths, mean 0 in each group.

    Each turn divides a model's wins by what its strength so far lets expect, then moves each group as a whole, by a
    step of Newton's, to where its ties with the average want it: the former alone would take very many turns for that.
    """
    logs, wins = np.zeros(len(won)), won.sum(axis=1) + _PRIOR / 2
    for _ in range(_TURNS):
        strength = np.exp(logs)
        expected = (played / (strength[:, None] + strength[None, :])).sum(axis=1) + _PRIOR / (strength + 1)
        following = np.log(wins / expected)
        average = 1 / (1 + np.exp(-following))
        following += np.clip(same @ (0.5 - average) / (same @ (average * (1 - average))), -1.0, 1.0)
        moved = float(np.abs(following - logs).max())
        logs = following
        if moved < _ENOUGH:
            break
    centred: Array = logs - same @ logs
    return centred


def _errors(logs: Array, played: Array, same: Array) -> Array:
    """Standard errors of logarithms of strengths about the mean of their group."""
    chance = 1 / (1 + np.exp(logs[None, :] - logs[:, None]))
    weight = played * chance * (1 - chance)
    average = 1 / (1 + np.exp(-logs))
    information = np.diag(weight.sum(axis=1) + _PRIOR * average * (1 - average)) - weight
    centring = np.eye(len(logs)) - same
    covariance = centring @ np.linalg.inv(information) @ centring
    errors: Array = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return errors


def groups_of(played: Array) -> Ints:
    """Numbers of the groups from 0, by model; those that met (`played` above 0), directly or over others, share one."""
    found = np.full(len(played), -1, dtype=np.int64)
    for begin in range(len(played)):
        if found[begin] >= 0:
            continue
        group, left = int(found.max()) + 1, [begin]
        while left:
            at = left.pop()
            if found[at] < 0:
                found[at] = group
                left.extend(np.flatnonzero(played[at]).tolist())
    return found
