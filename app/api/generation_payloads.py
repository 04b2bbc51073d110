"""What generation is asked: a use case by inputs or messages, or a model or task by name."""

from typing import Annotated, Final
from uuid import UUID

from flask import request
from pydantic import Field

from app.api.answers import Reassigned
from app.api.cache_payloads import CacheWanted, cache_wish
from app.api.caller import RecoveryWanted, caller
from app.api.forcing import Forced, ForcedFlow, ForcedLabel, ForcedVersion, force_of
from app.api.messages import Messages, ParamsIn, ToolChoice, Tools, messages_of, tool_choice_of, tools_of
from app.api.payloads import JsonObject, Line, Name, Out, Payload, Tags, Text
from app.api.step_payloads import StepOut
from app.api.target_payloads import TargetIn
from app.api.world import world
from app.domain.errors import Invalid
from app.domain.message import Message, ModelRequest, response_format
from app.domain.session import check_correlation_id
from app.services.asking import Asked
from app.services.direct import DirectAsked

CORRELATION: Final = "X-Correlation-Id"

ConversationId = Annotated[UUID, Field(strict=False, description="the conversation in which this is the next turn")]


class GenerateIn(ParamsIn):
    """A question to a use case. Without a correlation id (here or in X-Correlation-Id) it is a session of its own."""

    correlation_id: Line | None = None
    user_id: Line | None = None
    step: Name | None = None
    inputs: JsonObject = Field(default_factory=dict)
    messages: Messages = Field(default_factory=list)
    tools: Tools = Field(default_factory=list)
    tool_choice: ToolChoice | None = None
    tags: Tags = Field(default_factory=dict)
    cache: CacheWanted | None = None
    stream_recovery: RecoveryWanted | None = None
    stream: bool = False
    conversation_id: ConversationId | None = None
    flow: ForcedFlow | None = None
    version: ForcedVersion | None = None
    label: ForcedLabel | None = None

    def to_domain(self) -> Asked:
        """What the caller asks. Raises Invalid naming a bad turn, Forbidden for a flow that the key may not name."""
        return Asked(
            correlation_id=correlation_id(self.correlation_id),
            inputs=self.inputs,
            messages=messages_of(self.messages),
            user_id=self.user_id,
            step=self.step,
            params=self.params(),
            tools=tools_of(self.tools),
            tool_choice=tool_choice_of(self.tool_choice),
            caller=caller(cache=cache_wish(self.cache), stream_recovery=self.stream_recovery),
            tags=self.tags,
            force=force_of(self.flow, self.version, self.label),
        )


class DirectIn(ParamsIn, TargetIn):
    """A question to one model, to an ordered list of them, to a task, or to `auto`; by `prompt` or by `messages`.

    `model` may be `auto` or `auto/<strategy>` too. Beside `auto`, the task is what the router learns by.
    """

    prompt: Text | None = None
    system: Text | None = None
    messages: Messages = Field(default_factory=list)
    user_id: Line | None = None
    tools: Tools = Field(default_factory=list)
    tool_choice: ToolChoice | None = None
    tags: Tags = Field(default_factory=dict)
    cache: CacheWanted | None = None
    stream_recovery: RecoveryWanted | None = None
    stream: bool = False
    conversation_id: ConversationId | None = None

    def to_domain(self) -> DirectAsked:
        """What the caller asks. Raises Invalid unless it names exactly one target and one way of asking."""
        asked = ModelRequest(
            model="",
            messages=said(prompt=self.prompt, system=self.system, messages=self.messages),
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            stop=tuple(self.stop),
            seed=self.seed,
            tools=tools_of(self.tools),
            tool_choice=tool_choice_of(self.tool_choice),
            response_format=response_format(self.response_format),
            options=self.options,
        )
        who = caller(cache=cache_wish(self.cache), stream_recovery=self.stream_recovery)
        choice = self.target()
        if choice is None:
            raise Invalid("one of model, models, task and auto is expected", field="model")
        return DirectAsked(choice, asked, caller=who, user_id=self.user_id, tags=self.tags)


class PickIn(Payload):
    """Whose flow is asked for."""

    correlation_id: Line | None = None
    user_id: Line | None = None
    step: Name | None = None
    flow: ForcedFlow | None = None
    version: ForcedVersion | None = None
    label: ForcedLabel | None = None


class PickOut(Out):
    """The session's flow with its steps, or the one asked for; the caller runs the model. `first`: it is a new one."""

    use_case: str
    correlation_id: str
    session_id: str
    flow: str
    flow_version: int
    first: bool
    reassigned: Reassigned
    forced: Forced
    propensity: int = Field(description="the flow's weight when the session was assigned, in 1/10 000")
    experiment_id: str | None = Field(description="the running experiment that the session counts for")
    arm: str | None = Field(description="its arm, where that is an A/B test")
    steps: list[StepOut]


def said(*, prompt: str | None, system: str | None, messages: Messages) -> tuple[Message, ...]:
    """The turns of a request by prompt or by messages. Raises Invalid unless it is exactly one of them."""
    if prompt is None and not messages:
        raise Invalid("a prompt or messages are expected", field="messages")
    if prompt is not None and messages:
        raise Invalid("a prompt or messages are expected, not both", field="messages")
    head = () if system is None else (Message("system", system),)
    return (*head, *(messages_of(messages) if prompt is None else (Message("user", prompt),)))


def correlation_id(given: str | None) -> str:
    """The correlation id of the request: from the body, else from the header, else a new one.

    Raises Invalid naming the field or header that holds a bad one.
    """
    if given is not None:
        return given
    sent = request.headers.get(CORRELATION)
    return check_correlation_id(sent, field=CORRELATION) if sent else world().new_id()
