"""Providers: who can be asked here, how busy their endpoints are, and which targets are kept away from."""

from datetime import datetime

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Words
from app.api.world import world
from app.domain.breaker import State
from app.services import provider_health
from app.services.balancer import Load
from app.services.breakers import Reading
from app.services.endpoints import host_of
from app.services.provider_health import ProviderHealth

door = Door("providers")


class ProviderPath(Words):
    """A provider by code."""

    code: Name


class EndpointOut(Out):
    """A key or address of a provider; neither key nor path is shown."""

    name: str
    host: str | None = Field(description="null where the vendor's library knows the address")
    weight: int = Field(description="share of the calls against the other endpoints")
    in_flight: int = Field(description="calls under way in the process that answers")
    cooling_for_s: float = Field(description="how long a model of it still rests after a 429, at most; 0 for none")

    @classmethod
    def of(cls, load: Load) -> "EndpointOut":
        """The endpoint."""
        return cls(
            name=load.endpoint.name,
            host=host_of(load.endpoint),
            weight=load.endpoint.weight,
            in_flight=load.in_flight,
            cooling_for_s=round(load.cooling_for_s, 3),
        )


class BreakerOut(Out):
    """A breaker of one model at one endpoint: `closed` lets calls pass, `half-open` has one probe under way."""

    model: str
    endpoint: str
    state: State
    failures: int = Field(description="in a row")
    opened_at: datetime | None
    retry_at: datetime | None = Field(description="when the next probe may pass")
    trips: int = Field(description="how often it has opened; forgotten a day after it was closed")
    rests_for_s: float = Field(description="how long it is still not asked after a 429, whatever the state")

    @classmethod
    def of(cls, reading: Reading) -> "BreakerOut":
        """The breaker."""
        return cls(
            model=reading.target.model,
            endpoint=reading.target.endpoint,
            state=reading.state,
            failures=reading.failures,
            opened_at=reading.opened_at,
            retry_at=reading.retry_at,
            trips=reading.trips,
            rests_for_s=round(reading.rests_for_s, 3),
        )


class ProviderOut(Out):
    """A provider of the catalogue; `configured`: it can be asked on this server."""

    code: str
    kind: str
    title: str
    configured: bool
    endpoints: list[EndpointOut]
    breakers: list[BreakerOut]

    @classmethod
    def of(cls, health: ProviderHealth) -> "ProviderOut":
        """The provider."""
        return cls(
            code=health.provider.code,
            kind=health.provider.kind,
            title=health.provider.title,
            configured=bool(health.loads),
            endpoints=[EndpointOut.of(load) for load in health.loads],
            breakers=[BreakerOut.of(reading) for reading in health.readings],
        )


@door.get("/providers", responses={200: Page[ProviderOut]})
@scope("read")
def list_providers() -> Response:
    """Read how every provider is: endpoints, load, rests and breakers."""
    found = provider_health.overview(world())
    return http.answer(Page[ProviderOut](items=[ProviderOut.of(health) for health in found], next=None))


@door.post("/providers/<code>/reset", responses={200: ProviderOut})
@scope("admin")
def reset_provider(path: ProviderPath) -> Response:
    """Close a provider's breakers and end its rests, in all processes."""
    return http.answer(ProviderOut.of(provider_health.reset(world(), path.code)))
