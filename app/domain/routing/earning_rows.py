"""A route whose outcome is known, as it counts for the question whether the router is better than one model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.domain.fixed_effects import Array
from app.domain.route import Route, Tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """`rated` has a row per model of `models`: chance, expected quality 0…1, expected cost (NaN: unpriced).

    `asked` and `by_router` are places in `models`. `first_…` is what the model that was asked came to by itself,
    `last_…` what the request came to, with whatever was asked after it; quality 0…1, cost in nano-dollars (NaN:
    unknown). Rows of one `group` are not independent of each other.
    """

    models: tuple[str, ...]
    rated: Array
    asked: int
    by_router: int
    first_quality: float
    first_cost: float
    last_quality: float
    last_cost: float
    held_out: bool
    group: str


def logged(route: Route, qualities: Mapping[str, float]) -> Logged | None:
    """The route as a row; None where it says nothing. `qualities` 0…1 by call id, of the calls that have an outcome.

    It needs the outcome of the answer that left and of the first model's own. Where the first answer was left behind
    and nobody said more of it, its confidence stands for its outcome. A first model that was away says nothing.
    """
    models = tuple(each.model for each in route.rated)
    if route.picked not in models or route.by_router not in models or not route.tried:
        return None
    asked, by_router = models.index(route.picked), models.index(route.by_router)
    rated = np.array([(each.chance, each.quality, _or_nan(each.cost)) for each in route.rated], dtype=np.float64)
    first = [each for each in route.tried if each.model == route.picked]
    first_quality = _quality(first[-1], qualities) if first else None
    last_quality = qualities.get(_last(route).call_id)
    if first_quality is None or last_quality is None or rated[asked, 0] <= 0 or rated[by_router, 0] <= 0:
        return None
    costs = dict(zip(models, rated[:, 2].tolist(), strict=True))
    return Logged(
        models=models,
        rated=rated,
        asked=asked,
        by_router=by_router,
        first_quality=first_quality,
        first_cost=sum(_cost(each, costs) for each in first),
        last_quality=last_quality,
        last_cost=sum(_cost(each, costs) for each in route.tried),
        held_out=route.drawn == "hold-out",
        group=route.session_id or route.id,
    )


def _last(route: Route) -> Tried:
    """The answer that left; the last one tried where none did."""
    left = [each for each in route.tried if each.model == route.model and not each.failed]
    return left[-1] if left else route.tried[-1]


def _quality(tried: Tried, qualities: Mapping[str, float]) -> float | None:
    known = qualities.get(tried.call_id)
    return tried.confidence if known is None else known


def _cost(tried: Tried, expected: Mapping[str, float]) -> float:
    """What it cost, else what was expected; a failure that nobody charged for costs nothing."""
    if tried.cost is not None:
        return float(tried.cost)
    return 0.0 if tried.failed else expected.get(tried.model, np.nan)


def _or_nan(cost: int | None) -> float:
    return np.nan if cost is None else float(cost)
