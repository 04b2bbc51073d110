"""Progress is followed until the comparison is over, and tells what is left at the present pace."""

import threading

import pytest

from app.db import comparison_answers as answer_rows
from app.db import comparison_states as states
from app.domain.comparison.comparison import Answer, Judge
from app.domain.errors import NotFound
from app.services.comparing import comparisons, progress
from app.services.comparing.here import run_here
from app.services.departure import Departure
from app.services.jobs.leases import TERM_S
from app.services.world import World
from tests.services.comparing.compared import DOLLAR, LARGE, make, run
from tests.services.jobs.working import claimed
from tests.waiting import until
from tests.worlds import Clock

ME = "00000000-0000-4000-8000-000000000001"


def test_a_listener_hears_every_change_and_the_end(world: World) -> None:
    made = make(world)
    heard: list[progress.Progress] = []

    def listen() -> None:
        heard.extend(progress.follow(world, made.id, Departure()))

    listener = threading.Thread(target=listen)
    listener.start()
    until(lambda: bool(heard))
    run(world, made)
    listener.join(30)

    assert heard[0].status == "queued"
    assert (heard[-1].status, heard[-1].answered, heard[-1].over) == ("succeeded", 6, True)
    assert [each.answered for each in heard] == sorted(each.answered for each in heard)


def test_one_who_leaves_hears_no_more(world: World) -> None:
    made = make(world)
    departure = Departure()
    following = progress.follow(world, made.id, departure)

    assert next(following).status == "queued"
    departure.leave()

    assert list(following) == []


def test_a_comparison_that_is_none_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        progress.of(world, ME)


def test_what_is_left_is_told_by_the_pace_since_it_was_taken(world: World, clock: Clock) -> None:
    made = make(world, judge=Judge(LARGE, max_pairs=2), budget=DOLLAR)
    with world.store.write() as tx:
        states.begin(tx, made.id, world.now())
        turns = [Answer(world.new_id(), made.id, place, place % 2, place // 2, 0) for place in range(6)]
        answer_rows.lay_out(tx, turns)
        answer_rows.record(tx, made.id, turns[:2])
    before = progress.of(world, made.id).eta_s

    clock.forward(seconds=10)
    now = progress.of(world, made.id)

    assert before == 0.0
    assert now.eta_s == 40.0  # four answers and two pairs in both orders, at one in five seconds
    assert progress.of(world, make(world).id).eta_s is None


def test_the_command_line_is_told_while_it_runs_and_at_the_end(world: World) -> None:
    made = make(world)
    told: list[progress.Progress] = []

    ended = run_here(world, made.id, told.append)

    assert ended.status == "succeeded"
    assert told[-1].answered == 6
    assert run_here(world, made.id, told.append) == ended  # there is nothing left to do


def test_one_that_runs_elsewhere_is_waited_for(world: World, clock: Clock) -> None:
    made = make(world)
    claimed(world)
    told: list[progress.Progress] = []
    here = threading.Thread(target=lambda: run_here(world, made.id, told.append))
    here.start()
    until(lambda: len(told) > 1)
    before = told[-1].answered

    clock.forward(seconds=TERM_S + 1)
    here.join(30)

    assert before == 0
    assert told[-1].answered == 6


def test_an_interrupt_hands_it_back(world: World) -> None:
    made = make(world)

    def interrupt(now: progress.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_here(world, made.id, interrupt)

    assert comparisons.get(world, made.id).status in ("queued", "running", "succeeded")
    assert run(world, made).status == "succeeded"
