"""What stands between a question and its model for a while says nothing of the candidate, and is waited for."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import ProviderRateLimited, ProviderResting
from app.domain.flow import Choice
from app.domain.limits import KeyLimits
from app.domain.message import Message, ModelRequest
from app.services.attempts import Asker, Attempt
from app.services.comparing.places import Places
from app.services.comparing.questions import Desk, ask
from app.services.departure import Departure
from app.services.world import World
from tests.services.comparing.compared import SMALL
from tests.services.made import say
from tests.worlds import Clock, opened, with_script

REQUEST = ModelRequest("", (Message("user", "hi"),), max_tokens=4)


class Moving(Departure):
    """Whoever pauses here moves the clock instead."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.paused: list[float] = []
        self._clock = clock

    def pause(self, seconds: float) -> None:
        super().pause(0)
        if seconds:
            self.paused.append(seconds)
            self._clock.forward(seconds=seconds)


def desk(world: World, clock: Clock) -> tuple[Desk, Moving]:
    departure = Moving(clock)
    return Desk(replace(world, policy=replace(world.policy, retry_wait_max_s=0.0)), departure, Places()), departure


def test_our_own_limit_towards_a_provider_is_waited_for(store: Store, tmp_path: Path, clock: Clock) -> None:
    limits = {"provider_limits": {"simulated": KeyLimits(requests_per_min=2)}}
    with opened(store, tmp_path, clock=clock, limits=limits) as world:
        at, departure = desk(world, clock)
        made: list[Attempt] = []

        said = [ask(at, Choice((SMALL,)), REQUEST, asker=Asker(), made=made) for _ in range(3)]

    assert all(said)
    assert len(made) == 3
    assert sum(departure.paused) >= 25


def test_a_limit_that_lasts_is_told_after_all(store: Store, tmp_path: Path, clock: Clock) -> None:
    limits = {"provider_limits": {"simulated": KeyLimits(tokens_per_min=1)}}
    with opened(store, tmp_path, clock=clock, limits=limits) as world:
        at, departure = desk(world, clock)

        ask(at, Choice((SMALL,)), REQUEST, asker=Asker(), made=[])  # a full bucket lets one through, however large

        with pytest.raises(ProviderRateLimited):
            ask(at, Choice((SMALL,)), REQUEST, asker=Asker(), made=[])

    assert sum(departure.paused) <= 120


def test_a_providers_own_refusal_is_its_answer(world: World, clock: Clock) -> None:
    def speak(request: ModelRequest):  # type: ignore[no-untyped-def]  # a script
        raise ProviderRateLimited("slow down", provider="simulated", status=429)
        yield from say("never")

    at, departure = desk(with_script(world, speak), clock)
    made: list[Attempt] = []

    with pytest.raises(ProviderRateLimited):
        ask(at, Choice((SMALL,)), REQUEST, asker=Asker(), made=made)

    assert departure.paused == []
    assert [attempt.call.error for attempt in made] == ["provider-rate-limited"]


def test_a_provider_that_rests_is_waited_for_but_not_long(world: World, clock: Clock) -> None:
    def speak(request: ModelRequest):  # type: ignore[no-untyped-def]  # a script
        raise ProviderRateLimited("slow down", provider="simulated", status=429)
        yield from say("never")

    at, departure = desk(with_script(world, speak), clock)
    model = world.catalogue.get(SMALL)
    rests = ProviderResting("rests", provider="simulated", retry_after_s=3.0)
    tries: list[float] = []

    class Resting(Places):
        def beside_others(self):  # type: ignore[no-untyped-def]  # a script
            tries.append(clock.moment.timestamp())
            raise rests

    with pytest.raises(ProviderResting):
        ask(replace(at, places=Resting()), Choice((model.slug,)), REQUEST, asker=Asker(), made=[])

    assert departure.paused == [3.0, 3.0, 3.0]
    assert len(tries) == 4
