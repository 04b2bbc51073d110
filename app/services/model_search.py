"""Models are sought by who serves them and what they can do, and put in order by cost, speed or efficiency."""

from dataclasses import dataclass
from typing import Final, Literal

from app.domain.errors import Invalid
from app.domain.model import CAPABILITIES, Model, Tier, cost, cost_efficiency, price_at
from app.services.catalogue import TYPICAL
from app.services.prices import priced
from app.services.world import World

Sort = Literal["catalogue", "cost", "latency", "efficiency"]
NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a model must match; None matches any. Of `capabilities` it has all."""

    provider: str | None = None
    capabilities: tuple[str, ...] = ()
    tier: Tier | None = None
    recommended: bool | None = None
    legacy: bool | None = None
    configured: bool | None = None
    sort: Sort = "catalogue"


def search(world: World, sought: Sought) -> list[Model]:
    """The models that match, each with every price that counts.

    `cost` puts the cheapest for 1 000 tokens in and 500 out first, `latency` the shortest expected latency,
    `efficiency` the most for the money; then legacy models come last, and among the others those without a price.
    Raises Invalid for a provider or a capability that there is not.
    """
    _check(world, sought)
    found = [priced(world, model) for model in world.catalogue.all() if _matches(world, model, sought)]
    if sought.sort == "catalogue":
        return found
    return sorted(found, key=lambda model: (model.legacy, _rank(world, model, sought.sort), model.slug))


def is_configured(world: World, model: Model) -> bool:
    """Whether this server has what the model's provider needs: an address, and a key if it takes one."""
    return model.provider in world.endpoints


def _check(world: World, sought: Sought) -> None:
    if sought.provider is not None and sought.provider not in world.catalogue.providers:
        known = ", ".join(sorted(world.catalogue.providers))
        raise Invalid(f"no provider is called {sought.provider!r}; there are {known}", field="provider")
    for name in sought.capabilities:
        if name not in CAPABILITIES:
            known = ", ".join(sorted(CAPABILITIES))
            raise Invalid(f"no model has a capability {name!r}; there are {known}", field="capability")


def _matches(world: World, model: Model, sought: Sought) -> bool:
    return (
        sought.provider in (None, model.provider)
        and model.capabilities.issuperset(sought.capabilities)
        and sought.tier in (None, model.tier)
        and sought.recommended in (None, model.recommended)
        and sought.legacy in (None, model.legacy)
        and sought.configured in (None, is_configured(world, model))
    )


def _rank(world: World, model: Model, sort: Sort) -> float:
    if sort == "latency":
        return model.latency_ms
    price = price_at(model, world.now())
    efficiency = cost_efficiency(model, world.now())
    if price is None or efficiency is None:
        return NEVER
    return cost(price, TYPICAL) if sort == "cost" else -efficiency
