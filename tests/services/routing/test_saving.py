"""A cheaper model that is expected to be no worse is a saving; one whose own record says so is a proven one."""

from collections import Counter

import pytest

from app.db import model_days
from app.services.routing.saving import savings
from app.services.world import World
from tests.services.made import SMALL

LARGE, MEDIUM = "simulated/large", "simulated/medium"
LEARNER = "direct"


def recorded(
    world: World, model: str, *, calls: int = 100, cost: int = 0, quality: float = 0.8, outcomes: int = 0
) -> None:
    """What a model did today at easy prompts."""
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
        model_days.add(tx, {(LEARNER, model, "easy", world.now().date()): sums})
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


def test_few_calls_say_nothing(world: World) -> None:
    recorded(world, LARGE, calls=5, cost=500_000_000)

    assert savings(world, LEARNER, days=7) == []


def test_free_calls_cannot_be_made_cheaper(world: World) -> None:
    recorded(world, MEDIUM, cost=0)

    assert savings(world, LEARNER, days=7) == []
