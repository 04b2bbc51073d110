"""A direct question has no session, but its calls are booked like any other."""

from collections.abc import Iterator

import pytest

from app.domain.errors import ProviderBadAnswer, ProviderUnavailable, StoreUnavailable, UnknownModel, UnknownTask
from app.domain.flow import Choice
from app.domain.message import Delta, Json, Message, ModelRequest
from app.services import direct
from app.services.attempts import Piece
from app.services.caller import Caller
from app.services.direct import Answered, DirectAsked
from app.services.world import World
from tests.services.made import SMALL, cut
from tests.worlds import calls_of, with_script


def asked(*models: str, task: str | None = None, options: Json | None = None) -> DirectAsked:
    """A question of one turn."""
    request = ModelRequest("", (Message("user", "hi"),), max_tokens=3, options=options or {})
    return DirectAsked(Choice(models, task), request, caller=Caller(key_id="k1"), user_id="ann", tags={"a": 1})


def test_the_answer_comes_with_its_durable_calls(world: World) -> None:
    answered = direct.run(world, asked("openai/gpt-4o-mini", SMALL))

    assert list(answered.calls) == calls_of(world)
    assert [(call.outcome, call.session_id, call.key_id, call.unit) for call in answered.calls] == [
        ("error", None, "k1", "ann"),
        ("ok", None, "k1", "ann"),
    ]
    assert answered.usage.output_tokens == 3


def test_a_stream_ends_with_the_whole_answer_after_it_is_durable(world: World) -> None:
    seen = [(event, len(calls_of(world))) for event in direct.events(world, asked(SMALL))]

    *pieces, (last, stored) = seen
    assert isinstance(last, Answered)
    assert stored == 1
    assert all(isinstance(event, Piece) and count == 0 for event, count in pieces)
    assert "".join(event.delta.text for event, _ in pieces if isinstance(event, Piece)) == last.reply.text


def test_failed_attempts_are_booked_before_the_error_is_told(world: World) -> None:
    with pytest.raises(ProviderUnavailable):
        direct.run(world, asked(SMALL, options={"faults": {"unavailable": 1}}))
    with pytest.raises(ProviderBadAnswer):
        list(direct.events(with_script(world, cut), asked(SMALL)))

    assert [call.error for call in calls_of(world)] == ["provider-unavailable", "provider-bad-answer"]


@pytest.mark.parametrize(
    ("wanted", "error"), [(asked("nobody/knows"), UnknownModel), (asked(task="chat"), UnknownTask)]
)
def test_an_unknown_name_is_refused_before_anything_is_sent(
    world: World, wanted: DirectAsked, error: type[Exception]
) -> None:
    with pytest.raises(error):
        direct.run(world, wanted)
    with pytest.raises(error):
        list(direct.events(world, wanted))

    assert calls_of(world) == []


def test_a_client_that_leaves_is_booked_with_what_was_said(world: World) -> None:
    walk = direct.events(world, asked(SMALL))
    next(walk)

    walk.close()
    world.journal.close()

    (call,) = calls_of(world)
    assert (call.outcome, call.error) == ("cancelled", "client-left")
    assert call.usage.output_tokens > 0


def test_there_is_no_answer_that_cannot_be_booked(world: World) -> None:
    world.journal.close()
    seen: list[object] = []

    with pytest.raises(StoreUnavailable):
        seen.extend(direct.events(world, asked(SMALL)))

    assert not any(isinstance(event, Answered) for event in seen)


def test_an_answer_without_a_word_is_still_a_whole_one(world: World) -> None:
    def speak(request: ModelRequest) -> Iterator[Delta]:
        yield Delta(finish_reason="length")

    *pieces, last = direct.events(with_script(world, speak), asked(SMALL))

    assert pieces == []
    assert isinstance(last, Answered)
    assert (last.reply.text, last.reply.finish_reason) == ("", "length")
    assert last.calls[0].ttft_ms is None
