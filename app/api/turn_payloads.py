"""Turns of conversations: what is said, at whichever door, and what is told of it."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from app.api.answers import AnswerOut, RunAnswerOut, ToolCalledOut, answer_out, run_answer_out
from app.api.cache_payloads import CacheWanted, cache_wish
from app.api.caller import RecoveryWanted, caller
from app.api.messages import Content, ParamsIn, ToolChoice, Tools, content_of, tool_choice_of, tools_of
from app.api.payloads import JsonObject, Line, Name, Out, Paging, Payload, Tags, cost_status, sum_cost, usd
from app.api.target_payloads import TargetIn
from app.domain.conversation import Turn, TurnState
from app.domain.errors import Invalid
from app.domain.message import ImagePart, Message, TextPart
from app.services.conversing.contexts import Note
from app.services.conversing.turning import TurnAsked, Turned
from app.services.direct import Answered

LARGEST_IMAGE: Final = 5_000_000  # characters of a data URL


class ToolAnswerIn(Payload):
    """What a tool answered that the turn before called."""

    tool_call_id: Name
    content: Content


class TurnIn(ParamsIn, TargetIn):
    """What is said now: `content`, or answers of tools, or both; or the failed turn that is asked `again`.

    A target answers this turn only. `inputs` and `step` are for use cases.
    """

    content: Content | None = None
    tool_answers: Annotated[list[ToolAnswerIn], Field(max_length=128)] = Field(default_factory=list)
    again: Annotated[UUID, Field(strict=False)] | None = None
    inputs: JsonObject = Field(default_factory=dict)
    step: Name | None = None
    user_id: Line | None = None
    tools: Tools = Field(default_factory=list)
    tool_choice: ToolChoice | None = None
    tags: Tags = Field(default_factory=dict)
    cache: CacheWanted | None = None
    stream_recovery: RecoveryWanted | None = None
    stream: bool = False

    def asked(self, conversation_id: str) -> TurnAsked:
        """What is asked. Raises Invalid naming the field."""
        said = [Message("tool", content_of(each.content), (), each.tool_call_id) for each in self.tool_answers]
        if self.content is not None:
            said.append(Message("user", content_of(self.content)))
        if bool(said) == (self.again is not None):
            raise Invalid("content, tool_answers or the turn to be asked again are expected", field="content")
        return TurnAsked(
            conversation_id=conversation_id,
            said=checked(said, field="content"),
            again=None if self.again is None else str(self.again),
            choice=self.target(),
            inputs=self.inputs,
            step=self.step,
            params=self.params(),
            tools=tools_of(self.tools),
            tool_choice=tool_choice_of(self.tool_choice),
            caller=caller(cache=cache_wish(self.cache), stream_recovery=self.stream_recovery),
            user_id=self.user_id,
            tags=self.tags,
        )


class ForkIn(Payload):
    """The turn after which another conversation begins; without one after the last."""

    turn: Annotated[UUID, Field(strict=False)] | None = None


class TurnsQuery(Paging):
    """In which order: `number`, or `-number` for the newest first."""

    order: Line = "number"


class ShownOut(Out):
    """The turn as it is stored, and what was shown with it: `tokens` of `window_tokens`, counted here.

    `turns_left_out`: whether answered turns were neither shown nor told in the summary.
    """

    id: str
    turn_id: str
    number: int
    window_tokens: int
    tokens: int
    turns_shown: int
    turns_summarised: int
    turns_left_out: bool
    notes: list[Note]
    summary_calls: int
    summary_cost_usd: str | None
    summary_cost_status: str

    @classmethod
    def of(cls, turned: Turned) -> "ShownOut":
        """What the turn took."""
        context, nanos = turned.context, sum_cost(turned.context.calls)
        return cls(
            id=turned.turn.conversation_id,
            turn_id=turned.turn.id,
            number=turned.turn.number,
            window_tokens=context.window,
            tokens=context.tokens,
            turns_shown=context.shown,
            turns_summarised=context.summarised,
            turns_left_out=context.left_out,
            notes=list(context.notes),
            summary_calls=len(context.calls),
            summary_cost_usd=usd(nanos),
            summary_cost_status=cost_status(nanos),
        )


class TurnAnswerOut(AnswerOut):
    """An answer by a model or task in a conversation."""

    conversation: ShownOut


class TurnRunAnswerOut(RunAnswerOut):
    """An answer by a use case in a conversation."""

    conversation: ShownOut


class PartOut(Out):
    """A piece of what was said: text, or the address of an image."""

    text: str | None = None
    image_url: str | None = None


class SaidOut(Out):
    """One message of a turn; `content` is text, or pieces where there are images."""

    role: str
    content: str | list[PartOut]
    tool_calls: list[ToolCalledOut]
    tool_call_id: str | None

    @classmethod
    def of(cls, message: Message) -> "SaidOut":
        """The message."""
        calls = [ToolCalledOut(id=call.id, name=call.name, arguments=call.arguments) for call in message.tool_calls]
        content = message.content if isinstance(message.content, str) else [_part(part) for part in message.content]
        return cls(role=message.role, content=content, tool_calls=calls, tool_call_id=message.tool_call_id)


class TurnOut(Out):
    """A turn. `tokens` is what it takes in a request, `cost_usd` what its calls and those of a summary did together.

    `partial` and `failed` turns are not shown to models; they can be asked `again`.
    """

    id: str
    number: int
    state: TurnState
    said: list[SaidOut]
    reply: SaidOut | None
    error: str | None
    tokens: int
    model: str | None
    call_id: str | None
    run_id: str | None
    cost_usd: str | None
    again: str | None
    started_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, turn: Turn) -> "TurnOut":
        """The turn."""
        return cls(
            id=turn.id,
            number=turn.number,
            state=turn.state,
            said=[SaidOut.of(message) for message in turn.said],
            reply=None if turn.reply is None else SaidOut.of(turn.reply),
            error=turn.error,
            tokens=turn.tokens,
            model=turn.model,
            call_id=turn.call_id,
            run_id=turn.run_id,
            cost_usd=usd(turn.cost),
            again=turn.again,
            started_at=turn.started_at,
            ended_at=turn.ended_at,
        )


def turn_answer_out(turned: Turned) -> TurnAnswerOut | TurnRunAnswerOut:
    """The answer of a turn."""
    shown = ShownOut.of(turned)
    if isinstance(turned.answer, Answered):
        return TurnAnswerOut(**answer_out(turned.answer).__dict__, conversation=shown)
    found = run_answer_out(turned.answer, use_case=turned.use_case or "")
    return TurnRunAnswerOut(**found.__dict__, conversation=shown)


def checked(said: list[Message] | tuple[Message, ...], *, field: str) -> tuple[Message, ...]:
    """What is said in one turn. Raises Invalid for another role than the user's or a tool's, or a large image."""
    for position, message in enumerate(said):
        if message.role not in ("user", "tool"):
            told = "a conversation knows what was said before: only messages of user and tools are expected"
            raise Invalid(told, field=f"{field}[{position}].role")
        if any(len(image.url) > LARGEST_IMAGE for image in message.images):
            raise Invalid(f"an image of at most {LARGEST_IMAGE} characters is expected", field=field)
    return tuple(sorted(said, key=lambda message: message.role != "tool"))  # answers stand beside the calls before them


def _part(part: TextPart | ImagePart) -> PartOut:
    return PartOut(text=part.text) if isinstance(part, TextPart) else PartOut(image_url=part.url)
