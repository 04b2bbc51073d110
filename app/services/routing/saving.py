"""Where a cheaper model would have done as well, as far as anybody can tell: what changing to it saves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, get_args

from app.db import model_days
from app.domain.auto import Auto
from app.domain.message import Usage
from app.domain.model import Model, cost
from app.domain.routing.candidate import LEARNED_FROM
from app.domain.routing.level import MIDDLE, Level
from app.domain.routing.record import Sums, total
from app.services import prices
from app.services.routes import in_question
from app.services.routing.foreseen import Foreseen, foreseen
from app.services.routing.known import sums_of
from app.services.world import World

TOLERANCE: Final = 0.02  # of quality, within which a model counts as no worse
FEWEST_CALLS: Final = 20
SELDOM: Final = 0.05  # of the prompts; a level that holds fewer needs no outcomes of its own

Levels = Mapping[str, Sums]


@dataclass(frozen=True, slots=True)
class Saving:
    """What `instead` of `model` would have saved over `calls`, in nano-dollars; qualities 0…1 as expected there.

    `proven`: the other model has outcomes of its own at the levels of these prompts, and even the lower bound of its
    quality is no worse; else it is worth a comparison.
    """

    model: str
    instead: str
    calls: int
    spent: int
    saved: int
    quality: float
    quality_instead: float
    quality_instead_low: float
    proven: bool

    @property
    def saved_percent(self) -> float:
        """Of what was spent."""
        return 100.0 * self.saved / self.spent


@dataclass(frozen=True, slots=True)
class _Part:
    """Calls of one model that another could have answered at `instead` nano-dollars each, and what is expected."""

    calls: float
    spent: float
    instead: float
    quality: float
    quality_instead: float
    low: float
    proven: bool

    @property
    def worth_it(self) -> bool:
        """Whether the other one is cheaper and no worse."""
        return self.instead * self.calls < self.spent and self.quality_instead >= self.quality - TOLERANCE


def savings(world: World, learner: str, *, days: int) -> list[Saving]:
    """For each model with enough priced calls the cheaper ones that are expected to be no worse; the most saved first.

    Of calls that went by auto, what the router had expected of both at these very prompts counts, as its kept routes
    say. Of others, and where no route is kept, it is the record: the other model is asked as long prompts, and answers
    at the length that is usual for it. All rests on what is expected, not on trials.
    """
    first = world.now().date() - timedelta(days=days)
    with world.store.read() as tx:
        own = _by_model(model_days.of_learner(tx, learner, first))
    kept = foreseen(world, learner, datetime.combine(first, time(), UTC))
    found: list[Saving] = []
    others = [each for each in in_question(world, Auto(), field="auto") if each.provider in world.endpoints]
    for slug, levels in own.items():
        model = world.catalogue.models.get(slug)
        if model is None or total(levels.values()).priced < FEWEST_CALLS:
            continue
        for other in others:
            if other.slug != slug:
                parts = _parts(world, learner, model, other, levels, own.get(other.slug, {}), kept.get(slug))
                found += _together(slug, other.slug, [part for part in parts if part.worth_it])
    return sorted(found, key=lambda each: (-each.saved, each.model, each.instead))


def _by_model(days: Iterable[model_days.Day]) -> dict[str, dict[str, Sums]]:
    several: defaultdict[str, defaultdict[str, list[Sums]]] = defaultdict(lambda: defaultdict(list))
    for day in days:
        several[day.model][day.level].append(sums_of(day))
    return {model: {level: total(parts) for level, parts in levels.items()} for model, levels in several.items()}


def _parts(
    world: World,
    learner: str,
    model: Model,
    other: Model,
    levels: Levels,
    of_other: Levels,
    kept: Mapping[str, Foreseen] | None,
) -> Iterator[_Part]:
    """The calls by auto whose routes are kept, and the others; `levels` and `of_other` are what both did."""
    if kept is None:
        yield from _by_record(world, learner, model, other, levels, of_other)
        return
    seen = kept.get(other.slug)
    if seen is not None and seen.cost is not None:
        routed = total(sums for level, sums in levels.items() if level)
        yield _Part(
            calls=routed.priced * seen.share,
            spent=routed.cost * seen.share,
            instead=seen.cost,
            quality=seen.of_answerer,
            quality_instead=seen.quality,
            low=seen.low,
            proven=_proven(seen.levels, of_other, low=seen.low, quality=seen.of_answerer),
        )
    yield from _by_record(world, learner, model, other, {"": levels[""]} if "" in levels else {}, of_other)


def _by_record(
    world: World, learner: str, model: Model, other: Model, levels: Levels, of_other: Levels
) -> Iterator[_Part]:
    whole = total(levels.values())
    price = prices.price_of(world, other, world.now())
    if price is None or not whole.answered or not whole.priced:
        return
    shares = {level: sums.calls / whole.calls for level, sums in levels.items()}
    quality, _, _ = _expected(world, learner, model, shares)
    instead, low, written = _expected(world, learner, other, shares)
    usage = Usage(round(whole.input_tokens / whole.answered), round(written), estimated=True)
    yield _Part(
        calls=whole.priced,
        spent=whole.cost,
        instead=cost(price, usage),
        quality=quality,
        quality_instead=instead,
        low=low,
        proven=_proven(shares, of_other, low=low, quality=quality),
    )


def _expected(world: World, learner: str, model: Model, shares: Mapping[str, float]) -> tuple[float, float, float]:
    """Quality, its lower bound and tokens of an answer by the record, over the levels as they came."""
    names: dict[str, Level] = {level: level for level in get_args(Level)}
    known = [(share, world.routers.expected(learner, model, names.get(each, MIDDLE))) for each, share in shares.items()]
    return (
        sum(share * each.quality for share, each in known),
        sum(share * each.low for share, each in known),
        sum(share * each.output_tokens for share, each in known),
    )


def _proven(shares: Mapping[str, float], of_other: Levels, *, low: float, quality: float) -> bool:
    wanted = [level for level, share in shares.items() if share >= SELDOM]
    known = all(level in of_other and of_other[level].weight >= LEARNED_FROM for level in wanted)
    return known and low >= quality - TOLERANCE


def _together(model: str, instead: str, parts: list[_Part]) -> list[Saving]:
    """The parts as one, none for too few calls."""
    calls = sum(part.calls for part in parts)
    if calls < FEWEST_CALLS:
        return []
    spent, other = sum(part.spent for part in parts), sum(part.instead * part.calls for part in parts)
    return [
        Saving(
            model,
            instead,
            round(calls),
            round(spent),
            round(spent - other),
            quality=sum(part.quality * part.calls for part in parts) / calls,
            quality_instead=sum(part.quality_instead * part.calls for part in parts) / calls,
            quality_instead_low=sum(part.low * part.calls for part in parts) / calls,
            proven=all(part.proven for part in parts),
        )
    ]
