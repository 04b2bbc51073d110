"""Keys and providers are kept within their limits, with shared buckets or, while those are away, with a share."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.access import ApiKey
from app.domain.errors import LimitExceeded, StoreUnavailable
from app.domain.limits import Decision, KeyLimits
from app.services import keys
from app.services.limiter import Limiter
from app.services.local_limits import LocalLimits
from app.services.world import World
from tests.worlds import Clock, opened


class Flaky(LocalLimits):
    """Buckets that can be away."""

    away = False

    def decide(
        self, name: str, limits: KeyLimits, *, requests: int, tokens: int, seat: str | None = None, seat_ms: int = 0
    ) -> Decision:
        self.ask()
        return super().decide(name, limits, requests=requests, tokens=tokens, seat=seat, seat_ms=seat_ms)

    def spend(self, name: str, limits: KeyLimits, *, tokens: int) -> None:
        self.ask()
        super().spend(name, limits, tokens=tokens)

    def leave(self, name: str, seat: str) -> None:
        self.ask()
        super().leave(name, seat)

    def ask(self) -> None:
        """Raises StoreUnavailable while it is away."""
        if self.away:
            raise StoreUnavailable("away")


def limiter(world: World, clock: Clock, **given: object) -> Limiter:
    """A limiter of that world."""
    return Limiter(world.snapshots, now_ms=lambda: ms(clock), new_id=world.new_id, **given)  # type: ignore[arg-type]  # by name


def ms(clock: Clock) -> int:
    """The clock's moment as the limiter takes it."""
    return int(clock().timestamp() * 1000)


def entered(limiter: Limiter, key: ApiKey, times: int) -> int:
    """How many of so many requests were let in."""
    found = 0
    for _ in range(times):
        try:
            limiter.enter(key)
        except LimitExceeded:
            continue
        found += 1
    return found


def test_a_key_without_any_limit_enters_freely(world: World) -> None:
    key = keys.issue(world, "free", ("run",)).key

    assert entered(world.limiter, key, 500) == 500
    assert world.limiter.enter(key).decision is None


def test_a_key_has_its_own_limits_or_those_of_the_settings(world: World, clock: Clock) -> None:
    own = keys.issue(world, "own", ("run",), limits=KeyLimits(requests_per_min=3)).key
    other = keys.issue(world, "other", ("run",)).key
    exempt = keys.issue(world, "exempt", ("run",), limits=KeyLimits()).key
    made = limiter(world, clock, key_limits=KeyLimits(requests_per_min=5))

    assert [entered(made, key, 10) for key in (own, other, exempt)] == [3, 5, 10]


def test_a_refusal_names_the_limit_and_tells_whole_seconds(world: World) -> None:
    key = keys.issue(world, "k", ("run",), limits=KeyLimits(requests_per_min=7)).key
    entered(world.limiter, key, 7)

    with pytest.raises(LimitExceeded) as refused:
        world.limiter.enter(key)

    found = refused.value
    assert (found.limit, found.cap, found.window_s, found.retry_after_s) == ("requests_per_min", 7, 60, 9)
    assert "7 requests per min" in found.message


def test_seats_are_held_until_they_are_left(world: World) -> None:
    key = keys.issue(world, "k", ("run",), limits=KeyLimits(concurrent=2)).key
    first = world.limiter.enter(key)
    world.limiter.enter(key)

    with pytest.raises(LimitExceeded) as refused:
        world.limiter.enter(key)
    first.leave()
    first.leave()

    assert refused.value.limit == "concurrent"
    assert entered(world.limiter, key, 3) == 1


def test_tokens_are_booked_after_the_call_and_waited_for(world: World, clock: Clock) -> None:
    key = keys.issue(world, "k", ("run",), limits=KeyLimits(tokens_per_min=100)).key
    assert entered(world.limiter, key, 3) == 3

    world.limiter.spend(key.id, tokens=150)

    assert entered(world.limiter, key, 3) == 0
    clock.forward(seconds=30)
    assert entered(world.limiter, key, 3) == 0
    clock.forward(seconds=1)
    assert entered(world.limiter, key, 3) == 3


def test_tokens_of_an_unlimited_or_unknown_key_are_nobodys_concern(world: World) -> None:
    key = keys.issue(world, "k", ("run",)).key

    world.limiter.spend(key.id, tokens=10**9)
    world.limiter.spend("environment", tokens=10**9)

    assert entered(world.limiter, key, 3) == 3


def test_changed_limits_hold_at_once_and_elsewhere_with_the_next_snapshot(
    world: World, store: Store, tmp_path: Path
) -> None:
    issued = keys.issue(world, "k", ("run",))
    with opened(store, tmp_path / "other") as other:
        keys.change(world, issued.key.id, lambda key: replace(key, limits=KeyLimits(requests_per_min=1)))
        other.snapshots.refresh()

        for at in (world, other):
            assert entered(at.limiter, keys.authenticate(at, issued.secret), 3) == 1


def test_a_provider_is_asked_only_as_often_as_it_allows(world: World, clock: Clock) -> None:
    made = limiter(world, clock, provider_limits={"openai": KeyLimits(requests_per_min=3, tokens_per_min=1_000)})

    waits = [made.provider_wait_s("openai", tokens=100) for _ in range(4)]

    assert waits == [0.0, 0.0, 0.0, 20.0]
    assert made.provider_wait_s("gemini", tokens=10**6) == 0.0
    clock.forward(seconds=20)
    assert made.provider_wait_s("openai", tokens=100) == 0.0


def test_tokens_that_were_estimated_for_a_provider_are_corrected(world: World, clock: Clock) -> None:
    made = limiter(world, clock, provider_limits={"openai": KeyLimits(tokens_per_min=1_000)})
    assert made.provider_wait_s("openai", tokens=900) == 0.0

    assert made.provider_wait_s("openai", tokens=400) == 18.0
    made.provider_spend("openai", -600)
    assert made.provider_wait_s("openai", tokens=400) == 0.0
    made.provider_spend("openai", 900)

    assert made.provider_wait_s("openai", tokens=10) == 36.6


def test_with_the_shared_buckets_away_each_process_goes_on_with_its_share(world: World, clock: Clock) -> None:
    key = keys.issue(world, "k", ("run",), limits=KeyLimits(requests_per_min=8, concurrent=100)).key
    shared = Flaky(lambda: ms(clock))
    made = limiter(world, clock, shared=shared, workers=4)
    held = made.enter(key)

    shared.away = True
    held.leave()

    assert entered(made, key, 8) == 2
    made.spend(key.id, tokens=5)


def test_when_the_shared_buckets_are_back_they_are_asked_again(world: World, clock: Clock) -> None:
    key = keys.issue(world, "k", ("run",), limits=KeyLimits(requests_per_min=8)).key
    shared = Flaky(lambda: ms(clock))
    made = limiter(world, clock, shared=shared, workers=4)
    shared.away = True
    entered(made, key, 8)

    shared.away = False
    made._away_until = 1e-9  # as after the pause

    assert entered(made, key, 10) == 8
    made.close()
