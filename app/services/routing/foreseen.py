"""What the router had expected of each model at the very prompts that another one answered."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.db import routes
from app.db.routes import RouteFilter
from app.domain.route import Rated, Route
from app.services.world import World

MOST: Final = 2_000  # routes, the newest ones
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Means of what was expected of a model at the prompts that another one answered.

    `share` 0…1 of those prompts could have gone to it; the rest of this is of them. `quality`, `low` and `cost`
    (nano-dollars, None where some price is unknown) are its own, `of_answerer` is the quality expected of the one that
    answered. `levels`: which share of the prompts was of which level.
    """

    share: float
    quality: float
    low: float
    cost: float | None
    of_answerer: float
    levels: Mapping[str, float]


@dataclass(slots=True)
class _Sums:
    prompts: int = 0
    quality: float = 0.0
    low: float = 0.0
    cost: float = 0.0
    unpriced: bool = False
    of_answerer: float = 0.0
    levels: Counter[str] = field(default_factory=Counter)

    def add(self, each: Rated, answerer: Rated, level: str) -> None:
        self.prompts += 1
        self.quality += each.quality
        self.low += each.low
        self.cost += each.cost or 0
        self.unpriced = self.unpriced or each.cost is None
        self.of_answerer += answerer.quality
        self.levels[level] += 1


def foreseen(world: World, learner: str, since: datetime) -> dict[str, dict[str, Foreseen]]:
    """By the model that answered, then by each other model that could have; over the learner's newest MOST routes.

    A model that answered without having been rated, as one that writes a council's answer, is absent.
    """
    answered: Counter[str] = Counter()
    sums: defaultdict[str, defaultdict[str, _Sums]] = defaultdict(lambda: defaultdict(_Sums))
    for route in _newest(world, learner, since):
        rated = {each.model: each for each in route.rated}
        for model in {each.model for each in route.tried if not each.failed and not each.written} & rated.keys():
            answered[model] += 1
            for name, each in rated.items():
                if name != model:
                    sums[model][name].add(each, rated[model], route.level)
    return {
        model: {other: _means(own, answered[model]) for other, own in sums[model].items()} for model in sorted(answered)
    }


def _newest(world: World, learner: str, since: datetime) -> Iterator[Route]:
    """A page at a time, so that no transaction is long."""
    cursor: str | None = None
    for _ in range(MOST // PAGE):
        with world.store.read() as tx:
            found, cursor = routes.page(tx, RouteFilter(learner=learner, since=since), cursor=cursor, limit=PAGE)
        yield from found
        if cursor is None:
            return


def _means(own: _Sums, answered: int) -> Foreseen:
    many = own.prompts
    return Foreseen(
        share=many / answered,
        quality=own.quality / many,
        low=own.low / many,
        cost=None if own.unpriced else own.cost / many,
        of_answerer=own.of_answerer / many,
        levels={level: count / many for level, count in own.levels.items()},
    )
