"""Nothing is kept unless request or step asks; the request's word wins; tenants do not see each other's answers."""

import pytest

from app.domain.cached import CacheMode, CacheRules, CacheWish, Keeping, deltas, worth_keeping
from app.domain.message import FinishReason, ModelReply, ToolCall, Usage

RULES = CacheRules(ttl_s=100.0)


@pytest.mark.parametrize(
    ("wish", "step", "kept"),
    [
        (None, None, None),
        (None, 5.0, Keeping(True, True, 5.0)),
        (CacheWish.of("off"), 5.0, None),
        (CacheWish.of("on"), None, Keeping(True, True, 100.0)),
        (CacheWish.of("on"), 5.0, Keeping(True, True, 5.0)),
        (CacheWish.of("on", 7.0), 5.0, Keeping(True, True, 7.0)),
        (CacheWish.of("read"), None, Keeping(True, False, 100.0)),
        (CacheWish.of("write", 7.0), None, Keeping(False, True, 7.0)),
    ],
)
def test_the_request_decides_then_the_step_then_nobody(
    wish: CacheWish | None, step: float | None, kept: Keeping | None
) -> None:
    assert RULES.decide(wish, step) == kept


@pytest.mark.parametrize("mode", ["off", "read", "write", "on"])
def test_the_operator_can_switch_it_off(mode: CacheMode) -> None:
    assert CacheRules(on=False).decide(CacheWish.of(mode, 5.0), 5.0) is None


def test_answers_are_shared_by_team_else_owner_else_key() -> None:
    assert RULES.partition(team="red", owner="ann", key_id="k") == "team:red"
    assert RULES.partition(owner="ann", key_id="k") == "owner:ann"
    assert RULES.partition(key_id="k") == "key:k"
    assert RULES.partition() == "key:"
    assert CacheRules(scope="shared").partition(team="red") == "shared"


@pytest.mark.parametrize(
    ("finish", "text", "worth"),
    [
        ("stop", "yes", True),
        ("stop", "", False),
        ("length", "half", False),
        ("content_filter", "no", False),
        ("tool_calls", "", False),
    ],
)
def test_only_whole_answers_are_worth_keeping(finish: FinishReason, text: str, worth: bool) -> None:
    assert worth_keeping(ModelReply(text, finish, Usage(), "m")) is worth


def test_an_answer_that_calls_a_tool_is_worth_keeping() -> None:
    assert worth_keeping(ModelReply("", "tool_calls", Usage(), "m", (ToolCall("a", "b", "{}"),)))


@pytest.mark.parametrize(
    "reply",
    [
        ModelReply("four", "stop", Usage(1, 2, 3), "m"),
        ModelReply("", "tool_calls", Usage(), "m", (ToolCall("a", "b", "{}"), ToolCall("c", "d", "[1]"))),
        ModelReply("look", "tool_calls", Usage(), "m", (ToolCall("a", "b", "{}"),)),
    ],
)
def test_a_kept_answer_is_streamed_as_any_other(reply: ModelReply) -> None:
    said = list(deltas(reply))

    assert "".join(delta.text for delta in said) == reply.text
    calls = [piece for delta in said for piece in delta.tool_calls]
    assert [(piece.index, piece.id, piece.name, piece.arguments) for piece in calls] == [
        (at, call.id, call.name, call.arguments) for at, call in enumerate(reply.tool_calls)
    ]
    assert [delta.finish_reason for delta in said] == [None] * (len(said) - 1) + [reply.finish_reason]
    assert said[-1].usage == reply.usage
