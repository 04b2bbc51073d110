"""Whoever follows a run is told each step's begin and end once, also of what has happened before, and then its end."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.call import Run
from app.domain.errors import NotFound
from app.services import run_progress, runs
from app.services.departure import Departure
from app.services.run_progress import StepBegan, StepOver, Told
from app.services.world import World
from tests.services.walking.walked import echo, make_flow, step, walk
from tests.waiting import until


def named(told: Told) -> str:
    """What was told, in a word or two."""
    match told:
        case StepBegan(of):
            return f"{of.step} began"
        case StepOver(of):
            return f"{of.step} {of.state}"
        case Run():
            return told.status


def test_a_run_under_way_is_followed_to_its_end(world: World) -> None:
    make_flow(world, step("a"), step("b"), step("c", when="outputs.a == 'never'"))
    go_on = threading.Event()
    heard: list[str] = []

    def says(said: str) -> str:
        if said == "b?":
            assert go_on.wait(60)
        return echo(said)

    def listen() -> None:
        until(lambda: bool(runs.page(world, runs.RunFilter(), cursor=None, limit=9)[0]))
        (run,) = runs.page(world, runs.RunFilter(), cursor=None, limit=9)[0]
        for told in run_progress.follow(world, run.id, Departure()):
            heard.append(named(told))

    with ThreadPoolExecutor(2) as pool:
        listening = pool.submit(listen)
        walking = pool.submit(walk, world, says)
        until(lambda: heard == ["a began", "a answered", "b began"])
        go_on.set()
        walking.result(timeout=60)
        listening.result(timeout=60)

    assert heard[:3] == ["a began", "a answered", "b began"]
    assert heard[3:] == ["b answered", "c began", "c skipped", "succeeded"]


def test_a_run_that_is_over_is_told_at_once(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    done, _ = walk(world, echo)

    told = [named(each) for each in run_progress.follow(world, done.run.id, Departure())]

    assert told == ["a began", "a answered", "b began", "b answered", "succeeded"]


def test_a_listener_who_leaves_is_told_nothing_more(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    done, _ = walk(world, echo)
    departure = Departure()
    departure.leave()

    assert list(run_progress.follow(world, done.run.id, departure)) == []


def test_an_unknown_run_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        list(run_progress.follow(world, world.new_id(), Departure()))
