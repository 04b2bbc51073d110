"""Kept routes are found and explained, and a caller says what an answer was worth."""

from dataclasses import replace

import pytest

from app.db import routes
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.route import Route, Tried
from app.services.routing import kept_routes
from app.services.routing.kept_routes import RouteFilter
from app.services.world import World
from tests.db.routed import route
from tests.worlds import NOON


def kept(world: World, **given: object) -> Route:
    """A stored route whose only answer is `c1`'s."""
    made = route(id=world.new_id(), at=NOON, **given)
    made = replace(made, tried=(Tried(world.new_id(), made.picked, cost=5),), model=made.picked)
    with world.store.write() as tx:
        routes.add_new(tx, [made])
    return made


def test_a_route_is_read_with_the_outcomes_of_its_calls(world: World) -> None:
    made = kept(world)

    assert kept_routes.get(world, made.id).outcomes == {}
    told = kept_routes.tell(world, made.id, 0.75)

    assert kept_routes.get(world, made.id) == told
    outcome = told.outcomes[made.tried[0].call_id]
    assert (outcome.quality, outcome.source, outcome.weight, outcome.model) == (0.75, "feedback", 1.0, made.picked)
    assert (outcome.learner, outcome.level, outcome.route_id) == (made.learner, made.level, made.id)
    found, following = kept_routes.page(world, RouteFilter(learner=made.learner), cursor=None, limit=10)
    assert (found, following) == ([told], None)


def test_what_is_said_again_takes_the_place_of_what_was(world: World) -> None:
    made = kept(world)

    kept_routes.tell(world, made.id, 0.2)
    told = kept_routes.tell(world, made.id, 0.9)

    assert [each.quality for each in told.outcomes.values()] == [0.9]


def test_the_outcome_is_that_of_the_answer_that_left(world: World) -> None:
    made = kept(world)
    tried = (Tried(world.new_id(), made.picked, failed=True), Tried(world.new_id(), "v/other"))
    later = replace(made, id=world.new_id(), model="v/other", tried=tried)
    with world.store.write() as tx:
        routes.add_new(tx, [later])

    assert [each.model for each in kept_routes.tell(world, later.id, 1.0).outcomes.values()] == ["v/other"]


def test_where_nobody_answered_there_is_no_outcome(world: World) -> None:
    made = kept(world)
    silent = replace(made, id=world.new_id(), model=None, tried=(Tried(world.new_id(), made.picked, failed=True),))
    with world.store.write() as tx:
        routes.add_new(tx, [silent])

    with pytest.raises(Conflict):
        kept_routes.tell(world, silent.id, 1.0)


@pytest.mark.parametrize("quality", [-0.1, 1.1, float("nan")])
def test_a_quality_that_is_none_is_refused(world: World, quality: float) -> None:
    with pytest.raises(Invalid, match="from 0 to 1"):
        kept_routes.tell(world, kept(world).id, quality)


def test_an_unknown_route_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        kept_routes.tell(world, world.new_id(), 1.0)
    with pytest.raises(NotFound):
        kept_routes.get(world, world.new_id())
