"""A conversation keeps what was said turn by turn, and shows each model as much of it as its window holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from app.domain.flow import Choice
from app.domain.message import Json, Message

WhenLong = Literal["drop", "summarise", "refuse"]
TurnState = Literal["asked", "answered", "partial", "failed"]

MOST_TURNS: Final = 10_000
MOST_CHARACTERS: Final = 50_000_000
SUMMED: Final = "Summary of what was said before:"


@dataclass(frozen=True, slots=True)
class Summing:
    """Who puts older turns into few words; an empty `prompt` leaves it to ours."""

    choice: Choice
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns are answered by the models of `choice`, or by the use case; one of the two, unless a turn says otherwise.

    `window_tokens` is what a request may hold, None what its model takes. `turns` were begun, `characters` are kept of
    them; those up to number `folded` are told by `summary`.
    """

    id: str
    created_at: datetime
    updated_at: datetime
    use_case_id: str | None = None
    choice: Choice | None = None
    system: str = ""
    window_tokens: int | None = None
    when_long: WhenLong = "drop"
    summing: Summing | None = None
    user_id: str | None = None
    key_id: str | None = None
    tags: Json = field(default_factory=dict)
    expires_at: datetime | None = None
    turns: int = 0
    characters: int = 0
    folded: int = 0
    summary: str | None = None
    forked_from: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said to the model and its `reply`; only an answered turn is shown to whoever answers the next ones.

    `tokens` is what both take in a request, `cost` in nano-dollars what its calls did, those of a summary included.
    `again`: the turn whose question this one asks anew.
    """

    id: str
    conversation_id: str
    number: int
    state: TurnState
    said: tuple[Message, ...]
    started_at: datetime
    reply: Message | None = None
    error: str | None = None
    tokens: int = 0
    model: str | None = None
    call_id: str | None = None
    run_id: str | None = None
    cost: int | None = None
    again: str | None = None
    ended_at: datetime | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said and replied."""
        return self.said if self.reply is None else (*self.said, self.reply)

    @property
    def answers_tools(self) -> bool:
        """Whether it goes on from the tool calls of the turn before, which then cannot be left out."""
        return bool(self.said) and self.said[0].role == "tool"


def newest(turns: Iterable[Turn], room: int) -> tuple[Turn, ...]:
    """Of turns from the newest back, as many as fit into `room` tokens, oldest first; what belongs together stays so.

    Reads no further than the first that does not fit.
    """
    taken: list[Turn] = []
    group: list[Turn] = []
    for turn in turns:
        group.append(turn)
        room -= turn.tokens
        if room < 0:
            break
        if not turn.answers_tools:
            taken += group
            group = []
    return tuple(reversed(taken))


def told(turns: Sequence[Turn], said: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of these turns, then what is said now; of tool calls only those that were answered."""
    found: list[Message] = []
    following = [turn.said for turn in turns[1:]] + [tuple(said)]
    for turn, after in zip(turns, following, strict=False):  # without turns nothing is told but what is said now
        found += turn.said
        answered = {message.tool_call_id for message in after if message.role == "tool"}
        if turn.reply is not None:
            calls = tuple(call for call in turn.reply.tool_calls if call.id in answered)
            reply = replace(turn.reply, tool_calls=calls)
            found += [reply] if reply.text or calls else []
    return (*found, *said)


def size(messages: Iterable[Message]) -> int:
    """Characters of texts, images and tool calls."""
    return sum(
        len(message.text)
        + sum(len(image.url) for image in message.images)
        + sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
        for message in messages
    )


def opening(system: str, summary: str | None) -> tuple[Message, ...]:
    """What stands before all turns: the system's words and the summary of what is shown no longer."""
    words = "\n\n".join(part for part in (system, f"{SUMMED}\n{summary}" if summary else "") if part)
    return (Message("system", words),) if words else ()
