"""Conversations are checked when they begin, found again, forked, forgotten, and pruned."""

from datetime import timedelta

import pytest

from app.domain.conversation import Conversation, Summing
from app.domain.errors import Invalid, ModelMatchError, NotFound, UnknownModel
from app.domain.flow import Choice
from app.services import tick, use_cases
from app.services.conversing import conversations
from app.services.conversing.conversations import ConversationFilter, Wanted
from app.services.conversing.turning import Turning
from app.services.world import World
from tests.services.conversing.talking import Heard, asking, begun, echoing, say, stored, texts
from tests.services.made import SMALL, make_step, make_use_case
from tests.worlds import Clock, calls_of

OTHER = Choice((SMALL,))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(), "use_case"),
        (Wanted(use_case="uc", choice=OTHER), "use_case"),
        (Wanted(choice=Choice(("nobody/knows",))), "model"),
        (Wanted(choice=Choice(task="unheard-of")), "task"),
        (Wanted(choice=OTHER, summing=Summing(OTHER)), "summary"),
        (Wanted(choice=OTHER, when_long="summarise", summing=Summing(Choice(("nobody/knows",)))), "summary.choice"),
        (Wanted(choice=OTHER, when_long="summarise", summing=Summing(Choice())), "summary.choice"),
        (Wanted(use_case="uc", when_long="summarise"), "summary"),
        (Wanted(choice=OTHER, user_id="x" * 300), "user_id"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(world: World, wanted: Wanted, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        conversations.create(world, wanted, key_id=None)

    assert refused.value.field == field
    assert conversations.page(world, ConversationFilter(), cursor=None, limit=50) == ([], None)


def test_an_unknown_use_case_and_a_moment_that_is_over_are_refused(world: World, clock: Clock) -> None:
    with pytest.raises(NotFound):
        begun(world, use_case="nobody")
    with pytest.raises(Invalid):
        begun(world, expires_at=clock.moment)


def test_a_conversation_is_read_as_it_was_begun(world: World, clock: Clock) -> None:
    wanted = {"system": "Be kind.", "window_tokens": 500, "when_long": "summarise", "tags": {"a": 1}, "user_id": "ann"}

    conversation = begun(world, summing=Summing(OTHER, "short"), **wanted)

    found = conversations.get(world, conversation.id)
    assert found == conversation
    assert (found.key_id, found.created_at, found.turns, found.summary) == ("k1", clock.moment, 0, None)


def test_conversations_are_found_by_user_and_use_case_newest_first(world: World, clock: Clock) -> None:
    make_use_case(world)
    use_case_id = world.snapshots.current.use_cases["uc"].id
    made = []
    for given in ({"user_id": "ann"}, {"use_case": "uc"}, {"use_case": "uc", "user_id": "ann"}, {}):
        made.append(begun(world, **given))
        clock.forward(seconds=1)

    def found(wanted: ConversationFilter) -> list[int]:
        items, cursor = conversations.page(world, wanted, cursor=None, limit=1)
        while cursor is not None:
            more, cursor = conversations.page(world, wanted, cursor=cursor, limit=1)
            items += more
        return [made.index(each) for each in items]

    assert found(ConversationFilter()) == [3, 2, 1, 0]
    assert found(ConversationFilter(user_id="ann")) == [2, 0]
    assert found(ConversationFilter(use_case_id=use_case_id)) == [2, 1]


def test_a_fork_has_said_the_same_up_to_its_turn_and_goes_its_own_way(world: World) -> None:
    heard: Heard = []
    talking = echoing(world, heard)
    conversation = begun(talking, system="Be kind.")
    turns = [say(talking, conversation, text).turn for text in ("one", "two", "three")]

    fork = conversations.fork(world, conversation.id, turns[1].id)
    say(talking, fork, "four")
    say(talking, conversation, "five")

    assert texts(heard[-2]) == ["Be kind.", "one", "re: one", "two", "re: two", "four"]
    assert texts(heard[-1])[-3:] == ["three", "re: three", "five"]
    assert (fork.forked_from, fork.turns) == (conversation.id, 2)
    assert fork.characters == sum(len(text) for text in ("one", "re: one", "two", "re: two"))
    assert [(turn.number, turn.call_id) for turn in stored(world, fork)][:2] == [(1, None), (2, None)]
    assert len(calls_of(world)) == 5


def test_a_fork_of_many_turns_has_them_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.turns.AT_ONCE", 3)
    talking = echoing(world, [])
    conversation = begun(talking)
    for number in range(7):
        say(talking, conversation, str(number))

    fork = conversations.fork(world, conversation.id, None)

    assert [turn.said for turn in stored(world, fork)] == [turn.said for turn in stored(world, conversation)]


def test_a_fork_before_the_end_of_what_is_summarised_begins_without_the_summary(world: World) -> None:
    talking = echoing(world, [])
    conversation = begun(talking, window_tokens=60, when_long="summarise")
    turns = [say(talking, conversation, f"word {number}").turn for number in range(8)]
    folded = conversations.get(world, conversation.id).folded

    early = conversations.fork(world, conversation.id, turns[folded - 2].id)
    late = conversations.fork(world, conversation.id, turns[-1].id)

    assert (early.folded, early.summary) == (0, None)
    assert (late.folded, late.summary) == (folded, conversations.get(world, conversation.id).summary)


@pytest.mark.parametrize("turn", ["01890000-0000-7000-8000-000000000000"])
def test_a_turn_that_is_not_of_the_conversation_cannot_be_forked_or_asked_again(world: World, turn: str) -> None:
    conversation = begun(world)

    with pytest.raises(NotFound):
        conversations.fork(world, conversation.id, turn)
    with pytest.raises(NotFound):
        say(world, conversation, again=turn)
    assert conversations.page(world, ConversationFilter(), cursor=None, limit=50)[0] == [conversation]


def test_what_is_deleted_is_gone_with_its_turns_and_its_calls_stay(world: World) -> None:
    conversation = begun(world)
    say(world, conversation)

    conversations.delete(world, conversation.id)

    for attempt in (stored, say):
        with pytest.raises(NotFound):
            attempt(world, conversation)  # type: ignore[operator]  # both take a conversation
    with pytest.raises(NotFound):
        conversations.delete(world, conversation.id)
    assert len(calls_of(world)) == 1


def test_a_use_case_takes_its_conversations_along(world: World) -> None:
    make_use_case(world, steps=(make_step(prompt=""),))
    conversation = begun(world, use_case="uc")
    use_cases.change(world, "uc", use_cases.UseCaseEdit(active=False))
    use_cases.delete(world, "uc")

    with pytest.raises(NotFound):
        conversations.get(world, conversation.id)


def test_an_inactive_use_case_answers_no_turn(world: World) -> None:
    make_use_case(world, steps=(make_step(prompt=""),))
    conversation = begun(world, use_case="uc")
    use_cases.change(world, "uc", use_cases.UseCaseEdit(active=False))

    with pytest.raises(ModelMatchError) as refused:
        say(world, conversation)

    assert refused.value.code == "use-case-inactive"
    assert [turn.state for turn in stored(world, conversation)] == ["failed"]


def test_what_has_expired_or_is_long_silent_is_pruned_and_what_is_under_way_stays(world: World, clock: Clock) -> None:
    kept, expiring = begun(world), begun(world, expires_at=clock.moment + timedelta(hours=1))
    clock.forward(hours=1)
    with pytest.raises(NotFound):
        conversations.get(world, expiring.id)
    assert pruned(world) == ["forgot 1 conversations"]
    clock.moment += world.policy.conversation_retention - timedelta(minutes=1)
    busy = begun(world)
    say(world, kept)
    silent = begun(world)
    clock.moment += world.policy.conversation_retention + timedelta(seconds=1)
    Turning(world, asking(busy)).begin()

    assert pruned(world) == ["forgot 2 conversations"]
    left: list[Conversation] = conversations.page(world, ConversationFilter(), cursor=None, limit=50)[0]
    assert [each.id for each in left] == [busy.id]
    assert silent.id != busy.id


def pruned(world: World) -> list[str]:
    """What the beat says of conversations."""
    return [line for line in tick.beat(world) if "conversations" in line]


def test_an_unknown_model_is_found_when_the_turn_is_taken(world: World) -> None:
    conversation = begun(world)

    with pytest.raises(UnknownModel):
        say(world, conversation, choice=Choice(("nobody/knows",)))
