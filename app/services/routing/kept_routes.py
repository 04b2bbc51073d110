"""Routes as they were kept: found, explained, and told what their answer was worth."""

from dataclasses import dataclass

from app.db import outcomes, routes
from app.db.outcomes import Outcome
from app.db.routes import RouteFilter
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.route import Route, Tried
from app.services.world import World

__all__ = ["Kept", "RouteFilter", "get", "page", "tell"]

TRUST = 1.0  # in what a caller says of an answer, as in any opinion


@dataclass(frozen=True, slots=True)
class Kept:
    """A route with the outcomes of its calls, by call; a call without one is absent."""

    route: Route
    outcomes: dict[str, Outcome]

    @property
    def answer(self) -> Tried | None:
        """The answer that left, None when none did."""
        of = self.route
        return next((each for each in reversed(of.tried) if each.model == of.model and not each.failed), None)

    @property
    def outcome(self) -> Outcome | None:
        """What the answer that left was worth, None while nobody has said so."""
        return None if self.answer is None else self.outcomes.get(self.answer.call_id)


def page(world: World, wanted: RouteFilter, *, cursor: str | None, limit: int) -> tuple[list[Kept], str | None]:
    """Routes that match, newest first, with the cursor of the next page. Raises Invalid for a foreign cursor."""
    with world.store.read() as tx:
        found, following = routes.page(tx, wanted, cursor=cursor, limit=limit)
        known = outcomes.of_routes(tx, [route.id for route in found])
    return [_kept(route, known.get(route.id, [])) for route in found], following


def get(world: World, route_id: str, *, key_id: str | None = None) -> Kept:
    """One route; with `key_id` only one of that key. Raises NotFound."""
    with world.store.read() as tx:
        route = _get(tx, route_id, key_id)
        return _kept(route, outcomes.of_routes(tx, [route_id]).get(route_id, []))


def tell(world: World, route_id: str, quality: float, *, key_id: str | None = None) -> Kept:
    """The route, now that somebody says what its answer was worth, 0…1; said again, it takes the place of what was.

    With `key_id` only a route of that key. Raises NotFound, Invalid for a quality that is none, Conflict when no model
    has answered.
    """
    if not 0 <= quality <= 1:
        raise Invalid("a number from 0 to 1 is expected", field="quality")
    with world.store.write() as tx:
        route = _get(tx, route_id, key_id)
        answer = Kept(route, {}).answer
        if answer is None:
            raise Conflict("no model has answered this request")
        said = Outcome(
            call_id=answer.call_id,
            at=world.now(),
            learner=route.learner,
            model=answer.credited,
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


def _get(tx: Tx, route_id: str, key_id: str | None) -> Route:
    """To a key that may see its own alone, a route of another one is as good as none."""
    route = routes.get(tx, route_id)
    if key_id is not None and route.key_id != key_id:
        raise NotFound("route", route_id)
    return route


def _kept(route: Route, several: list[Outcome]) -> Kept:
    return Kept(route, {each.call_id: each for each in several})
