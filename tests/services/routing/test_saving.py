"""A cheaper model that is expected to be no worse is a saving; one whose own record says so is a proven one."""

from collections import Counter
from dataclasses import replace

import pytest

from app.db import model_days, routes
from app.domain.route import Rated, Route, Tried
from app.domain.routing.level import Level
from app.services.routing.saving import savings
from app.services.world import World
from tests.db.routed import route
from tests.services.made import SMALL

LARGE, MEDIUM = "simulated/large", "simulated/medium"
LEARNER = "direct"


def recorded(
    world: World,
    model: str,
    *,
    calls: int = 100,
    cost: int = 0,
    quality: float = 0.8,
    outcomes: int = 0,
    level: str = "easy",
) -> None:
    """What a model did today at prompts of a level."""
    sums = Counter(
        calls=calls,
        answered=calls,
        latency_ms=calls * 100,
        input_tokens=calls * 1_000,
        output_tokens=calls * 200,
        priced=calls,
        cost=cost,
        outcomes=outcomes,
        weight=outcomes * 1_000_000,
        quality=round(outcomes * quality * 1_000_000),
    )
    with world.store.write() as tx:
        model_days.add(tx, {(LEARNER, model, level, world.now().date()): sums})
    world.routers.refresh({LEARNER})


def test_a_cheaper_model_with_as_good_a_record_is_a_proven_saving(world: World) -> None:
    recorded(world, LARGE, cost=500_000_000, quality=0.8, outcomes=300)
    recorded(world, SMALL, quality=0.9, outcomes=300)

    found = savings(world, LEARNER, days=7)

    best = next(each for each in found if each.instead == SMALL)
    assert (best.model, best.calls, best.spent, best.proven) == (LARGE, 100, 500_000_000, True)
    assert 0 < best.saved < best.spent
    assert best.saved_percent == pytest.approx(100 * best.saved / best.spent)
    assert [each.saved for each in found] == sorted((each.saved for each in found), reverse=True)


def test_a_cheaper_model_that_is_worse_is_none(world: World) -> None:
    recorded(world, LARGE, cost=500_000_000, quality=0.95, outcomes=300)
    recorded(world, SMALL, quality=0.4, outcomes=300)

    assert SMALL not in {each.instead for each in savings(world, LEARNER, days=7)}


def test_what_only_the_catalogue_speaks_for_is_not_proven(world: World) -> None:
    recorded(world, LARGE, cost=500_000_000, quality=0.5, outcomes=300)

    found = savings(world, LEARNER, days=7)

    assert found
    assert not any(each.proven for each in found)


def routed(
    world: World, count: int, *, model: str, small: tuple[float, float], large: float = 0.9, level: Level = "easy"
) -> None:
    """Routes that a model answered, with quality and lower bound that were expected of the small one."""
    rated = (Rated(LARGE, large, large, 5_000_000, 9, 0.5, 300.0), Rated(SMALL, *small, 1_000_000, 9, 0.5, 300.0))
    one = replace(asked(world, model), rated=rated, level=level)
    with world.store.write() as tx:
        routes.add_new(tx, [replace(one, id=world.new_id()) for _ in range(count)])


def asked(world: World, model: str) -> Route:
    """A route of today that this model answered."""
    tried = (Tried(world.new_id(), model),)
    return route(at=world.now(), learner=LEARNER, picked=model, model=model, tried=tried)


def test_a_model_is_judged_at_the_prompts_that_it_would_take_over(world: World) -> None:
    recorded(world, LARGE, cost=500_000_000, quality=0.9, outcomes=300)
    recorded(world, SMALL, quality=0.91, outcomes=300)  # asked where it is good, as the router knows
    routed(world, 100, model=SMALL, small=(0.91, 0.9))
    routed(world, 100, model=LARGE, small=(0.46, 0.4))

    assert SMALL not in {each.instead for each in savings(world, LEARNER, days=7)}


def test_where_the_router_expects_as_much_of_the_cheaper_one_it_is_a_saving(world: World) -> None:
    recorded(world, LARGE, cost=500_000_000, quality=0.9, outcomes=300)
    recorded(world, SMALL, quality=0.3, outcomes=300)
    routed(world, 100, model=LARGE, small=(0.89, 0.885))

    (found,) = (each for each in savings(world, LEARNER, days=7) if each.instead == SMALL)

    assert (found.calls, found.spent, found.saved, found.proven) == (100, 500_000_000, 400_000_000, True)
    assert (found.quality, found.quality_instead) == (pytest.approx(0.9), pytest.approx(0.89))
    assert found.quality_instead_low == pytest.approx(0.885)


@pytest.mark.parametrize(("low", "outcomes", "level"), [(0.8, 300, "easy"), (0.89, 40, "easy"), (0.89, 300, "hard")])
def test_without_outcomes_at_such_prompts_or_with_a_low_bound_nothing_is_proven(
    world: World, low: float, outcomes: int, level: Level
) -> None:
    recorded(world, LARGE, cost=500_000_000, outcomes=300)
    recorded(world, SMALL, quality=0.9, outcomes=outcomes)
    routed(world, 100, model=LARGE, small=(0.9, low), level=level)

    (found,) = (each for each in savings(world, LEARNER, days=7) if each.instead == SMALL)

    assert not found.proven


def test_only_calls_that_could_have_gone_to_the_other_model_count(world: World) -> None:
    recorded(world, LARGE, cost=500_000_000, outcomes=300)
    recorded(world, SMALL, quality=0.9, outcomes=300)
    routed(world, 30, model=LARGE, small=(0.9, 0.9))
    alone = replace(asked(world, LARGE), rated=(Rated(LARGE, 0.9, 0.9, 5_000_000, 9, 1.0, 300.0),))
    with world.store.write() as tx:
        routes.add_new(tx, [replace(alone, id=world.new_id()) for _ in range(10)])

    (found,) = (each for each in savings(world, LEARNER, days=7) if each.instead == SMALL)

    assert (found.calls, found.spent) == (75, 375_000_000)


def test_calls_that_named_their_model_go_by_the_record_beside_those_by_auto(world: World) -> None:
    recorded(world, LARGE, cost=500_000_000, quality=0.6, outcomes=300)
    recorded(world, LARGE, cost=100_000_000, quality=0.6, outcomes=300, level="")
    recorded(world, SMALL, quality=0.9, outcomes=300, level="")
    routed(world, 50, model=LARGE, small=(0.46, 0.4))

    (found,) = (each for each in savings(world, LEARNER, days=7) if each.instead == SMALL)

    assert (found.calls, found.spent, found.proven) == (100, 100_000_000, True)


def test_few_calls_say_nothing(world: World) -> None:
    recorded(world, LARGE, calls=5, cost=500_000_000)

    assert savings(world, LEARNER, days=7) == []


def test_free_calls_cannot_be_made_cheaper(world: World) -> None:
    recorded(world, MEDIUM, cost=0)

    assert savings(world, LEARNER, days=7) == []
