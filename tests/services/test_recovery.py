"""A stream that a provider breaks off is ended, held back until it is whole, or begun anew, as the caller wants."""

from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.breaker import Target
from app.domain.call import Call
from app.domain.errors import ProviderUnavailable
from app.services import direct
from app.services.caller import Recovery
from app.services.direct import Answered
from app.services.world import World
from tests.services.made import SMALL
from tests.services.pursuing import LARGE, Script, fault, question, world
from tests.worlds import Clock, calls_of, opened, with_script

__all__ = ["world"]


def pieces(world: World, script: Script, *models: str, recovery: Recovery) -> tuple[str, list[str], list[Call]]:
    """The answer as the caller heard it, the models named by restarts, and the calls."""
    text, anew = "", list[str]()
    for event in direct.events(with_script(world, script), question(models, recovery)):
        if isinstance(event, Answered):
            assert event.reply.text == text
            return text, anew, list(event.calls)
        if event.delta.restart:
            text = ""
            anew.append(event.delta.model or "")
        text += event.delta.text
    raise AssertionError("a stream ends whole or raises")


@pytest.mark.parametrize("recovery", ["error", "buffer", "restart"])
def test_before_the_first_word_a_failure_is_unseen(world: World, recovery: Recovery) -> None:
    text, anew, calls = pieces(world, Script(fault(ProviderUnavailable), "fine"), recovery=recovery)

    assert (text, anew) == ("fine", [])
    assert [call.outcome for call in calls] == ["error", "ok"]


def test_after_it_the_error_is_told(world: World) -> None:
    with pytest.raises(ProviderUnavailable):
        pieces(world, Script("half of|", "never"), recovery="error")

    (call,) = calls_of(world)
    assert (call.outcome, call.usage.estimated) == ("error", True)
    assert call.usage.output_tokens > 0


def test_an_answer_that_is_held_back_is_made_whole_by_the_next_attempt(world: World) -> None:
    text, anew, calls = pieces(world, Script("half of|", "all of it"), SMALL, LARGE, recovery="buffer")

    assert (text, anew) == ("all of it", [])
    assert [call.outcome for call in calls] == ["error", "ok"]


def test_an_answer_that_begins_anew_says_so(world: World) -> None:
    bad = "half of|"

    text, anew, calls = pieces(world, Script(bad, bad, "all of it"), SMALL, LARGE, recovery="restart")

    assert (text, anew) == ("all of it", [SMALL, SMALL])
    assert [call.outcome for call in calls] == ["error", "error", "ok"]


def test_closing_a_stream_books_what_was_said_and_blames_nobody(world: World) -> None:
    events = direct.events(with_script(world, Script("a word")), question((SMALL,)))
    next(events)
    events.close()
    world.journal.write([], timeout_s=5)

    (call,) = calls_of(world)
    assert (call.outcome, call.error) == ("cancelled", "client-left")
    assert call.usage.input_tokens > 0
    assert [reading.failures for reading in world.breakers.readings()] in ([], [0])


def test_the_first_word_of_a_probe_lets_others_pass_while_it_goes_on(
    store: Store, tmp_path: Path, clock: Clock
) -> None:
    target = Target("simulated", SMALL, "simulated")
    with opened(store, tmp_path, clock=clock) as world:
        while world.breakers.closed(target):
            world.breakers.failed(target)
        clock.forward(seconds=3)
        events = direct.events(with_script(world, Script("a word|")), question((SMALL,)))

        next(events)
        passes = world.breakers.enter(target)
        with pytest.raises(ProviderUnavailable):
            list(events)

        assert passes == "free"
        assert [(reading.state, reading.failures) for reading in world.breakers.readings()] == [("closed", 1)]
