"""How the providers are: their endpoints, how busy these are, and which of their models are kept away from."""

from dataclasses import dataclass

from app.domain.errors import NotFound
from app.domain.model import ProviderEntry
from app.services.balancer import Load
from app.services.breakers import Reading
from app.services.world import World


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """One provider; without endpoints it cannot be used here. `loads` are of this process, `readings` of all."""

    provider: ProviderEntry
    loads: tuple[Load, ...]
    readings: tuple[Reading, ...]


def overview(world: World) -> list[ProviderHealth]:
    """Every provider of the catalogue, in its order."""
    loads, readings = world.balancer.loads(), world.breakers.readings()
    return [
        ProviderHealth(
            entry,
            loads.get(code, ()),
            tuple(reading for reading in readings if reading.target.provider == code),
        )
        for code, entry in world.catalogue.providers.items()
    ]


def reset(world: World, code: str) -> ProviderHealth:
    """The provider after its breakers have been closed and its rests ended, in all processes.

    Raises NotFound for a provider outside the catalogue, StoreUnavailable when the others cannot be told.
    """
    if code not in world.catalogue.providers:
        raise NotFound("provider", code)
    world.breakers.reset(code)
    return next(health for health in overview(world) if health.provider.code == code)
