"""What a policy would have reached on the requests that were logged: doubly robust, so that a wrong guess is put right.

Source: M. Dudík, J. Langford and L. Li 2011, "Doubly robust policy evaluation and learning".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.domain.fixed_effects import Array
from app.domain.routing.earned import FEWEST_ASKED
from app.domain.routing.earning_rows import Logged

Places = np.ndarray[tuple[int, ...], np.dtype[np.intp]]

_PSEUDO: Final = 4.0  # draws of the greatest variance that a quality can have, 1/4, with which each policy begins
_WIDEST: Final = 0.25


@dataclass(frozen=True, slots=True)
class Reached:
    """A policy: always `model`, or the router's own with None. `quality` 0…1, `cost` a request in nano-dollars.

    `cost` None: some price is unknown. `asked` rows followed it, `draws` is how many even ones their weights are worth,
    `share` 0…1 of the rows in which the model could have been asked. `of_quality` and `of_cost` hold what each group of
    rows moves the two by; their squares sum to the variances. `beyond`: variance of quality that they do not show.

    In `apart` rows the router wanted another model though this one could have been asked. It was asked in `drawn` of
    these, and what the router wanted in `followed`; both are what tells the two policies apart.
    """

    model: str | None
    quality: float
    cost: float | None
    asked: int
    draws: float
    share: float
    of_quality: Array
    of_cost: Array
    beyond: float
    rows: int
    apart: int = 0
    drawn: int = 0
    followed: int = 0

    @property
    def unknown(self) -> float:
        """By how much its quality may lie off unseen, 0…1: the share of the rows apart, where few of them tell.

        The mean error that was seen in other rows says nothing of these, for the router has chosen them.
        """
        told = min(self.drawn, self.followed) >= FEWEST_ASKED
        return 0.0 if told or not self.apart else self.apart / self.rows


def reached(rows: Sequence[Logged]) -> tuple[Reached, ...]:
    """What the router reached, then every model that could have been asked, by name. At least one row.

    V = mean[q̂ + b + w(q − q̂ − b)], w = 1/chance in rows that asked what the policy asks, else 0, b = Σ w(q − q̂)/Σ w:
    the forecast put right by its mean error, so that a bias of the forecast adds no noise. "Always m" asks what the
    router asks where m could not have been asked, as standing down would. Variances are those of groups of rows. Beside
    them stands, for few draws, that four pseudo draws of variance 1/4 have not been seen; without it ten right answers
    of ten would pass for a certainty.
    """
    names = sorted({model for row in rows for model in row.models})
    logs = _laid_out(rows, {name: place for place, name in enumerate(names)})
    return (_of_router(logs), *(_of_model(logs, place, name) for place, name in enumerate(names)))


@dataclass(frozen=True, slots=True)
class _Logs:
    """Rows as arrays: `rated` is chance, quality and cost by row and model; `first` and `last` quality and cost by row.

    `chance` is that of the model `asked`.
    """

    rated: Array
    asked: Places
    by_router: Places
    chance: Array
    first: Array
    last: Array
    groups: Places


def _laid_out(rows: Sequence[Logged], places: Mapping[str, int]) -> _Logs:
    rated = np.zeros((3, len(rows), len(places)))
    asked, by_router = np.zeros(len(rows), dtype=np.intp), np.zeros(len(rows), dtype=np.intp)
    for number, row in enumerate(rows):
        own = [places[model] for model in row.models]
        rated[:, number, own] = row.rated.T
        asked[number], by_router[number] = own[row.asked], own[row.by_router]
    _, groups = np.unique([row.group for row in rows], return_inverse=True)
    return _Logs(
        rated=rated,
        asked=asked,
        by_router=by_router,
        chance=rated[0, np.arange(len(rows)), asked],
        first=np.array([(row.first_quality, row.first_cost) for row in rows]),
        last=np.array([(row.last_quality, row.last_cost) for row in rows]),
        groups=groups,
    )


def _of_router(logs: _Logs) -> Reached:
    return _followed(logs, None, logs.by_router, logs.last, share=1.0)


def _of_model(logs: _Logs, place: int, name: str) -> Reached:
    able = logs.rated[0, :, place] > 0
    wanted = np.where(able, place, logs.by_router)
    outcomes = np.where(able[:, None], logs.first, logs.last)
    apart = able & (logs.by_router != place)
    return replace(
        _followed(logs, name, wanted, outcomes, share=float(able.mean())),
        apart=int(np.count_nonzero(apart)),
        drawn=int(np.count_nonzero(apart & (logs.asked == place))),
        followed=int(np.count_nonzero(apart & (logs.asked == logs.by_router))),
    )


def _followed(logs: _Logs, model: str | None, wanted: Places, outcomes: Array, *, share: float) -> Reached:
    """The policy that asks `wanted` in each row."""
    rows = np.arange(len(wanted))
    weights = np.where(logs.asked == wanted, 1 / logs.chance, 0.0)
    by_group = _by_group(logs, weights)
    quality, of_quality, residues = _robust(logs, logs.rated[1, rows, wanted], outcomes[:, 0], weights)
    cost, of_cost, _ = _robust(logs, logs.rated[2, rows, wanted], outcomes[:, 1], weights)
    draws, beyond = _unseen(by_group, residues)
    return Reached(
        model=model,
        quality=quality,
        cost=cost if math.isfinite(cost) else None,
        asked=int(np.count_nonzero(weights)),
        draws=draws,
        share=share,
        of_quality=of_quality,
        of_cost=of_cost,
        beyond=beyond / len(rows) ** 2,
        rows=len(rows),
    )


def _robust(logs: _Logs, forecasts: Array, outcomes: Array, weights: Array) -> tuple[float, Array, Array]:
    """The value, by how much each group moves it, and the weighed errors by group."""
    errors = np.where(weights > 0, outcomes - forecasts, 0.0)
    errors = np.where(np.isnan(outcomes) & ~np.isnan(forecasts), 0.0, errors)  # an unknown cost is the expected one
    total = float(weights.sum())
    mean = float((weights * errors).sum()) / total if total else 0.0
    residues = weights * np.where(weights > 0, errors - mean, 0.0)
    moved = forecasts + mean + residues
    value = float(moved.mean())
    return value, _by_group(logs, moved - value) / len(moved), _by_group(logs, residues)


def _by_group(logs: _Logs, values: Array) -> Array:
    return np.asarray(np.bincount(logs.groups, values), dtype=np.float64)


def _unseen(weights: Array, residues: Array) -> tuple[float, float]:
    """How many even draws the groups' weights are worth, and the variance of their sum that residues do not show."""
    squares = float((weights**2).sum())
    if not squares:
        return 0.0, 0.0
    draws = squares**2 / float((weights**4).sum())
    seen = float((residues**2).sum()) / squares
    shrunk = (draws * seen + _PSEUDO * _WIDEST) / (draws + _PSEUDO)
    return draws, squares * max(0.0, shrunk - seen)
