"""Kept routes are found and explained, and a caller says what an answer was worth."""

from dataclasses import replace

import pytest

from app.db import outcomes, routes
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.route import Route, Tried
from app.services.routing import kept_routes
from app.services.routing.kept_routes import RouteFilter
from app.services.world import World
from tests.db.routed import outcome, route
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


def test_with_a_key_only_its_own_routes_are_found_and_judged(world: World) -> None:
    own, other, nobodys = (kept(world, key_id=key_id) for key_id in ("k1", "k2", None))

    assert kept_routes.get(world, own.id, key_id="k1").route == own
    assert kept_routes.tell(world, own.id, 0.5, key_id="k1").outcomes
    for each in (other, nobodys):
        with pytest.raises(NotFound):
            kept_routes.get(world, each.id, key_id="k1")
        with pytest.raises(NotFound):
            kept_routes.tell(world, each.id, 0.5, key_id="k1")
        assert kept_routes.get(world, each.id).outcomes == {}


def test_what_an_answer_was_worth_is_said_of_the_one_that_left(world: World) -> None:
    seats = (Tried(world.new_id(), "v/a"), Tried(world.new_id(), "v/b"), Tried(world.new_id(), "v/c"))
    council = replace(kept(world), id=world.new_id(), model="v/b", tried=seats)
    said = [outcome(call_id=each.call_id, route_id=council.id, quality=at / 10) for at, each in enumerate(seats)]
    with world.store.write() as tx:
        routes.add_new(tx, [council])
        outcomes.put(tx, said)

    found = kept_routes.get(world, council.id)

    assert found.answer == seats[1]
    assert found.outcome is not None
    assert found.outcome.quality == 0.1


def test_an_unknown_route_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        kept_routes.tell(world, world.new_id(), 1.0)
    with pytest.raises(NotFound):
        kept_routes.get(world, world.new_id())
