"""A repeated request gets the first answer; one whose process was killed gives way in time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from app.db import idempotency as rows
from app.domain.errors import Conflict
from app.services import idempotency, tick
from app.services.idempotency import LIFETIME, MAX_KEPT, Held, Kept
from app.services.renewals import TERM_S, Renewals
from app.services.world import World
from tests.waiting import until
from tests.worlds import Clock


@pytest.fixture
def world(world: World) -> World:
    """Waits for a first request a tenth of a second."""
    return replace(world, policy=replace(world.policy, run_timeout_s=0.1))


def claim(world: World, *, digest: str = "d1", key_id: str = "k1") -> Kept | Held:
    """A claim on the idempotency key i1."""
    return idempotency.claim(world, key_id, "i1", request_digest=digest)


def first(world: World) -> Held:
    """A claim that is the first."""
    held = claim(world)
    assert isinstance(held, Held)
    return held


def settle(held: Held, body: str | None = "{}") -> None:
    """The answer is there."""
    held.settle(status=201, body=body, mimetype="text/plain", headers={"X-MM-Model": "m"})


def test_the_first_request_owns_the_key_and_its_answer_is_given_again(world: World) -> None:
    settle(first(world), "told")

    again = claim(world)

    assert isinstance(again, Kept)
    assert (again.status, again.response, again.mimetype, again.headers) == (
        201,
        "told",
        "text/plain",
        {"X-MM-Model": "m"},
    )


def test_a_repeat_waits_for_the_first_no_longer_than_a_run_may_take(world: World) -> None:
    first(world)

    with pytest.raises(Conflict) as refused:
        claim(world)

    assert refused.value.code == "idempotency-in-progress"


def test_a_repeat_that_waits_gets_the_answer_once_it_is_there(world: World) -> None:
    patient = replace(world, policy=replace(world.policy, run_timeout_s=30.0))
    held = first(world)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(claim, patient)
        settle(held, "late")

        again = waiting.result()

    assert isinstance(again, Kept)
    assert again.response == "late"


def test_a_key_belongs_to_one_request_and_one_caller(world: World) -> None:
    settle(first(world))

    with pytest.raises(Conflict) as refused:
        claim(world, digest="d2")

    assert (refused.value.code, refused.value.field) == ("idempotency-mismatch", "Idempotency-Key")
    assert isinstance(claim(world, key_id="k2"), Held)


def test_another_request_is_refused_also_while_the_first_is_under_way_or_lost(world: World, clock: Clock) -> None:
    first(world)
    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            claim(world, digest="d2")
        assert refused.value.code == "idempotency-mismatch"
        clock.forward(seconds=TERM_S + 1)


def test_a_failed_request_frees_its_key(world: World) -> None:
    first(world).release()

    assert isinstance(claim(world, digest="d2"), Held)


@pytest.mark.parametrize("body", [None, "x" * (MAX_KEPT + 1)], ids=["texts are not kept", "too long"])
def test_what_is_not_kept_is_not_done_again(world: World, body: str | None) -> None:
    settle(first(world), body)

    with pytest.raises(Conflict) as refused:
        claim(world)

    assert refused.value.code == "idempotency-not-kept"


def test_a_request_nobody_does_any_more_gives_way_to_one_repeat(world: World, clock: Clock) -> None:
    lost = first(world)
    clock.forward(seconds=TERM_S + 1)

    taken = claim(world)

    assert isinstance(taken, Held)
    with pytest.raises(Conflict):
        claim(world)
    settle(lost, "too late")
    lost.release()
    settle(taken, "in time")
    again = claim(world)
    assert isinstance(again, Kept)
    assert again.response == "in time"


def test_a_request_is_held_as_long_as_its_process_lives(world: World, clock: Clock) -> None:
    living = replace(world, renewals=Renewals(period_s=0.01))
    held = first(living)
    for _ in range(4):
        clock.forward(seconds=TERM_S / 2)
        until(partial(_beyond, living, clock.moment))
        with pytest.raises(Conflict) as refused:
            claim(living)
        assert refused.value.code == "idempotency-in-progress"
    settle(held)
    assert isinstance(claim(living), Kept)


def test_a_lease_given_by_a_clock_that_was_set_back_counts_for_nothing(world: World, clock: Clock) -> None:
    first(world)
    clock.forward(hours=-1)

    assert isinstance(claim(world), Held)


def test_an_answer_is_kept_for_its_lifetime_and_no_longer(world: World, clock: Clock) -> None:
    settle(first(world))
    clock.moment += LIFETIME
    kept = list(tick.beat(world))
    clock.forward(seconds=1)

    dropped = list(tick.beat(world))

    assert (kept, dropped) == ([], ["forgot 1 idempotency keys"])
    assert isinstance(claim(world), Held)


def test_of_many_requests_at_once_one_is_first(world: World) -> None:
    def attempt(_: int) -> bool:
        try:
            return isinstance(claim(world), Held)
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1


def _beyond(world: World, moment: datetime) -> bool:
    """Whether the lease lasts beyond that moment by most of a term."""
    with world.store.read() as tx:
        stored = rows.find(tx, "k1", "i1")
    assert stored is not None
    assert stored.until is not None
    return stored.until > moment + timedelta(seconds=TERM_S * 0.9)
