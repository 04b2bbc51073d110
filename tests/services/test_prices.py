"""Prices set here win over the catalogue's of the same day; the latest day that has begun is in force."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.domain.errors import Invalid, NotFound, UnknownModel
from app.domain.message import Usage
from app.domain.model import LongPrompt, Price, Rates
from app.services import calls, prices
from app.services.calls import Reported
from app.services.world import World
from tests.services.made import SMALL, UNPRICED

USD = 1_000_000_000
TODAY = date(2026, 11, 2)
FLAT = Rates.of(input=2 * USD, output=10 * USD)
LONG = LongPrompt(above=200_000, rates=Rates.of(input=4 * USD, output=20 * USD, cache_read=USD))


def price(valid_from: date = TODAY, **given: object) -> Price:
    plain = Price(valid_from=valid_from, source="contract 7", checked=TODAY, rates=FLAT)
    return replace(plain, **given)  # type: ignore[arg-type]  # fields of Price by name


def in_force(world: World, slug: str, day: date) -> Price | None:
    return prices.price_of(world, world.catalogue.get(slug), datetime(day.year, day.month, day.day, tzinfo=UTC))


def test_a_price_that_is_set_is_in_force_from_its_day_and_read_back_whole(world: World) -> None:
    told = price(tiers=(LONG,))

    prices.put(world, UNPRICED, told, actor="anna")

    assert in_force(world, UNPRICED, TODAY) == told
    assert in_force(world, UNPRICED, date(2026, 11, 1)) is None


def test_a_stored_price_wins_over_the_catalogues_of_the_same_day(world: World) -> None:
    shipped = world.catalogue.get(SMALL).prices[0]

    prices.put(world, SMALL, price(shipped.valid_from), actor="anna")

    assert in_force(world, SMALL, TODAY) == price(shipped.valid_from)


def test_the_latest_day_wins_whoever_set_it(world: World) -> None:
    shipped = world.catalogue.get(SMALL).prices[0]

    prices.put(world, SMALL, price(date(2023, 1, 1)), actor="anna")

    assert in_force(world, SMALL, TODAY) == shipped
    assert in_force(world, SMALL, date(2023, 6, 1)) == price(date(2023, 1, 1))


def test_a_price_set_twice_for_a_day_is_the_last_one(world: World) -> None:
    prices.put(world, UNPRICED, price(), actor="anna")
    prices.put(world, UNPRICED, price(source="contract 8"), actor="anna")

    assert [each.price.source for each in prices.listed(world, model=UNPRICED)] == ["contract 8"]


def test_a_price_taken_back_leaves_what_the_catalogue_says(world: World) -> None:
    prices.put(world, SMALL, price(), actor="anna")

    prices.drop(world, SMALL, TODAY)

    assert in_force(world, SMALL, TODAY) == world.catalogue.get(SMALL).prices[0]
    with pytest.raises(NotFound):
        prices.drop(world, SMALL, TODAY)


def test_prices_are_listed_by_model_and_by_day(world: World) -> None:
    prices.put(world, SMALL, price(), actor="anna")

    every = prices.listed(world, model=SMALL)
    then = prices.listed(world, model=SMALL, on=date(2026, 11, 1))

    assert [each.origin for each in every] == ["catalogue", "stored"]
    assert [each.origin for each in then] == ["catalogue"]
    assert UNPRICED not in {each.model for each in prices.listed(world, on=TODAY)}


def test_the_cheapest_model_is_the_cheapest_by_what_was_set(world: World) -> None:
    given = [world.catalogue.get(SMALL), world.catalogue.get(UNPRICED)]
    prices.put(world, UNPRICED, price(rates=Rates.of(input=1, output=1)), actor="anna")

    found = prices.cheapest(world, among=given)

    assert found is not None
    assert found.slug == UNPRICED


def test_a_reported_call_is_priced_with_what_was_set(world: World) -> None:
    prices.put(world, UNPRICED, price(), actor="anna")

    call = calls.report(world, Reported(UNPRICED, 10, Usage(input_tokens=3, output_tokens=1)))

    assert (call.cost, call.cost_status, call.price_version) == (16_000, "priced", "2026-11-02")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (price(source=" "), "source"),
        (price(date(2019, 12, 31)), "valid_from"),
        (price(date(2028, 1, 1)), "valid_from"),
        (price(checked=date(2026, 11, 3)), "checked"),
        (price(rates=Rates.of(input=-1, output=1)), "input_usd"),
        (price(rates=Rates.of(input=1, output=10_001 * USD)), "output_usd"),
        (price(tiers=(LONG, LONG)), "tiers[1].above"),
        (price(tiers=(replace(LONG, rates=Rates.of(input=1, output=-1)),)), "tiers[0].output_usd"),
    ],
)
def test_a_price_that_cannot_be_meant_is_refused_by_field(world: World, wrong: Price, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        prices.put(world, SMALL, wrong, actor="anna")

    assert refused.value.field == field


def test_a_price_for_a_model_outside_the_catalogue_is_refused(world: World) -> None:
    with pytest.raises(UnknownModel):
        prices.put(world, "acme/none", price(), actor="anna")
