"""Models are found by what they can do, and the first of a sorted list is the cheapest or fastest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.model import CAPABILITIES, Price, Rates
from app.services import model_search, prices
from app.services.model_search import Sought, search
from app.services.world import World

CODES = sorted(CAPABILITIES)


def slugs(world: World, **sought: object) -> list[str]:
    """What is found, in order."""
    return [model.slug for model in search(world, Sought(**sought))]  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("capability", ["chat", "vision", "embeddings"])
def test_the_cheapest_and_the_fastest_come_first(world: World, capability: str) -> None:
    cheapest = prices.cheapest(world, capability=capability)
    fastest = world.catalogue.fastest(capability=capability)

    assert cheapest is not None
    assert fastest is not None
    assert slugs(world, capabilities=(capability,), sort="cost")[0] == cheapest.slug
    assert slugs(world, capabilities=(capability,), sort="latency")[0] == fastest.slug


def test_a_model_without_a_price_is_neither_cheap_nor_efficient(world: World) -> None:
    by_cost = slugs(world, legacy=False, sort="cost")
    by_efficiency = slugs(world, legacy=False, sort="efficiency")

    assert by_cost[-1] == by_efficiency[-1] == "simulated/unpriced"


@pytest.mark.parametrize(("field", "given"), [("provider", "zz"), ("capability", ("chat", "nope"))])
def test_what_no_model_has_is_refused_by_its_field(world: World, field: str, given: object) -> None:
    with pytest.raises(Invalid) as refused:
        slugs(world, **{"capabilities" if field == "capability" else field: given})

    assert refused.value.field == field


def test_a_price_that_was_set_here_changes_the_order(world: World) -> None:
    before = slugs(world, legacy=False, sort="cost")
    dearest = next(model for model in map(world.catalogue.get, reversed(before)) if model.prices)
    rates, today = Rates.of(input=0, output=0), world.now().date()

    prices.put(world, dearest.slug, Price(valid_from=today, source="test", checked=today, rates=rates), actor="test")

    assert slugs(world, legacy=False, sort="cost").index(dearest.slug) < before.index(dearest.slug)
    assert search(world, Sought(legacy=False, sort="cost"))[0].prices[-1].rates == rates


def test_every_order_has_the_same_models_and_legacy_ones_last(world: World) -> None:
    every = slugs(world)

    assert every == list(world.catalogue.models)
    for sort in ("cost", "latency", "efficiency"):
        found = search(world, Sought(sort=sort))
        legacy = [model.legacy for model in found]
        assert sorted(model.slug for model in found) == sorted(every)
        assert legacy == sorted(legacy)


def test_recommended_and_configured_models_are_found(world: World) -> None:
    recommended = search(world, Sought(recommended=True))
    configured = search(world, Sought(configured=True))

    assert recommended
    assert all(model.recommended for model in recommended)
    assert {model.provider for model in configured} == {"simulated"}
    assert all(model_search.is_configured(world, model) for model in configured)
    assert len(configured) + len(search(world, Sought(configured=False))) == len(world.catalogue.models)


def test_several_capabilities_are_had_at_once(world: World) -> None:
    @given(st.lists(st.sampled_from(CODES), max_size=4))
    def law(wanted: list[str]) -> None:
        found = set(slugs(world, capabilities=tuple(wanted)))
        each = [set(slugs(world, capabilities=(one,))) for one in wanted]
        assert found == set(slugs(world)).intersection(*each)

    law()
