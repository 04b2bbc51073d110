"""Published prices are taken over once, from today on, and never over one that somebody has set."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.errors import UnknownModel
from app.domain.model import Price, Rates
from app.services import price_import, prices
from app.services.world import World
from tests.worlds import Clock

USD = 1_000_000_000
GPT, ARGON = "openai/gpt-4o", "google/gemini-4-argon"
TODAY = date(2026, 11, 2)


def known(world: World, slug: str, *given: Price) -> World:
    """The same world, whose catalogue holds only these prices of the model."""
    models = {**world.catalogue.models, slug: replace(world.catalogue.get(slug), prices=given)}
    return replace(world, catalogue=replace(world.catalogue, models=models))


def price(rates: Rates, source: str = "a test") -> Price:
    return Price(valid_from=date(2026, 1, 1), source=source, checked=date(2026, 1, 1), rates=rates)


OLD = price(Rates.of(input=5 * USD, output=10 * USD))


def test_where_nothing_differs_nothing_is_written(world: World) -> None:
    found = price_import.look(world)
    price_import.take(world, found, actor="import")

    assert found.changes == ()
    assert found.same > 30
    assert world.snapshots.current.prices == {}


def test_a_price_that_differs_is_told_line_by_line_and_taken_over_from_today(world: World) -> None:
    world = known(world, GPT, OLD)

    found = price_import.look(world, [GPT])
    price_import.take(world, found, actor="import")

    (change,) = found.changes
    assert list(change.lines()) == [
        ("input", 5 * USD, 5 * USD // 2),
        ("cache_read", 5 * USD, 5 * USD // 4),
        ("cache_write", 5 * USD, 5 * USD // 2),
    ]
    stored = prices.listed(world, model=GPT)[-1]
    assert (stored.origin, stored.price.valid_from, stored.price.source.split()[0]) == (
        "stored",
        TODAY,
        "genai-prices",
    )


def test_a_second_import_finds_nothing_left_to_do(world: World, clock: Clock) -> None:
    world = known(world, GPT, OLD)
    price_import.take(world, price_import.look(world), actor="import")

    again = price_import.look(world)
    clock.forward(days=3)

    assert again.changes == price_import.look(world).changes == ()


def test_a_model_without_a_price_gets_one_and_an_announced_one_too(world: World) -> None:
    world = known(world, ARGON)

    found = price_import.look(world, [ARGON])
    price_import.take(world, found, actor="import")

    assert [change.price.valid_from for change in found.changes] == [TODAY, date(2026, 12, 1)]
    assert ("input", None, 2 * USD) in list(found.changes[0].lines())
    assert price_import.look(world, [ARGON]).changes == ()


def test_a_price_that_somebody_has_set_is_left(world: World) -> None:
    prices.put(world, GPT, OLD, actor="anna")
    prices.put(world, GPT, replace(OLD, valid_from=TODAY), actor="anna")

    found = price_import.look(world, [GPT])

    assert (found.changes, found.left) == ((), ((GPT, "has a price that was set here"),))


def test_a_price_that_an_import_has_set_is_replaced_by_the_next(world: World) -> None:
    prices.put(world, GPT, replace(OLD, valid_from=TODAY, source="genai-prices 0.1.0"), actor="import")

    found = price_import.look(world, [GPT])
    price_import.take(world, found, actor="import")

    assert len(found.changes) == 1
    assert price_import.look(world, [GPT]).changes == ()


def test_models_that_are_not_published_are_listed_and_ones_own_machine_is_not_asked_for(world: World) -> None:
    left = dict(price_import.look(world).left)

    assert left["qwen/qwen-plus"] == "not published there"
    assert not any(slug.startswith(("simulated/", "ollama/", "local/")) for slug in left)


def test_an_unknown_model_is_refused(world: World) -> None:
    with pytest.raises(UnknownModel):
        price_import.look(world, ["acme/none"])
