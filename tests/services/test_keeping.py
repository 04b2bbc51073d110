"""A kept answer is found before anybody is asked, and only the route's own whole answer is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.cached import CacheWish
from app.domain.call import Call
from app.domain.errors import ProviderRefused, ProviderUnavailable
from app.services import direct
from app.services.direct import Answered, DirectAsked
from app.services.world import World
from tests.services.made import SMALL
from tests.services.pursuing import LARGE, Script, fault, question
from tests.worlds import opened, with_script

BOTH = CacheWish(read=True, write=True)
READ = CacheWish(read=True, write=False)
WRITE = CacheWish(read=False, write=True)
OFF = CacheWish(read=False, write=False)


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[World]:
    with opened(store, tmp_path) as made:
        yield made


def wishing(wish: CacheWish | None, models: Sequence[str] = ()) -> DirectAsked:
    """A question whose caller wishes so."""
    asked = question(models)
    return replace(asked, caller=replace(asked.caller, cache=wish))


def ask(world: World, script: Script, wish: CacheWish | None = BOTH, *models: str) -> tuple[str, list[Call]]:
    """The answer and the calls behind it."""
    answered = direct.run(with_script(world, script), wishing(wish, models))
    return answered.reply.text, list(answered.calls)


def listen(world: World, script: Script, wish: CacheWish | None = BOTH) -> tuple[list[str], Answered]:
    """The texts of a stream, and its end."""
    *pieces, end = direct.events(with_script(world, script), wishing(wish))
    assert isinstance(end, Answered)
    return [event.delta.text for event in pieces if not isinstance(event, Answered) and event.delta.text], end


def test_a_repeat_is_a_call_that_costs_nothing_and_says_what_it_saved(world: World) -> None:
    script = Script("first", "second")

    before, (paid,) = ask(world, script)
    after, (hit,) = ask(world, script)

    assert (before, after, len(script.asked)) == ("first", "first", 1)
    assert (paid.outcome, hit.outcome, hit.cost, hit.cost_status) == ("ok", "cached", 0, "cached")
    assert hit.saved == paid.cost
    assert (paid.cost or 0) > 0
    assert (hit.model, hit.provider, hit.latency_ms, hit.usage.total_tokens) == (SMALL, "simulated", 0, 0)
    assert hit.cache_key


def test_a_repeated_stream_comes_in_one_piece_with_its_end(world: World) -> None:
    script = Script("first", "second")

    _, paid = listen(world, script)
    pieces, end = listen(world, script)

    assert (pieces, end.reply.text, end.reply.finish_reason) == (["first"], "first", "stop")
    assert len(script.asked) == 1
    assert [(call.outcome, call.cost, call.saved) for call in end.calls] == [("cached", 0, paid.calls[0].cost)]


def test_whole_and_streamed_answers_are_repeats_of_each_other(world: World) -> None:
    script = Script("first", "second")

    listen(world, script)
    text, (hit,) = ask(world, script)

    assert (text, hit.outcome) == ("first", "cached")


def test_the_answer_of_a_fallback_is_not_kept(world: World) -> None:
    ask(world, Script(fault(ProviderRefused), "second best"), BOTH, SMALL, LARGE)

    text, (call,) = ask(world, Script("its own"), BOTH, SMALL, LARGE)

    assert (text, call.model, call.outcome) == ("its own", SMALL, "ok")


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (BOTH, BOTH, "cached"),
        (WRITE, READ, "cached"),
        (READ, BOTH, "ok"),
        (BOTH, WRITE, "ok"),
        (OFF, BOTH, "ok"),
        (BOTH, OFF, "ok"),
        (None, BOTH, "ok"),
        (BOTH, None, "ok"),
    ],
)
def test_only_what_was_to_be_kept_is_found_and_only_by_those_who_look(
    world: World, first: CacheWish | None, second: CacheWish | None, outcome: str
) -> None:
    script = Script("first", "second")

    ask(world, script, first)
    text, (call,) = ask(world, script, second)

    assert (call.outcome, text) == (outcome, "first" if outcome == "cached" else "second")
    assert (call.saved is not None) == (outcome == "cached")


def test_who_writes_without_looking_replaces_what_was_kept(world: World) -> None:
    ask(world, Script("old"))
    ask(world, Script("new"), WRITE)

    text, (call,) = ask(world, Script("never"))

    assert (text, call.outcome) == ("new", "cached")


def test_a_failure_is_not_kept(world: World) -> None:
    with pytest.raises(ProviderRefused):
        ask(world, Script(fault(ProviderRefused)))

    text, (call,) = ask(world, Script("fine"))

    assert (text, call.outcome) == ("fine", "ok")


def test_a_stream_that_broke_off_is_not_kept(world: World) -> None:
    with pytest.raises(ProviderUnavailable):
        listen(world, Script("half of|"))

    pieces, end = listen(world, Script("all of it"))

    assert (pieces, [call.outcome for call in end.calls]) == (["all of it"], ["ok"])
