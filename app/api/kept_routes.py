"""Routes: which models the router asked and why, and what a caller says that the answer was worth."""

from typing import Annotated
from uuid import UUID

from flask import Response
from pydantic import AwareDatetime, Field

from app.api import codes, guard, http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Line, Name, Page, Paging, Payload
from app.api.world import world
from app.domain.errors import Invalid, NotFound
from app.domain.route import Drawn
from app.services import traffic
from app.services.routing import kept_routes
from app.services.routing.kept_routes import Kept, RouteFilter
from app.services.routing.kept_routes_json import RouteOut, RouteOutcomeOut

door = Door("routes")


class RouteQuery(Paging):
    """What a route must match; `model` gave the answer; `since` counts, `until` does not."""

    use_case: Name | None = None
    task: Name | None = None
    session_id: UUID | None = None
    correlation_id: Line | None = None
    drawn: Drawn | None = None
    model: Name | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    def to_domain(self) -> RouteFilter:
        """The filter. Raises NotFound for what is unknown, Invalid for a correlation id without its use case."""
        session_id = None if self.session_id is None else str(self.session_id)
        return RouteFilter(
            use_case_id=None if self.use_case is None else codes.use_case_id(self.use_case),
            task=self.task,
            session_id=session_id if self.correlation_id is None else self._session(self.correlation_id),
            drawn=self.drawn,
            model=self.model,
            since=self.since,
            until=self.until,
        )

    def _session(self, correlation_id: str) -> str:
        if self.use_case is None:
            raise Invalid("a correlation id is known only within its use case", field="use_case")
        if self.session_id is not None:
            raise Invalid("a session or a correlation id is expected, not both", field="session_id")
        found = traffic.find(world(), traffic.known_use_case(world(), self.use_case), correlation_id)
        if found is None:
            raise NotFound("session", correlation_id, field="correlation_id")
        return found.id


class RouteOutcomeIn(Payload):
    """What the answer was worth, 0 to 1."""

    quality: Annotated[float, Field(ge=0, le=1)]


@door.get("/routes", responses={200: Page[RouteOut]})
@scope("read")
def list_routes(query: RouteQuery) -> Response:
    """Find decisions of the router, newest first."""
    found, following = kept_routes.page(world(), query.to_domain(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[RouteOut](items=[_out(each) for each in found], next=following))


@door.get("/routes/<id>", responses={200: RouteOut})
@scope("read", "run")
def get_route(path: ById) -> Response:
    """Read why a model was asked, and what came of it; with scope run alone, of the key's own requests."""
    return http.answer(_out(kept_routes.get(world(), str(path.id), key_id=_held_to())))


@door.post("/routes/<id>/outcome", responses={200: RouteOutcomeOut})
@scope("run")
def tell_outcome(path: ById, body: RouteOutcomeIn) -> Response:
    """Say what the answer was worth, so that the router learns from it; a repeat takes the place of what was said.

    A key with scope run alone speaks of its own requests only. For sessions of a use case feedback says more:
    experiments count it too.
    """
    told = kept_routes.tell(world(), str(path.id), body.quality, key_id=_held_to())
    return http.answer(RouteOutcomeOut.of(told))


def _held_to() -> str | None:
    """The key whose routes alone may be seen; None for one that reads everything."""
    asking = guard.key()
    return None if asking.allows("read") else asking.id


def _out(kept: Kept) -> RouteOut:
    of = kept.route
    return RouteOut.of(
        kept, use_case=codes.use_case_code(of.use_case_id), flow=codes.flow_code(of.use_case_id, of.flow_id)
    )
