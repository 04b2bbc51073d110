"""A route whose outcome is known, as it counts for the question whether the router is better than one model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.domain.fixed_effects import Array
from app.domain.route import Tried


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What of a route tells whether it was worth it; `rated` is that of `Logged`, `spent` that of the route."""

    id: str
    picked: str
    by_router: str
    held_out: bool
    models: tuple[str, ...]
    rated: Array
    tried: tuple[Tried, ...]
    model: str | None
    session_id: str | None
    spent: int | None = None


def logged(decision: Decision, qualities: Mapping[str, float]) -> Logged | None:
    """The route as a row; None where it says nothing. `qualities` 0…1 by call id, of the calls that have an outcome.

    It needs the outcome of the answer that left and of the first model's own. Where the first answer was left behind
    and nobody said more of it, its confidence stands for its outcome. A first model that was away says nothing.
    """
    models, rated = decision.models, decision.rated
    if decision.picked not in models or decision.by_router not in models or not decision.tried:
        return None
    asked, by_router = models.index(decision.picked), models.index(decision.by_router)
    first = [each for each in decision.tried if each.model == decision.picked and not each.written]
    first_quality = _quality(first[-1], qualities) if first else None
    last_quality = qualities.get(_last(decision).call_id)
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
        last_cost=_whole_cost(decision, costs),
        held_out=decision.held_out,
        group=decision.session_id or decision.id,
    )


def _last(decision: Decision) -> Tried:
    """The answer that left; the last one tried where none did."""
    left = [each for each in decision.tried if each.model == decision.model and not each.failed]
    return left[-1] if left else decision.tried[-1]


def _quality(tried: Tried, qualities: Mapping[str, float]) -> float | None:
    known = qualities.get(tried.call_id)
    return tried.confidence if known is None else known


def _whole_cost(decision: Decision, expected: Mapping[str, float]) -> float:
    """What all calls cost, else what answers of unknown cost were expected to."""
    if decision.spent is not None:
        return float(decision.spent)
    return sum(_cost(each, expected) for each in decision.tried)


def _cost(tried: Tried, expected: Mapping[str, float]) -> float:
    """What it cost, else what was expected; a failure that nobody charged for costs nothing."""
    if tried.cost is not None:
        return float(tried.cost)
    return 0.0 if tried.failed else expected.get(tried.model, np.nan)
