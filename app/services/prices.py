"""What a model costs at a moment: a price set here wins over the catalogue's of the same day, else the latest day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from app.db import prices as rows
from app.db.uow import Tx
from app.domain.errors import Invalid, NotFound
from app.domain.model import Model, Price, Rates, price_at
from app.domain.money import NANOS_PER_USD, to_usd
from app.services import events
from app.services.editing import edit
from app.services.world import World

FIRST_DAY: Final = date(2020, 1, 1)
AHEAD: Final = timedelta(days=366)
DEAREST: Final = 10_000 * NANOS_PER_USD  # per million tokens; the dearest model ever listed cost a sixteenth of it


@dataclass(frozen=True, slots=True)
class Listed:
    """A price with the model it is for; `stored` was set here, `catalogue` shipped or came with the operator's file."""

    model: str
    price: Price
    origin: Literal["catalogue", "stored"]


def price_of(world: World, model: Model, at: datetime) -> Price | None:
    """The price in force at an aware moment; None = unpriced, which is never 0."""
    return price_at(priced(world, model), at)


def priced(world: World, model: Model) -> Model:
    """The model with every price that counts, the catalogue's and those set here, ascending by day."""
    stored = world.snapshots.current.prices.get(model.slug)
    if not stored:
        return model
    by_day = {price.valid_from: price for price in (*model.prices, *stored)}
    return replace(model, prices=tuple(by_day[day] for day in sorted(by_day)))


def cheapest(world: World, *, capability: str = "chat", among: Iterable[Model] | None = None) -> Model | None:
    """The cheapest model by the prices in force now; neither a legacy nor an unpriced one. None if none fits."""
    models = world.catalogue.all() if among is None else among
    return world.catalogue.cheapest(
        world.now(), capability=capability, among=[priced(world, model) for model in models]
    )


def listed(world: World, *, model: str | None = None, on: date | None = None) -> list[Listed]:
    """Prices by model and day; of one model, or those in force on one day. Raises UnknownModel."""
    catalogue = world.catalogue
    stored = world.snapshots.current.prices
    found = []
    for each in catalogue.all() if model is None else (catalogue.get(model),):
        every = priced(world, each).prices
        wanted = every if on is None else [price for price in every if price.valid_from <= on][-1:]
        own = stored.get(each.slug, ())
        found += [Listed(each.slug, price, "stored" if price in own else "catalogue") for price in wanted]
    return found


def put(world: World, slug: str, price: Price, *, actor: str) -> Listed:
    """Set what a model costs from a day on, in place of a price set here for the same day.

    Raises UnknownModel, Invalid for a day, a source or a rate that cannot be meant.
    """
    model = world.catalogue.get(slug)
    check(price, today=world.now().date())

    def apply(tx: Tx) -> None:
        rows.put(tx, model.slug, price, actor=actor, moment=world.now())
        data = {"valid_from": price.valid_from.isoformat(), "source": price.source}
        text = f"a price of {model.slug} was set"
        events.record(tx, world, "price.changed", about=model.slug, text=text, data=data, actor=actor)

    edit(world, apply)
    return Listed(model.slug, price, "stored")


def drop(world: World, slug: str, valid_from: date) -> None:
    """Take back a price that was set here; what the catalogue says counts again. Raises NotFound, UnknownModel."""
    model = world.catalogue.get(slug)

    def apply(tx: Tx) -> None:
        if not rows.clear(tx, model.slug, valid_from):
            raise NotFound("price", f"{model.slug} from {valid_from}")
        data, text = {"valid_from": valid_from.isoformat()}, f"a price of {model.slug} was taken back"
        events.record(tx, world, "price.changed", about=model.slug, text=text, data=data)

    edit(world, apply)


def check(price: Price, *, today: date) -> None:
    """Raises Invalid naming the field that cannot be meant."""
    if not price.source.strip():
        raise Invalid("say where the figures stand", field="source")
    if not FIRST_DAY <= price.valid_from <= today + AHEAD:
        raise Invalid(f"a day from {FIRST_DAY} to a year from now is expected", field="valid_from")
    if price.checked > today:
        raise Invalid("this day has not come yet", field="checked")
    _check_rates(price.rates, "")
    above = 0
    for position, tier in enumerate(price.tiers):
        if tier.above <= above:
            raise Invalid("tiers ascend, the first above 0", field=f"tiers[{position}].above")
        above = tier.above
        _check_rates(tier.rates, f"tiers[{position}].")


def _check_rates(rates: Rates, path: str) -> None:
    for line in Rates.__dataclass_fields__:
        if not 0 <= getattr(rates, line) <= DEAREST:
            raise Invalid(f"0 to {to_usd(DEAREST)} USD per million tokens are expected", field=f"{path}{line}_usd")


def version(price: Price | None) -> str | None:
    """How a call names the price that it was counted with: its first day."""
    return None if price is None else price.valid_from.isoformat()


def same_rates(one: Price | None, other: Price) -> bool:
    """Whether both cost the same, tiers included."""
    return one is not None and (one.rates, one.tiers) == (other.rates, other.tiers)
