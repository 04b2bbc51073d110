"""Each turn is asked with what was said before, alone, and is stored before its answer leaves."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread

import pytest
from sqlalchemy import select

from app.db.tables import conversations as rows
from app.domain.conversation import Conversation
from app.domain.errors import Conflict, Invalid, NotFound, ProviderBadAnswer, ProviderUnavailable, StoreUnavailable
from app.domain.flow import Choice
from app.domain.message import Delta, ImagePart, Message, ModelRequest, TextPart, Tool, ToolCallDelta
from app.services.attempts import Piece
from app.services.conversing import conversations
from app.services.conversing.turning import Turning
from app.services.direct import Answered
from app.services.generate import Finished
from app.services.renewals import TERM_S, Renewals
from app.services.world import World
from tests.services.conversing.talking import END, Heard, asking, begun, echoing, patient, say, stored, texts
from tests.services.made import SMALL, make_step, make_use_case
from tests.waiting import until
from tests.worlds import Clock, calls_of, with_script

MEDIUM = "simulated/medium"
CHAT = make_step(prompt="")


def broken(request: ModelRequest) -> Iterator[Delta]:
    """A model that fails after its first words."""
    yield Delta(text="half")
    raise ProviderBadAnswer("cut", provider="simulated")


def test_a_turn_is_shown_what_was_said_before(world: World) -> None:
    heard: Heard = []
    talking = echoing(world, heard)
    conversation = begun(talking, system="Be kind.", tags={"shop": "1"}, user_id="ann")

    first, second = say(talking, conversation, "one"), say(talking, conversation, "two")

    assert texts(heard[-1]) == ["Be kind.", "one", "re: one", "two"]
    assert [message.role for message in heard[-1].messages] == ["system", "user", "assistant", "user"]
    assert (first.turn.number, second.turn.number, second.context.shown) == (1, 2, 1)
    assert [(turn.state, turn.model, turn.call_id) for turn in stored(world, conversation)] == [
        ("answered", SMALL, call.id) for call in calls_of(world)
    ]
    assert {(call.user_id, call.tags["shop"]) for call in calls_of(world)} == {("ann", "1")}


def test_another_model_may_answer_a_turn(world: World) -> None:
    heard: Heard = []
    talking = echoing(world, heard)
    conversation = begun(talking)

    say(talking, conversation, "one")
    say(talking, conversation, "two", choice=Choice((MEDIUM,)))
    say(talking, conversation, "three")

    assert [turn.model for turn in stored(world, conversation)] == [SMALL, MEDIUM, SMALL]
    assert texts(heard[-1]) == ["one", "re: one", "two", "re: two", "three"]


def test_a_use_case_answers_in_one_session_with_one_flow(world: World) -> None:
    make_use_case(world, weights={"a": 5000, "b": 5000}, steps=(CHAT,))
    heard: Heard = []
    talking = echoing(world, heard)
    conversation = begun(talking, use_case="uc")

    answers = [say(talking, conversation, text).answer for text in ("one", "two")]

    assert len({(each.session.id, each.flow.id) for each in answers if isinstance(each, Finished)}) == 1
    assert {each.session.correlation_id for each in answers if isinstance(each, Finished)} == {conversation.id}
    assert texts(heard[-1]) == ["one", "re: one", "two"]
    assert [turn.run_id for turn in stored(world, conversation)] == [
        each.run.id for each in answers if isinstance(each, Finished)
    ]


def test_a_model_may_answer_one_turn_of_a_conversation_with_a_use_case_but_no_other_use_case(world: World) -> None:
    make_use_case(world, steps=(CHAT,))
    make_use_case(world, "other", steps=(CHAT,))
    talking = echoing(world, [])
    conversation = begun(talking, use_case="uc")

    assert isinstance(say(talking, conversation, choice=Choice((SMALL,))).answer, Answered)
    assert isinstance(say(talking, conversation, use_case="uc").answer, Finished)
    with pytest.raises(Invalid) as refused:
        say(talking, conversation, use_case="other")
    assert refused.value.field == "conversation_id"


def test_a_turn_that_failed_is_marked_stays_out_and_can_be_asked_again(world: World) -> None:
    heard: Heard = []
    conversation = begun(world)
    with pytest.raises(ProviderUnavailable):
        say(world, conversation, "lost", params=make_step(faults={"unavailable": 1}).params)
    talking = echoing(world, heard)

    say(talking, conversation, "next")
    failed = stored(world, conversation)[0]
    again = say(talking, conversation, again=failed.id)

    assert (failed.state, failed.error, failed.reply) == ("failed", "provider-unavailable", None)
    assert texts(heard[-1]) == ["next", "re: next", "lost"]
    assert (again.turn.again, again.turn.number) == (failed.id, 3)
    with pytest.raises(Conflict) as refused:
        say(talking, conversation, again=again.turn.id)
    assert refused.value.code == "turn-answered"


def test_a_stream_is_stored_before_its_last_event(world: World) -> None:
    conversation = begun(world)
    turning = Turning(world, asking(conversation))
    turning.begin()

    states = [(type(event), stored(world, conversation)[0].state) for event in turning.events()]

    assert states[-1] == (Answered, "answered")
    assert {state for _, state in states[:-1]} == {"asked"}
    assert turning.turned is not None


def test_a_stream_that_breaks_leaves_a_partial_turn(world: World) -> None:
    conversation = begun(world)
    turning = Turning(with_script(world, broken), asking(conversation))
    turning.begin()
    with pytest.raises(ProviderBadAnswer):
        list(turning.events())

    (turn,) = stored(world, conversation)
    assert (turn.state, turn.error) == ("partial", "provider-bad-answer")
    assert turn.reply == Message("assistant", "half")
    assert say(world, conversation).context.shown == 0


def test_a_caller_who_leaves_a_stream_leaves_a_partial_turn(world: World) -> None:
    conversation = begun(world)
    turning = Turning(world, asking(conversation))
    turning.begin()
    events = turning.events()
    first = next(events)
    events.close()

    (turn,) = stored(world, conversation)
    assert isinstance(first, Piece)
    assert (turn.state, turn.error) == ("partial", "client-left")
    assert turn.reply is not None
    assert turn.reply.text == first.delta.text


def test_turns_at_once_are_answered_one_after_the_other(world: World) -> None:
    heard: Heard = []
    talking = echoing(world, heard)
    conversation = begun(talking)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: say(talking, conversation, f"m{number}"), range(6)))

    assert [turn.number for turn in stored(world, conversation)] == list(range(1, 7))
    assert sorted(len(request.messages) for request in heard) == [1, 3, 5, 7, 9, 11]


def test_a_turn_waits_for_the_one_before_no_longer_than_a_run_may_take(world: World) -> None:
    conversation = begun(world)
    Turning(world, asking(conversation)).begin()

    with pytest.raises(Conflict) as refused:
        say(patient(world, 0.1), conversation)

    assert refused.value.code == "conversation-busy"


def test_a_turn_whose_process_died_gives_way_and_has_failed(world: World, clock: Clock) -> None:
    conversation = begun(world)
    lost = Turning(world, asking(conversation, "lost"))
    lost.begin()
    clock.forward(seconds=TERM_S + 1)

    say(world, conversation, "next")

    assert [(turn.state, turn.error) for turn in stored(world, conversation)] == [
        ("failed", "interrupted"),
        ("answered", None),
    ]
    with pytest.raises(Conflict) as refused:
        lost.run()
    assert refused.value.code == "conversation-busy"
    assert [turn.state for turn in stored(world, conversation)] == ["failed", "answered"]


def test_no_transaction_is_open_while_a_model_speaks(world: World) -> None:
    spoken, others = Event(), begun(world)

    def speak(request: ModelRequest) -> Iterator[Delta]:
        conversations.delete(world, others.id)
        spoken.set()
        yield Delta(text="said")
        yield END

    say(with_script(world, speak), begun(world))

    assert spoken.is_set()


def test_a_conversation_that_is_deleted_meanwhile_takes_its_turn_along(world: World) -> None:
    conversation = begun(world)

    def speak(request: ModelRequest) -> Iterator[Delta]:
        conversations.delete(world, conversation.id)
        yield Delta(text="said")
        yield END

    with pytest.raises(NotFound):
        say(with_script(world, speak), conversation)
    assert len(calls_of(world)) == 1


def test_an_answer_does_not_leave_when_its_turn_cannot_be_stored(world: World) -> None:
    conversation = begun(world)
    turning = Turning(world, asking(conversation))
    turning.begin()
    events = turning.events()
    pieces = [next(events)]
    world.store.close()

    with pytest.raises(StoreUnavailable):
        pieces.extend(events)  # type: ignore[arg-type]  # events of a direct question

    assert not any(isinstance(event, Answered) for event in pieces)


def test_answers_of_tools_follow_the_turn_that_called_them(world: World) -> None:
    heard: Heard = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        heard.append(request)
        if request.messages[-1].role == "user":
            yield Delta(tool_calls=(ToolCallDelta(0, "t1", "look", '{"at": 1}'),))
        else:
            yield Delta(text="It rains.")
        yield END

    talking = with_script(world, speak)
    conversation = begun(talking)
    asked = Turning(talking, asking(conversation, "weather?", tools=(Tool("look"),)))
    asked.begin()
    list(asked.events())
    with pytest.raises(Invalid) as refused:
        say(talking, conversation, said=(Message("tool", "rain", (), "t9"),))
    say(talking, conversation, said=(Message("tool", "rain", (), "t1"),))

    assert refused.value.field == "tool_answers[0].tool_call_id"
    assert [message.role for message in heard[-1].messages] == ["user", "assistant", "tool"]
    assert heard[-1].messages[1].tool_calls[0].arguments == '{"at": 1}'
    assert stored(world, conversation)[-1].reply == Message("assistant", "It rains.")


def test_images_are_kept_as_their_parts(world: World) -> None:
    heard: Heard = []
    seeing = "simulated/large"
    talking = echoing(world, heard)
    conversation = begun(talking, choice=Choice((seeing,)))
    parts = (TextPart("what is it?"), ImagePart("https://example.org/a.png"))

    say(talking, conversation, said=(Message("user", parts),))
    say(talking, conversation, "and now?")

    assert heard[-1].messages[0].content == parts


def test_where_no_texts_are_kept_there_are_no_conversations(world: World) -> None:
    conversation = begun(world)
    silent = replace(world, policy=replace(world.policy, keep_texts=False))

    for attempt in (lambda: begun(silent), lambda: say(silent, conversation)):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "texts-not-kept"
    assert stored(world, conversation) == []


def test_a_conversation_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = begun(world)
    monkeypatch.setattr("app.services.conversing.turning.MOST_TURNS", 1)
    say(world, conversation)

    with pytest.raises(Conflict) as refused:
        say(world, conversation)

    assert refused.value.code == "conversation-full"
    assert len(stored(world, conversation)) == 1


def test_a_lease_is_renewed_as_long_as_a_turn_lasts(world: World, clock: Clock) -> None:
    living = replace(world, renewals=Renewals(period_s=0.01))
    conversation, going = begun(living), Event()

    def speak(request: ModelRequest) -> Iterator[Delta]:
        for _ in range(3):
            clock.forward(seconds=TERM_S / 2)
            until(partial(_later, living, conversation, clock.moment))
        going.set()
        yield Delta(text="said")
        yield END

    thread = Thread(target=say, args=(with_script(living, speak), conversation))
    thread.start()
    thread.join()

    assert going.is_set()
    assert [turn.state for turn in stored(world, conversation)] == ["answered"]


def _later(world: World, conversation: Conversation, moment: datetime) -> bool:
    """Whether the conversation is held beyond that moment by most of a term."""
    with world.store.read() as tx:
        held = tx.execute(select(rows.c.until).where(rows.c.id == conversation.id)).scalar_one()
    return bool(held > moment + timedelta(seconds=TERM_S * 0.9))
