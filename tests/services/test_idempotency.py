"""A repeated request gets the first answer; one whose process was killed gives way in time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import Conflict, Invalid
from app.services import idempotency, tick
from app.services.idempotency import LIFETIME
from app.services.world import World
from tests.worlds import Clock


def claim(world: World, *, digest: str = "d1", key_id: str = "k1") -> idempotency.Answered | None:
    """A claim on the idempotency key i1."""
    return idempotency.claim(world, key_id, "i1", request_digest=digest)


def test_the_first_request_owns_the_key_and_its_answer_is_given_again(world: World) -> None:
    first = claim(world)
    idempotency.settle(world, "k1", "i1", status=201, body='{"a":1}')

    again = claim(world)

    assert first is None
    assert again is not None
    assert (again.status, again.response) == (201, '{"a":1}')


def test_while_the_first_is_under_way_a_repeat_waits_outside(world: World) -> None:
    claim(world)

    with pytest.raises(Conflict) as refused:
        claim(world)

    assert refused.value.code == "idempotency-in-progress"


def test_a_key_belongs_to_one_request_and_one_caller(world: World) -> None:
    claim(world)
    idempotency.settle(world, "k1", "i1", status=200, body="{}")

    with pytest.raises(Invalid) as refused:
        claim(world, digest="d2")

    assert refused.value.field == "Idempotency-Key"
    assert claim(world, key_id="k2") is None


def test_a_failed_request_frees_its_key(world: World) -> None:
    claim(world)

    idempotency.release(world, "k1", "i1")

    assert claim(world, digest="d2") is None


def test_a_request_that_never_ended_gives_way(world: World, clock: Clock) -> None:
    claim(world)
    clock.forward(seconds=2 * world.policy.run_timeout_s + 1)

    taken = claim(world)

    assert taken is None
    with pytest.raises(Conflict):
        claim(world)


def test_an_answer_is_kept_for_its_lifetime_and_no_longer(world: World, clock: Clock) -> None:
    claim(world)
    idempotency.settle(world, "k1", "i1", status=200, body="{}")
    clock.moment += LIFETIME
    kept = list(tick.beat(world))
    clock.forward(seconds=1)

    dropped = list(tick.beat(world))

    assert (kept, dropped) == ([], ["forgot 1 idempotency keys"])
    assert claim(world) is None


def test_of_many_requests_at_once_one_is_first(world: World) -> None:
    def attempt(_: int) -> bool:
        try:
            return claim(world) is None
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1
