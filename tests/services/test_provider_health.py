"""Every provider is listed, with its own endpoints and breakers; only one of the catalogue can be reset."""

import pytest

from app.domain.breaker import Target
from app.domain.errors import NotFound, StoreUnavailable
from app.services import provider_health
from app.services.provider_health import ProviderHealth
from app.services.world import World

TARGET = Target("simulated", "simulated/small", "simulated")


def health(world: World, code: str = "simulated") -> ProviderHealth:
    """How that provider is."""
    return next(one for one in provider_health.overview(world) if one.provider.code == code)


def test_a_provider_without_endpoints_is_listed_all_the_same(world: World) -> None:
    world.breakers.failed(TARGET)

    assert (health(world, "openai").loads, health(world, "openai").readings) == ((), ())
    assert [load.endpoint.name for load in health(world).loads] == ["simulated"]
    assert [reading.failures for reading in health(world).readings] == [1]


def test_a_provider_outside_the_catalogue_cannot_be_reset(world: World) -> None:
    with pytest.raises(NotFound):
        provider_health.reset(world, "nobody")


def test_a_reset_that_others_cannot_be_told_of_changes_nothing(world: World) -> None:
    for _ in range(5):
        world.breakers.failed(TARGET)
    world.store.close()

    with pytest.raises(StoreUnavailable):
        provider_health.reset(world, "simulated")

    assert [reading.state for reading in health(world).readings] == ["open"]
