"""The worst inputs of a comparison: those that its candidates answered worst, for people to read."""

from dataclasses import dataclass
from typing import Final

from app.db import comparison_worst as rows
from app.db import comparisons as comparison_rows
from app.domain.comparison.comparison import Comparison, Input
from app.services.world import World

MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Worst:
    """An input with its mean score 0…1 over all answers, failed ones as 0, and by candidate (None: no answer yet).

    Without a rule a score says whether there was an answer at all.
    """

    input: Input
    mean: float
    by_candidate: tuple[float | None, ...]
    failures: int


def worst(world: World, comparison: Comparison, *, limit: int = MOST) -> tuple[Worst, ...]:
    """At most `limit` inputs that were not answered well by all, the worst first."""
    with world.store.read() as tx:
        means = rows.lowest(tx, comparison.id, limit=limit)
        inputs = {each.number: each for each in comparison_rows.inputs_of(tx, comparison.id, means.keys())}
        answered = rows.by_candidate(tx, comparison.id, means.keys())
    places = range(len(comparison.candidates))
    found = []
    for number, mean in means.items():
        own = {each.candidate: each for each in answered if each.input == number}
        by = tuple(own[at].mean if at in own else None for at in places)
        found.append(Worst(inputs[number], mean, by, sum(each.failures for each in own.values())))
    return tuple(found)
