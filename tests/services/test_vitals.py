"""Figures say what a process knows of itself: breakers, endpoints, limits, places, and whether the store is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.breaker import Target
from app.domain.errors import LimitExceeded
from app.domain.limits import KeyLimits
from app.services import budgets, keys, vitals
from app.services.budgets import Wanted
from app.services.figures import Family
from app.services.world import World
from tests.worlds import opened

TARGET = Target("simulated", "simulated/small", "simulated")
LABELS = ("simulated", "simulated/small", "simulated")


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[World]:
    with opened(store, tmp_path) as made:
        yield made


def values(families: list[Family], name: str) -> dict[tuple[str, ...], float]:
    """The numbers of one family by their labels."""
    family = next(family for family in families if family.name == f"model_match_{name}")
    return {reading.labels: reading.values[0] for reading in family.readings}


def read(world: World, name: str) -> dict[tuple[str, ...], float]:
    """The same, asked now."""
    return values(vitals.everything(world), name)


def test_an_open_breaker_is_two_and_a_closed_one_zero(world: World) -> None:
    world.breakers.failed(TARGET)
    assert read(world, "breaker_state") == {LABELS: 0.0}

    while world.breakers.closed(TARGET):
        world.breakers.failed(TARGET)

    assert read(world, "breaker_state") == {LABELS: 2.0}
    assert read(world, "breaker_trips") == {LABELS: 1.0}


def test_a_call_under_way_is_counted_at_its_endpoint(world: World) -> None:
    seat = world.balancer.take(world.catalogue.models["simulated/small"])
    assert seat is not None
    assert read(world, "endpoint_in_flight") == {("simulated", "simulated"): 1.0}

    world.balancer.done(seat, outcome="ok")

    assert read(world, "endpoint_in_flight") == {("simulated", "simulated"): 0.0}


def test_requests_refused_at_a_limit_are_counted_by_the_limit(world: World) -> None:
    key = keys.issue(world, "slow", ("run",), limits=KeyLimits(requests_per_min=1)).key
    world.limiter.enter(key)

    for _ in range(3):
        with pytest.raises(LimitExceeded):
            world.limiter.enter(key)

    assert read(world, "limit_refusals") == {("requests_per_min",): 3.0}


def test_places_that_are_taken_are_running(world: World) -> None:
    world.admission.enter()
    world.admission.enter()
    world.admission.leave()

    assert read(world, "admission_running") == {(): 1.0}


def test_without_the_store_all_but_the_budgets_is_told(world: World) -> None:
    budgets.create(world, Wanted(name="all", scope="global", unit="usd", limit=25 * 10**8, period="day"))
    assert (read(world, "store_away"), read(world, "budget_limit")) == ({(): 0.0}, {("all", "usd"): 2.5})

    world.store.reads.begin()

    assert (read(world, "store_away"), read(world, "budget_limit")) == ({(): 1.0}, {})
    world.store.reads.end()


def test_every_name_is_there_once(world: World) -> None:
    names = [family.name for family in vitals.everything(world)]

    assert len(names) == len(set(names))
