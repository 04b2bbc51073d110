"""A turn is shown what its window holds; what it does not hold is left out, summarised, or refuses the turn."""

import pytest

from app.db import conversations as rows
from app.db import turns as turn_rows
from app.domain.conversation import Conversation, Summing, Turn
from app.domain.errors import Conflict, Invalid, ProviderUnavailable
from app.domain.flow import Choice, Params
from app.domain.message import Message, ModelRequest, Tool, ToolCall
from app.providers import tokens
from app.services.conversing import conversations
from app.services.world import World
from tests.services.conversing.talking import Heard, begun, echoing, say, stored, texts
from tests.services.made import SMALL, make_step, make_use_case
from tests.worlds import calls_of

MEDIUM = "simulated/medium"
SUMMING = Summing(Choice((MEDIUM,)))
WINDOW = 60


def talk(world: World, conversation: Conversation, count: int) -> None:
    """So many turns of twenty tokens each or so."""
    for number in range(count):
        say(world, conversation, f"word {number}", params=Params(max_tokens=4))


def called(conversation: Conversation, *, tokens: int) -> Turn:
    """A turn whose reply calls a tool."""
    return Turn(
        "01890000-0000-7000-8000-000000000001",
        conversation.id,
        1,
        "answered",
        (Message("user", "look"),),
        conversation.created_at,
        reply=Message("assistant", "", (ToolCall("t1", "look", "{}"),)),
        tokens=tokens,
    )


def ten(request: ModelRequest) -> str:
    """A model that says what it was asked last, or a summary where that is asked for."""
    if "keep the record" in request.messages[0].text:
        return "They counted."
    return f"re: {request.messages[-1].text}"


def test_the_newest_turns_that_fit_are_shown_and_what_is_sent_never_exceeds_the_window(world: World) -> None:
    heard: Heard = []
    talking = echoing(world, heard)
    conversation = begun(talking, window_tokens=WINDOW, system="Be kind.")

    talk(talking, conversation, 5)
    last = say(talking, conversation, "now")

    assert all(tokens.count_messages(request.messages) <= WINDOW for request in heard)
    assert last.context.tokens == tokens.count_messages(heard[-1].messages)
    assert texts(heard[-1])[0] == "Be kind."
    assert texts(heard[-1])[-3:] == ["word 4", "re: word 4", "now"]
    assert "word 0" not in texts(heard[-1])
    assert last.context.left_out
    assert last.context.notes == ("turns-dropped",)
    assert len(stored(world, conversation)) == 6


def test_what_its_tools_take_is_taken_from_the_window(world: World) -> None:
    talking = echoing(world, [])
    conversation = begun(talking, window_tokens=200)
    talk(talking, conversation, 6)
    tool = Tool("look", "Looks at a thing, " * 20)

    assert say(talking, conversation).context.shown == 6
    assert say(talking, conversation, tools=(tool,)).context.shown < 6


def test_a_conversation_that_may_leave_nothing_out_refuses_the_turn(world: World) -> None:
    talking = echoing(world, [])
    conversation = begun(talking, window_tokens=WINDOW, when_long="refuse")
    talk(talking, conversation, 3)

    with pytest.raises(Conflict) as refused:
        talk(talking, conversation, 3)

    assert refused.value.code == "conversation-too-long"
    assert stored(world, conversation)[-1].error == "conversation-too-long"


def test_a_turn_that_does_not_fit_alone_is_refused(world: World) -> None:
    conversation = begun(world, window_tokens=16)

    with pytest.raises(Invalid) as refused:
        say(world, conversation, "many words " * 20)

    assert refused.value.field == "content"


def test_without_a_window_of_its_own_a_conversation_has_that_of_the_model_asked_less_its_answer(world: World) -> None:
    conversation = begun(world)
    model = world.catalogue.get(SMALL)

    short, long = say(world, conversation, params=Params(max_tokens=4)), say(world, conversation)

    assert short.context.window == model.context_window - 4
    assert long.context.window == model.context_window - world.policy.default_max_tokens


def test_a_use_case_leaves_what_its_steps_say_and_its_models_answer(world: World) -> None:
    make_use_case(world, steps=(make_step(prompt="{{ prompt }} " + "word " * 50),))
    conversation = begun(world, use_case="uc")

    window = say(world, conversation).context.window

    assert window < world.catalogue.get(SMALL).context_window - 4 - 50


