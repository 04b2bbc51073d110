"""Published prices are taken over where they differ from what is known here, from today on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from app.db import prices as rows
from app.db.uow import Tx
from app.domain.model import Model, Price, Rates, price_at
from app.providers.published_prices import SOURCE, published
from app.services import events
from app.services.editing import edit
from app.services.prices import check, priced, same_rates
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Change:
    """A price to be taken over, and the one that would be in force on its first day without it."""

    model: str
    price: Price
    before: Price | None

    def lines(self) -> Iterator[tuple[str, int | None, int | None]]:
        """Each line that changes, tiers as `input above 200000`, with old and new nano-dollars; None = not stated."""
        old, new = _lines(self.before), _lines(self.price)
        for line in dict.fromkeys((*new, *old)):
            if old.get(line) != new.get(line):
                yield line, old.get(line), new.get(line)


@dataclass(frozen=True, slots=True)
class Found:
    """What an import would do: `left` are models with the reason why nothing is taken over."""

    changes: tuple[Change, ...]
    same: int
    left: tuple[tuple[str, str], ...]


def look(world: World, models: Sequence[str] = ()) -> Found:
    """Compare what is published with what is known, for some models or all that a vendor serves. Raises UnknownModel.

    A price that somebody has set here is never replaced.
    """
    chosen = [world.catalogue.get(slug) for slug in models] or [
        model for model in world.catalogue.all() if world.catalogue.providers[model.provider].needs_key
    ]
    changes: list[Change] = []
    left: list[tuple[str, str]] = []
    same = 0
    for model in chosen:
        told = published(model.provider, model.provider_model_id, today=world.now().date())
        if not told.prices:
            left.append((model.slug, told.reason))
        elif _set_by_hand(world, model):
            left.append((model.slug, "has a price that was set here"))
        else:
            fresh = _differing(priced(world, model), told.prices)
            changes += fresh
            same += not fresh
    return Found(tuple(changes), same, tuple(left))


def take(world: World, found: Found, *, actor: str) -> None:
    """Store every change at once. Raises Invalid for a price that cannot be meant."""
    moment = world.now()
    for change in found.changes:
        check(change.price, today=moment.date())

    def apply(tx: Tx) -> None:
        for change in found.changes:
            rows.put(tx, change.model, change.price, actor=actor, moment=moment)
            data = {"valid_from": change.price.valid_from.isoformat(), "source": change.price.source}
            text = f"a published price of {change.model} was taken over"
            events.record(tx, world, "price.imported", about=change.model, text=text, data=data, actor=actor)

    if found.changes:
        edit(world, apply)


def _differing(model: Model, told: tuple[Price, ...]) -> list[Change]:
    fresh: list[Change] = []
    for price in told:
        day = datetime.combine(price.valid_from, time(), UTC)
        before = fresh[-1].price if fresh else price_at(model, day)
        if not same_rates(before, price):
            fresh.append(Change(model.slug, price, before))
    return fresh


def _set_by_hand(world: World, model: Model) -> bool:
    own = price_at(priced(world, model), world.now())
    stored = world.snapshots.current.prices.get(model.slug, ())
    return own in stored and own is not None and not own.source.startswith(f"{SOURCE} ")


def _lines(price: Price | None) -> dict[str, int]:
    if price is None:
        return {}
    found = {line: getattr(price.rates, line) for line in Rates.__dataclass_fields__}
    for tier in price.tiers:
        found |= {f"{line} above {tier.above}": getattr(tier.rates, line) for line in Rates.__dataclass_fields__}
    return found
