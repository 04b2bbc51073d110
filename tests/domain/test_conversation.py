"""A window holds the newest whole turns, and never an answer of a tool without the call before it."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.domain.conversation import Turn, newest, opening, size, told
from app.domain.message import ImagePart, Message, TextPart, ToolCall

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CALL = ToolCall("t1", "look", "{}")


def turn(number: int, tokens: int = 1, *, tool: bool = False, calls: tuple[ToolCall, ...] = ()) -> Turn:
    """An answered turn; with `tool` it goes on from the calls of the one before."""
    said = Message("tool", "seen", (), "t1") if tool else Message("user", f"u{number}")
    reply = Message("assistant", f"a{number}", calls)
    return Turn(str(number), "c", number, "answered", (said,), NOON, reply=reply, tokens=tokens)


turns = st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=12).map(
    lambda drawn: [turn(number, tokens, tool=tool) for number, (tokens, tool) in enumerate(drawn, 1)]
)


@given(turns, st.integers(0, 120))
def test_what_is_shown_fits_is_the_newest_and_begins_with_what_a_user_said(drawn: list[Turn], room: int) -> None:
    shown = newest(reversed(drawn), room)

    assert sum(each.tokens for each in shown) <= room
    assert list(shown) == drawn[len(drawn) - len(shown) :]
    assert not shown or not shown[0].answers_tools


@given(turns, st.integers(0, 120))
def test_more_room_shows_no_less(drawn: list[Turn], room: int) -> None:
    assert len(newest(reversed(drawn), room)) <= len(newest(reversed(drawn), room + 1))


@given(turns)
def test_with_room_for_all_only_answers_to_calls_that_are_gone_stay_out(drawn: list[Turn]) -> None:
    shown = newest(reversed(drawn), 1_000)

    left = drawn[: len(drawn) - len(shown)]
    assert all(each.answers_tools for each in left)


def test_turns_are_read_no_further_than_they_fit() -> None:
    read: list[int] = []

    def back() -> object:
        for number in range(100, 0, -1):
            read.append(number)
            yield turn(number, 10)

    shown = newest(back(), 25)  # type: ignore[arg-type]  # a generator of turns

    assert [each.number for each in shown] == [99, 100]
    assert read == [100, 99, 98]


def test_tool_calls_are_told_only_with_their_answers() -> None:
    called, answered = turn(1, calls=(CALL, ToolCall("t2", "look", "{}"))), turn(2, tool=True)

    both = told([called, answered], [Message("user", "now")])
    alone = told([called], [Message("user", "now")])

    assert [message.role for message in both] == ["user", "assistant", "tool", "assistant", "user"]
    assert [call.id for call in both[1].tool_calls] == ["t1"]
    assert alone[1].tool_calls == ()


def test_a_reply_that_only_called_tools_which_nobody_answered_is_not_told() -> None:
    silent = Turn("1", "c", 1, "answered", (Message("user", "u"),), NOON, reply=Message("assistant", "", (CALL,)))

    assert [message.role for message in told([silent], [Message("user", "now")])] == ["user", "user"]


def test_the_opening_holds_the_systems_words_and_the_summary() -> None:
    assert opening("", None) == ()
    (only,) = opening("Be kind.", "They like tea.")
    assert only.role == "system"
    assert "Be kind." in only.text
    assert "They like tea." in only.text


def test_the_size_counts_texts_images_and_calls() -> None:
    image = Message("user", (TextPart("abc"), ImagePart("https://x")))

    assert size([image, Message("assistant", "de", (CALL,))]) == 3 + 9 + 2 + 4 + 2


def test_without_turns_only_what_is_said_now_is_told() -> None:
    now = Message("user", "now")

    assert told([], [now]) == (now,)
