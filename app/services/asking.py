"""What a caller asks of a use case, and how a step turns it into one request to a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.errors import Invalid
from app.domain.flow import Params, Step
from app.domain.force import Force
from app.domain.message import ImagePart, Json, Message, ModelRequest, Part, TextPart, Tool, response_format
from app.services import prompts
from app.services.caller import Caller
from app.services.step_inputs import placeholders

RESERVED = "outputs"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a use case.

    `inputs` fill the prompts; `messages` are the turns of a chat, whose last user text is the input `prompt`. The
    step's own params win over `params`. `tools` go to the step whose answer is the run's. With `force` a tester names
    the flow.
    """

    correlation_id: str
    inputs: Json = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    user_id: str | None = None
    step: str | None = None
    params: Params = field(default_factory=Params)
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    caller: Caller = field(default_factory=Caller)
    tags: Json = field(default_factory=dict)
    force: Force | None = None


def request_of(
    step: Step,
    asked: Asked,
    outputs: Mapping[str, str | None],
    *,
    last: bool,
    seen: Mapping[str, object] | None = None,
) -> ModelRequest:
    """The step's request; `model` is filled by the gateway. `last`: its answer is that of the run.

    Raises Invalid as `values_of`, PromptInvalid and PromptRunaway from rendering.
    """
    values = values_of(asked, outputs, seen)
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


def values_of(
    asked: Asked, outputs: Mapping[str, str | None], seen: Mapping[str, object] | None = None
) -> dict[str, object]:
    """What prompts and expressions see: inputs, outputs of earlier steps, and what else is `seen` by its name.

    Raises Invalid for an input that is called as one of the others.
    """
    own: dict[str, object] = {RESERVED: dict(outputs), **(seen or {})}
    for name in own:
        if name in asked.inputs:
            raise Invalid(f"an input cannot be called {name!r}", field=f"inputs.{name}")
    said = {"prompt": _said(asked)} if asked.messages else {}
    return {**said, **asked.inputs, **own}


def check_heard(steps: Sequence[Step], asked: Asked) -> None:
    """Raises Invalid when a chat's message would be heard by none of the steps."""
    if asked.messages and not any(_hears(step) for step in steps):
        raise Invalid("no step of this flow takes a chat: none has an empty prompt or `{{ prompt }}`", field="messages")


def _hears(step: Step) -> bool:
    return not step.prompt or "prompt" in placeholders(step)


def _messages(step: Step, asked: Asked, system: str, values: Mapping[str, object]) -> tuple[Message, ...]:
    head = (Message("system", system),) if system else ()
    spoken = asked.messages
    if not step.prompt and not spoken:
        raise Invalid("this step has no prompt of its own: messages are expected", field="messages")
    if spoken and (not step.prompt or spoken[-1].role != "user"):
        # A step without a prompt passes the chat on; and after a tool's answer there is no new question to put.
        return head + (spoken if step.history or spoken[-1].role != "user" else spoken[-1:])
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