def test_older_turns_are_put_into_a_summary_whose_calls_stand_in_the_log(world: World) -> None:
    heard: Heard = []
    talking = echoing(world, heard, reply=ten)
    conversation = begun(talking, window_tokens=WINDOW, when_long="summarise", summing=SUMMING, user_id="ann")

    talk(talking, conversation, 6)

    asked = [request for request in heard if "keep the record" in request.messages[0].text]
    told = [request for request in heard if request not in asked]
    assert 1 <= len(asked) < 6
    assert "user: word 0\nassistant: re: word 0" in asked[0].messages[-1].text
    assert all("They counted." in request.messages[-1].text for request in asked[1:])
    assert "They counted." in texts(told[-1])[0]
    assert texts(told[-1])[-1] == "word 5"
    assert all(tokens.count_messages(request.messages) <= WINDOW for request in told)
    found = conversations.get(world, conversation.id)
    assert found.summary == "They counted."
    assert 0 < found.folded < 6
    summaries = [call for call in calls_of(world) if call.source == "summary"]
    assert [(call.model, call.user_id) for call in summaries] == [(MEDIUM, "ann")] * len(asked)


def test_the_cost_of_a_summary_is_the_turns(world: World) -> None:
    talking = echoing(world, [], reply=ten)
    conversation = begun(talking, window_tokens=WINDOW, when_long="summarise", summing=SUMMING)
    made = [say(talking, conversation, f"word {number}") for number in range(6)]

    summed = next(turned for turned in made if turned.context.calls)

    assert summed.context.notes == ("turns-summarised",)
    assert summed.turn.cost == sum(call.cost or 0 for call in (*summed.answer.calls, *summed.context.calls))
    assert sum(turned.turn.cost or 0 for turned in made) == sum(call.cost or 0 for call in calls_of(world))


def test_nothing_is_left_out_without_being_told_in_the_summary(world: World) -> None:
    talking = echoing(world, [], reply=ten)
    conversation = begun(talking, window_tokens=WINDOW, when_long="summarise", summing=SUMMING)

    shown = [say(talking, conversation, f"word {number}").context for number in range(12)]

    assert [context.left_out for context in shown] == [False] * 12
    assert [context.summarised + context.shown for context in shown] == list(range(12))


def test_where_the_summary_fails_older_turns_are_left_out_and_the_answer_says_so(world: World) -> None:
    def sulking(request: ModelRequest) -> str:
        if "keep the record" in request.messages[0].text:
            raise ProviderUnavailable("down", provider="simulated")
        return "said"

    talking = echoing(world, [], reply=sulking)
    conversation = begun(talking, window_tokens=WINDOW, when_long="summarise", summing=SUMMING)
    made = [say(talking, conversation, f"word {number}") for number in range(8)]

    assert made[-1].context.notes == ("summary-failed", "turns-dropped")
    assert made[-1].turn.state == "answered"
    assert conversations.get(world, conversation.id).summary is None


def test_a_prompt_of_its_own_asks_for_the_summary(world: World) -> None:
    heard: Heard = []
    talking = echoing(world, heard)
    own = Summing(Choice((MEDIUM,)), "In three words.")
    conversation = begun(talking, window_tokens=WINDOW, when_long="summarise", summing=own)

    talk(talking, conversation, 6)

    assert next(texts(request)[0] for request in heard if len(request.messages) == 2) == "In three words."


def test_answers_of_tools_are_refused_where_their_call_does_not_fit_beside_them(world: World) -> None:
    conversation = begun(world, window_tokens=WINDOW)
    with world.store.write() as tx:
        turn_rows.add(tx, [called(conversation, tokens=WINDOW)])
        rows.grow(tx, conversation.id, turns=1)

    with pytest.raises(Invalid) as refused:
        say(world, conversation, said=(Message("tool", "seen", (), "t1"),))

    assert "does not fit" in refused.value.message


def test_a_model_that_cannot_be_asked_fails_the_turn_and_not_the_conversation(world: World) -> None:
    conversation = begun(world)
    with pytest.raises(ProviderUnavailable):
        say(world, conversation, params=make_step(faults={"unavailable": 1}).params)

    assert say(world, conversation).turn.state == "answered"
