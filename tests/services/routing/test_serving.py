"""Answers by auto are calls like any other, with a route that says who was picked and what came of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.db import routes as rows
from app.domain.auto import Auto
from app.domain.cached import CacheWish
from app.domain.errors import ProviderUnavailable
from app.domain.flow import Choice
from app.domain.message import Delta, Message, ModelRequest
from app.domain.route import Route
from app.services import direct
from app.services.attempts import Piece
from app.services.caller import Caller
from app.services.direct import Answered, DirectAsked
from app.services.tasks import assign
from app.services.world import World
from tests.services.made import SMALL
from tests.worlds import calls_of, with_script

LARGE, MEDIUM = "simulated/large", "simulated/medium"
THREE = (SMALL, MEDIUM, LARGE)


@pytest.fixture
def sure(world: World) -> World:
    """A world where nothing is left to chance."""
    return replace(world, policy=replace(world.policy, hold_out=0.0))


def asked(auto: Auto | None = None, *, task: str | None = None, caller: Caller | None = None) -> DirectAsked:
    """A question of one turn."""
    request = ModelRequest("", (Message("user", "What is two and two?"),), max_tokens=64)
    return DirectAsked(Choice(task=task, auto=auto), request, caller=caller or Caller(key_id="k1"))


def stored(world: World) -> list[Route]:
    """All routes, oldest first."""
    with world.store.read() as tx:
        return list(reversed(rows.page(tx, rows.RouteFilter(), cursor=None, limit=50)[0]))


def test_an_answer_by_auto_is_a_call_with_a_route(sure: World) -> None:
    answered = direct.run(sure, asked(Auto("best_cost", among=THREE)))

    (route,), (call,) = stored(sure), calls_of(sure)
    assert (call.model, call.reason) == (SMALL, "auto best_cost")
    assert (route.picked, route.model, route.key_id) == (SMALL, SMALL, "k1")
    assert [(tried.call_id, tried.failed, tried.cost) for tried in route.tried] == [(call.id, False, call.cost)]
    assert (answered.by, answered.route) == (call, route)


def test_a_model_that_fails_is_followed_by_the_next_of_its_route(sure: World) -> None:
    def flaky(request: ModelRequest) -> Iterator[Delta]:
        if request.model == sure.catalogue.get(SMALL).provider_model_id:
            raise ProviderUnavailable("down", provider="simulated")
        yield Delta("four", finish_reason="stop")

    answered = direct.run(with_script(sure, flaky), asked(Auto("best_cost", among=THREE)))

    (route,) = stored(sure)
    assert route.picked == SMALL
    assert route.model == answered.by.model != SMALL
    assert [tried.failed for tried in route.tried] == [True, False]


def test_the_route_of_a_request_that_nobody_answers_is_kept_too(sure: World) -> None:
    def down(request: ModelRequest) -> Iterator[Delta]:
        raise ProviderUnavailable("down", provider="simulated")
        yield Delta()

    with pytest.raises(ProviderUnavailable):
        direct.run(with_script(sure, down), asked(Auto(among=THREE)))

    (route,) = stored(sure)
    assert route.model is None
    assert all(tried.failed for tried in route.tried)


def test_a_stream_by_auto_keeps_its_route(sure: World) -> None:
    *pieces, last = direct.events(sure, asked(Auto("best_quality", among=THREE)))

    (route,) = stored(sure)
    assert all(isinstance(piece, Piece) for piece in pieces)
    assert isinstance(last, Answered)
    assert (route.model, last.by.model) == (LARGE, LARGE)


def test_a_task_given_to_auto_is_routed_and_learns_as_the_task(sure: World) -> None:
    assign(sure, "chat", "auto/best_cost")

    answered = direct.run(sure, asked(task="chat"))

    (route,) = stored(sure)
    assert (route.learner, route.task, route.strategy) == ("task:chat", "chat", "best_cost")
    assert answered.route == route


def test_a_kept_answer_asks_nobody_and_keeps_no_route(sure: World) -> None:
    caller = Caller(key_id="k1", cache=CacheWish(read=True, write=True))
    first = direct.run(sure, asked(Auto("best_cost", among=THREE), caller=caller))

    again = direct.run(sure, asked(Auto("best_cost", among=THREE), caller=caller))

    assert (first.route is None, again.route) == (False, None)
    assert again.by.outcome == "cached"
    assert len(stored(sure)) == 1


def test_a_call_that_names_its_model_has_no_route(sure: World) -> None:
    request = ModelRequest("", (Message("user", "hi"),), max_tokens=8)

    answered = direct.run(sure, DirectAsked(Choice((SMALL,)), request))

    assert (answered.route, stored(sure)) == (None, [])
