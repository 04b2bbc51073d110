"""Routes as they were kept: found, explained, and told what their answer was worth."""

from dataclasses import dataclass

from app.db import outcomes, routes
from app.db.outcomes import Outcome
from app.db.routes import RouteFilter
from app.domain.errors import Conflict, Invalid
from app.domain.route import Route, Tried
from app.services.world import World

__all__ = ["Kept", "RouteFilter", "get", "page", "tell"]

TRUST = 1.0  # in what a caller says of an answer, as in any opinion


@dataclass(frozen=True, slots=True)
class Kept:
    """A route with the outcomes of its calls, by call; a call without one is absent."""

    route: Route
    outcomes: dict[str, Outcome]


def page(world: World, wanted: RouteFilter, *, cursor: str | None, limit: int) -> tuple[list[Kept], str | None]:
    """Routes that match, newest first, with the cursor of the next page. Raises Invalid for a foreign cursor."""
    with world.store.read() as tx:
        found, following = routes.page(tx, wanted, cursor=cursor, limit=limit)
        known = outcomes.of_routes(tx, [route.id for route in found])
    return [_kept(route, known.get(route.id, [])) for route in found], following


def get(world: World, route_id: str) -> Kept:
    """One route. Raises NotFound."""
    with world.store.read() as tx:
        route = routes.get(tx, route_id)
        return _kept(route, outcomes.of_routes(tx, [route_id]).get(route_id, []))


def tell(world: World, route_id: str, quality: float) -> Kept:
    """The route, now that somebody says what its answer was worth, 0…1; said again, it takes the place of what was.

    Raises NotFound, Invalid for a quality that is none, Conflict when no model has answered.
    """
    if not 0 <= quality <= 1:
        raise Invalid("a number from 0 to 1 is expected", field="quality")
    with world.store.write() as tx:
        route = routes.get(tx, route_id)
        answer = _answer(route)
        said = Outcome(
            call_id=answer.call_id,
            at=world.now(),
            learner=route.learner,
            model=answer.model,
            level=route.level,
            day=route.at.date(),
            route_id=route.id,
            use_case_id=route.use_case_id,
            source="feedback",
            quality=quality,
            weight=TRUST,
            seq=world.new_id(),
        )
        outcomes.put(tx, [said])
        return _kept(route, outcomes.of_routes(tx, [route_id]).get(route_id, []))


def _answer(route: Route) -> Tried:
    """The answer that left. Raises Conflict when none did."""
    left = [each for each in route.tried if each.model == route.model and not each.failed]
    if not left:
        raise Conflict("no model has answered this request")
    return left[-1]


def _kept(route: Route, several: list[Outcome]) -> Kept:
    return Kept(route, {each.call_id: each for each in several})
