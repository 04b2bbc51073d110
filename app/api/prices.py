"""Prices: what each model costs since when, shipped or set here; history is counted again with what is known now."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from flask import Response
from pydantic import Field, StringConstraints

from app.api import guard, http
from app.api.door import Door
from app.api.guard import scope
from app.api.model_payloads import PriceOut, price_members
from app.api.payloads import Moment, Name, Out, Page, Payload, Words, usd
from app.api.world import world
from app.domain.errors import Invalid
from app.domain.model import LongPrompt, Price, Rates
from app.domain.money import NANOS_PER_USD
from app.services import prices, repricing
from app.services.prices import Listed

door = Door("prices")

Rate = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,12})?$"), Field(description="USD per million tokens")
]
Day = Annotated[date, Field(strict=False)]


class PriceQuery(Words):
    """Of which model, and in force on which UTC day; without a day every price."""

    model: Name | None = None
    on: date | None = None


class PricePath(Words):
    """A model by slug or alias, and the first UTC day of the price."""

    model: Name
    valid_from: date


class RatesIn(Payload):
    """Rates of each line; an unstated cache line costs what input costs, unstated reasoning what output costs."""

    input_usd: Rate
    output_usd: Rate
    cache_read_usd: Rate | None = None
    cache_write_usd: Rate | None = None
    reasoning_usd: Rate | None = None

    def rates(self, path: str = "") -> Rates:
        """The rates in nano-dollars. Raises Invalid for a fraction of one."""
        lines = {
            line: _nanos(text, field=f"{path}{line}_usd")
            for line in Rates.__dataclass_fields__
            if (text := getattr(self, f"{line}_usd")) is not None
        }
        return Rates.of(**lines)


class LongPromptIn(RatesIn):
    """Rates of every token of a call whose prompt is longer than `above` tokens."""

    above: Annotated[int, Field(ge=1, le=1_000_000_000)]


class PriceIn(RatesIn):
    """A price; `source` says where the figures stand, `checked` on which day they were read there (default: today)."""

    source: Name
    checked: Day | None = None
    tiers: Annotated[list[LongPromptIn], Field(max_length=8)] = Field(default_factory=list)

    def to_domain(self, valid_from: date) -> Price:
        """The price. Raises Invalid."""
        tiers = tuple(
            LongPrompt(above=tier.above, rates=tier.rates(f"tiers[{position}]."))
            for position, tier in enumerate(self.tiers)
        )
        return Price(
            valid_from=valid_from,
            source=self.source,
            checked=self.checked or world().now().date(),
            rates=self.rates(),
            tiers=tiers,
        )


class ListedOut(PriceOut):
    """A price with its model; `stored` was set here and wins over the `catalogue`'s of the same day."""

    model: str
    origin: Literal["catalogue", "stored"]


class RepriceIn(Payload):
    """Which calls to count again: `since` counts, `until` (default: now) does not; `dry_run` writes nothing."""

    since: Moment
    until: Moment | None = None
    model: Name | None = None
    dry_run: bool = False


class RepricedOut(Out):
    """How many calls were looked at, how many changed, and by how much their sum did."""

    seen: int
    changed: int
    newly_priced: int
    difference_usd: str | None
    dry_run: bool


@door.get("/prices", responses={200: Page[ListedOut]})
@scope("read")
def list_prices(query: PriceQuery) -> Response:
    """Read prices, by model and day."""
    found = prices.listed(world(), model=query.model, on=query.on)
    return http.answer(Page[ListedOut](items=[_out(each) for each in found], next=None))


@door.put("/prices/<path:model>/<valid_from>", responses={200: ListedOut})
@scope("write")
def put_price(path: PricePath, body: PriceIn) -> Response:
    """Set what a model costs from a UTC day on."""
    price = body.to_domain(path.valid_from)
    return http.answer(_out(prices.put(world(), path.model, price, actor=guard.key().name)))


@door.delete("/prices/<path:model>/<valid_from>", responses={204: None})
@scope("write")
def delete_price(path: PricePath) -> Response:
    """Take back a price that was set here."""
    prices.drop(world(), path.model, path.valid_from)
    return http.no_content()


@door.post("/prices/reprice", responses={200: RepricedOut})
@scope("admin")
def reprice(body: RepriceIn) -> Response:
    """Count past calls again, each with the price of its own day."""
    done = repricing.reprice(world(), since=body.since, until=body.until, model=body.model, dry_run=body.dry_run)
    return http.answer(
        RepricedOut(
            seen=done.seen,
            changed=done.changed,
            newly_priced=done.newly_priced,
            difference_usd=usd(done.difference),
            dry_run=body.dry_run,
        )
    )


def _out(listed: Listed) -> ListedOut:
    return ListedOut(model=listed.model, origin=listed.origin, **price_members(listed.price))


def _nanos(text: str, *, field: str) -> int:
    nanos = Decimal(text) * NANOS_PER_USD
    if nanos != nanos.to_integral_value():
        raise Invalid("at most nine decimals are expected", field=field)
    return int(nanos)
