"""Where a cheaper model would have done as well, as far as the record tells: what changing to it saves."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
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
from app.services.routing.known import sums_of
from app.services.world import World

TOLERANCE: Final = 0.02  # of quality, within which a model counts as no worse
FEWEST_CALLS: Final = 20


@dataclass(frozen=True, slots=True)
class Saving:
    """What `instead` of `model` would have saved over `calls`, in nano-dollars; qualities 0…1 as expected.

    `proven`: the other model's own record says that it is no worse; else it is worth a comparison.
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
class _Use:
    """What a learner had of one model: its sums, and the share 0…1 of its calls at each level."""

    model: Model
    sums: Sums
    levels: dict[Level, float]


def savings(world: World, learner: str, *, days: int) -> list[Saving]:
    """For each model with enough priced calls the cheaper ones that are expected to be no worse; the most saved first.

    Others are asked as long prompts, and answer at the length that is usual for them. What a change would have brought
    rests on what is expected of both, not on trials.
    """
    first = world.now().date() - timedelta(days=days)
    with world.store.read() as tx:
        own = model_days.of_learner(tx, learner, first)
    found: list[Saving] = []
    others = in_question(world, Auto(), field="auto")
    for use in _uses(world, own):
        found += [each for other in others if (each := _instead(world, learner, use, other)) is not None]
    return sorted(found, key=lambda each: (-each.saved, each.model, each.instead))


def _uses(world: World, days: list[model_days.Day]) -> list[_Use]:
    several: defaultdict[str, dict[str, list[Sums]]] = defaultdict(lambda: defaultdict(list))
    for day in days:
        several[day.model][day.level].append(sums_of(day))
    found = []
    for slug, levels in several.items():
        model = world.catalogue.models.get(slug)
        whole = total(part for parts in levels.values() for part in parts)
        if model is None or whole.priced < FEWEST_CALLS or not whole.answered or not whole.cost:
            continue
        shares: defaultdict[Level, float] = defaultdict(float)
        for name, parts in levels.items():
            level = next((one for one in get_args(Level) if one == name), MIDDLE)
            shares[level] += total(parts).calls / whole.calls
        found.append(_Use(model, whole, dict(shares)))
    return found


def _instead(world: World, learner: str, use: _Use, other: Model) -> Saving | None:
    price = prices.price_of(world, other, world.now())
    if other.slug == use.model.slug or price is None or other.provider not in world.endpoints:
        return None
    quality, _, _, _ = _expected(world, learner, use.model, use.levels)
    instead, low, outcomes, written = _expected(world, learner, other, use.levels)
    read = round(use.sums.input_tokens / use.sums.answered)
    each = cost(price, Usage(input_tokens=read, output_tokens=round(written), estimated=True))
    calls, spent = round(use.sums.priced), round(use.sums.cost)
    saved = spent - each * calls
    if saved <= 0 or instead < quality - TOLERANCE:
        return None
    proven = outcomes >= LEARNED_FROM and low >= quality - TOLERANCE
    return Saving(use.model.slug, other.slug, calls, spent, saved, quality, instead, low, proven)


def _expected(
    world: World, learner: str, model: Model, levels: dict[Level, float]
) -> tuple[float, float, float, float]:
    """Quality, its lower bound, outcomes and tokens of an answer, over the levels as they came."""
    known = {level: world.routers.expected(learner, model, level) for level in levels}
    quality = sum(share * known[level].quality for level, share in levels.items())
    low = sum(share * known[level].low for level, share in levels.items())
    written = sum(share * known[level].output_tokens for level, share in levels.items())
    return quality, low, max(each.outcomes for each in known.values()), written
