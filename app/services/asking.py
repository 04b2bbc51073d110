"""What a caller asks of a use case, and how a step turns it into one request to a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.errors import Invalid
from app.domain.flow import Params, Step
from app.domain.message import ImagePart, Json, Message, ModelRequest, Part, TextPart, Tool, response_format
from app.services import prompts

RESERVED = "outputs"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a use case.

    `inputs` fill the prompts; `messages` are the turns of a chat, whose last user text is the input `prompt`. The
    step's own params win over `params`. `tools` go to the last step.
    """

    correlation_id: str
    inputs: Json = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    user_id: str | None = None
    step: str | None = None
    params: Params = field(default_factory=Params)
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    key_id: str | None = None
    tags: Json = field(default_factory=dict)


def request_of(step: Step, asked: Asked, outputs: Mapping[str, str], *, last: bool) -> ModelRequest:
    """The step's request; `model` is filled by the gateway.

    Raises Invalid when an input is called `outputs`, PromptInvalid and PromptRunaway from rendering.
    """
    if RESERVED in asked.inputs:
        raise Invalid(f"an input cannot be called {RESERVED!r}", field=f"inputs.{RESERVED}")
    said = {"prompt": _said(asked)} if asked.messages else {}
    values = {**said, **asked.inputs, RESERVED: dict(outputs)}
    system = prompts.render(step.system, values, field=f"steps.{step.code}.system")
    own, other = step.params, asked.params
    return ModelRequest(
        model="",
        messages=_messages(step, asked, system, values),
        max_tokens=own.max_tokens or other.max_tokens,
        temperature=_first(own.temperature, other.temperature),
        top_p=_first(own.top_p, other.top_p),
        stop=own.stop or other.stop,
        seed=own.seed if own.seed is not None else other.seed,
        tools=asked.tools if last else (),
        tool_choice=asked.tool_choice if last else None,
        response_format=response_format(own.response_format or (other.response_format if last else None)),
        options=own.options or other.options,
    )


def _messages(step: Step, asked: Asked, system: str, values: Mapping[str, object]) -> tuple[Message, ...]:
    head = (Message("system", system),) if system else ()
    spoken = asked.messages
    if spoken and spoken[-1].role != "user":
        return head + spoken  # the client continues after a tool's answer: there is no new question to put
    text = prompts.render(step.prompt, values, field=f"steps.{step.code}.prompt")
    images = tuple(part for part in _parts(spoken) if isinstance(part, ImagePart))
    content: str | tuple[Part, ...] = (TextPart(text), *images) if images else text
    history = spoken[:-1] if step.history else ()
    return (*head, *history, Message("user", content))


def _parts(spoken: tuple[Message, ...]) -> tuple[Part, ...]:
    return spoken[-1].content if spoken and not isinstance(spoken[-1].content, str) else ()


def _said(asked: Asked) -> str:
    """The last thing the user said, which a chat's flow reads as `{{ prompt }}`."""
    return next((message.text for message in reversed(asked.messages) if message.role == "user"), "")


def _first(own: float | None, other: float | None) -> float | None:
    return own if own is not None else other
