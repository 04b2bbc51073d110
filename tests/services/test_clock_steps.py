"""A clock that jumps by an hour, forward or back, gives no session two flows and holds no lease or order of ids up."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from app.db import leases
from app.domain.message import Delta, ModelRequest
from app.services import feedback, generate, ids, picks, runs
from app.services.calls import CallFilter
from app.services.calls import page as calls_page
from app.services.feedback import Given
from app.services.generate import Finished
from app.services.ids import Increasing
from app.services.world import World
from tests.services.made import CODE, ask, make_use_case, say
from tests.worlds import Clock, with_script

HALVES = {"a": 5000, "b": 5000}
STEPS = [1.0, -1.0]


@pytest.mark.parametrize("hours", STEPS)
def test_a_known_session_keeps_its_flow_over_a_step(world: World, clock: Clock, hours: float) -> None:
    make_use_case(world, weights=HALVES)
    before = {name: picks.pick(world, CODE, correlation_id=name).session for name in "abcdefgh"}

    clock.forward(hours=hours)

    assert {name: picks.pick(world, CODE, correlation_id=name).session for name in before} == before


@pytest.mark.parametrize("remembered", [True, False])
def test_a_session_that_a_step_ended_does_not_come_back_beside_its_successor(
    world: World, clock: Clock, remembered: bool
) -> None:
    make_use_case(world, weights=HALVES)
    old = picks.pick(world, CODE, correlation_id="c1").session
    clock.forward(hours=7)
    new = picks.pick(world, CODE, correlation_id="c1").session
    clock.forward(hours=-7)
    if not remembered:
        world.sessions.forget_use_case(new.use_case_id)

    again = picks.pick(world, CODE, correlation_id="c1").session

    assert again == new
    assert {session.id for session in runs.sessions(world, "c1")} == {old.id, new.id}


def test_ids_grow_while_the_clock_is_set_back() -> None:
    growing = Increasing()

    made = [growing.after(number) for number in (10, 20, 3, 3, 15, 30)]

    assert made == sorted(set(made))
    assert (made[0], made[-1]) == (10, 30)


def test_an_id_made_while_the_clock_is_set_back_is_still_one() -> None:
    last = UUID(ids.new_id())

    follower = UUID(int=Increasing().after(last.int + 1))

    assert (follower.version, follower > last) == (7, True)


def test_the_later_opinion_stands_when_the_clock_was_set_back(world: World, clock: Clock) -> None:
    make_use_case(world)
    picks.pick(world, CODE, correlation_id="c1")
    for value in (0.0, 1.0):
        feedback.give(world, Given(kind="score", value=value, use_case=CODE, correlation_id="c1"))
        clock.forward(hours=-1)

    (stands,), _ = feedback.page(world, CODE, cursor=None, limit=9)

    assert stands.value == 1.0


def test_a_lease_from_a_clock_that_was_ahead_is_not_waited_for(world: World, clock: Clock) -> None:
    clock.forward(hours=1)
    with world.store.write() as tx:
        assert leases.acquire(tx, "duty", "gone", now=clock(), ttl_s=30)
    clock.forward(hours=-1)

    with world.store.write() as tx:
        assert leases.acquire(tx, "duty", "next", now=clock(), ttl_s=30)
        assert not leases.acquire(tx, "duty", "third", now=clock(), ttl_s=30)


def jumping(clock: Clock, hours: float) -> Callable[[ModelRequest], Iterator[Delta]]:
    """A model during whose answer the clock is set."""

    def speak(request: ModelRequest) -> Iterator[Delta]:
        first, *rest = say("a ", "b")
        yield first
        clock.forward(hours=hours)
        yield from rest

    return speak


@pytest.mark.parametrize("hours", STEPS)
def test_generate_survives_a_step_of_the_clock(world: World, clock: Clock, hours: float) -> None:
    make_use_case(world)

    finished = generate.run(with_script(world, jumping(clock, hours)), CODE, ask())

    assert (finished.run.status, finished.reply.text) == ("succeeded", "a b")
    assert 0 <= finished.run.latency_ms < 60_000
    assert [0 <= call.latency_ms < 60_000 for call in finished.calls] == [True]


@pytest.mark.parametrize("hours", STEPS)
def test_a_stream_survives_a_step_of_the_clock(world: World, clock: Clock, hours: float) -> None:
    make_use_case(world)

    *_, last = generate.events(with_script(world, jumping(clock, hours)), CODE, ask(), streamed=True)

    assert isinstance(last, Finished)
    assert (last.run.status, last.reply.text) == ("succeeded", "a b")
    assert 0 <= last.run.latency_ms < 60_000


def test_pages_are_in_order_after_a_step_of_the_clock(world: World, clock: Clock) -> None:
    make_use_case(world)
    for hours in (1.0, -1.0, 1.0):
        generate.run(with_script(world, lambda request: say("a")), CODE, ask(f"c{clock.moment}"))
        clock.forward(hours=hours)

    every, cursor = calls_page(world, CallFilter(), cursor=None, limit=200)
    pages: list[str] = []
    at: str | None = None
    for _ in every:
        (one,), at = calls_page(world, CallFilter(), cursor=at, limit=1)
        pages.append(one.id)

    assert cursor is None
    assert pages == [call.id for call in every]
    assert len(set(pages)) == 3
