"""The record: what each model did for a learner, and what that lets expect of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, get_args

from app.db import model_days
from app.domain.routing.level import Level
from app.domain.routing.record import Sums, total
from app.services.routing.known import sums_of
from app.services.world import World

ORDER: Final = {name: place for place, name in enumerate((*get_args(Level), ""))}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a model did at one level, empty for calls that no router chose.

    `quality` is the mean of its `outcomes`, each by its weight; `cost_each` in nano-dollars over its priced calls,
    `latency_ms` and `output_tokens` over its answers: each None where there are none. `expected` 0…1 is the quality
    that the router expects, with older days counting less and the rest of what is known of the model; `low` is its
    lower bound. Both are None where no level is known, or the catalogue no longer has the model.
    """

    model: str
    level: str
    calls: int
    errors: int
    outcomes: int
    quality: float | None
    expected: float | None
    low: float | None
    cost_each: int | None
    latency_ms: float | None
    output_tokens: float | None


def record(world: World, learner: str, *, days: int) -> list[Recorded]:
    """What models did for the learner since the start of the UTC day so many days ago, by model and level."""
    first = world.now().date() - timedelta(days=days)
    several: defaultdict[tuple[str, str], list[Sums]] = defaultdict(list)
    with world.store.read() as tx:
        for day in model_days.of_learner(tx, learner, first):
            several[day.model, day.level].append(sums_of(day))
    places = sorted(several, key=lambda place: (place[0], ORDER[place[1]]))
    return [_recorded(world, learner, model, level, total(several[model, level])) for model, level in places]


def _recorded(world: World, learner: str, model: str, level: str, sums: Sums) -> Recorded:
    entry = world.catalogue.models.get(model)
    known = next((one for one in get_args(Level) if one == level), None)
    found = None if entry is None or known is None else world.routers.expected(learner, entry, known)
    return Recorded(
        model=model,
        level=level,
        calls=round(sums.calls),
        errors=round(sums.errors),
        outcomes=round(sums.outcomes),
        quality=_mean(sums.quality, sums.weight),
        expected=None if found is None else found.quality,
        low=None if found is None else found.low,
        cost_each=round(sums.cost / sums.priced) if sums.priced else None,
        latency_ms=_mean(sums.latency_ms, sums.answered),
        output_tokens=_mean(sums.output_tokens, sums.answered),
    )


def _mean(summed: float, number: float) -> float | None:
    return summed / number if number else None
