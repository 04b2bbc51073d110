"""A router that gains nothing stands down by policy: one model answers, the hold-out goes on, and it may come back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db import router_standings, routes
from app.db.router_standings import Standing
from app.db.uow import Store
from app.domain.route import Route
from app.services.routing import earning, learning
from app.services.world import World
from tests.services.conftest import clock, store, store_kind, store_url
from tests.services.routing.routed import LARGE, MEDIUM, SMALL, answered, learner, make_auto, opine
from tests.worlds import Clock, numbered, opened

__all__ = ["clock", "store", "store_kind", "store_url"]


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A world in which routers stand down, and a third is held out."""
    with opened(store, tmp_path, clock=clock, new_id=numbered(), hold_out=1 / 3, stand_down=True) as world:
        yield world


def stand(world: World, verdict: str, single: str | None) -> None:
    """What was judged of the one use case."""
    with world.store.write() as tx:
        router_standings.put(tx, Standing(learner(world), verdict, single, {}, world.now()))
    world.routers.refresh()


def kept(world: World) -> list[Route]:
    """The routes of the one use case, oldest first."""
    with world.store.read() as tx:
        return routes.page(tx, routes.RouteFilter(learner=learner(world)), limit=1_000)[0][::-1]


def asked(world: World, count: int) -> list[Route]:
    """The routes of so many requests."""
    before = len(kept(world))
    for number in range(count):
        answered(world, f"c{before + number}")
    return kept(world)[before:]


def test_the_single_model_answers_and_the_hold_out_goes_on(world: World) -> None:
    make_auto(world)
    stand(world, "no gain", MEDIUM)

    found = asked(world, 30)

    greedy = [route for route in found if route.drawn != "hold-out"]
    assert {(route.drawn, route.picked) for route in greedy} == {("best-single", MEDIUM)}
    assert {route.by_router for route in found} == {LARGE}
    held_out = [route for route in found if route.drawn == "hold-out"]
    assert held_out
    assert len({route.picked for route in held_out}) > 1
    assert all(route.chance == pytest.approx(7 / 9 if route.picked == MEDIUM else 1 / 9) for route in found)


@pytest.mark.parametrize(("verdict", "single"), [("earns its keep", None), ("too early", None)])
def test_with_any_other_verdict_the_router_decides(world: World, verdict: str, single: str | None) -> None:
    make_auto(world)
    stand(world, verdict, single)

    assert {route.drawn for route in asked(world, 12)} == {"router", "hold-out"}


def test_without_the_policy_the_verdict_changes_nothing(world: World) -> None:
    make_auto(world)
    stand(world, "no gain", SMALL)
    steadfast = replace(world, policy=replace(world.policy, stand_down=False))

    assert {route.drawn for route in asked(steadfast, 12)} == {"router", "hold-out"}
    assert not earning.report(steadfast, learner(world)).stands_down
    assert earning.report(world, learner(world)).stands_down


@pytest.mark.slow
def test_what_people_say_of_real_answers_is_judged_and_served_by(world: World) -> None:
    """Every model is as good as the others, so the best one, which the router prefers, gains nothing."""
    make_auto(world)
    for number, route in enumerate(asked(world, 240)):
        opine(world, f"c{number}", float(number % 2), run_id=route.run_id)
    list(learning.learn(world))

    lines = list(earning.judge_all(world))

    assert len(lines) == 1
    assert "all the time would do as well" in lines[0]
    found = earning.report(world, learner(world))
    assert (found.earned.verdict, found.earned.outcomes, found.routes) == ("no gain", 240, 240)
    assert found.earned.single is not None
    world.routers.refresh()
    greedy = [route for route in asked(world, 12) if route.drawn != "hold-out"]
    assert {(route.drawn, route.picked) for route in greedy} == {("best-single", found.earned.single)}
