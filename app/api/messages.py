"""Messages, tools and parameters come in OpenAI's shape at every door, and become the domain's."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from app.api.payloads import JsonObject, Name, Payload, Text
from app.domain.errors import Invalid
from app.domain.message import ImagePart, Message, Part, Role, TextPart, Tool, ToolCall
from app.services.params_form import ParamsForm

ImageUrl = Annotated[str, StringConstraints(max_length=20_000_000, pattern=r"^(https://|data:image/)")]
ToolName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_.-]{1,128}$")]


class TextPartIn(Payload):
    """A piece of text."""

    type: Literal["text"]
    text: Text


class ImageIn(Payload):
    """Where an image is."""

    url: ImageUrl
    detail: Literal["auto"] = "auto"


class ImagePartIn(Payload):
    """An image."""

    type: Literal["image_url"]
    image_url: ImageIn


PartIn = Annotated[TextPartIn | ImagePartIn, Field(discriminator="type")]


class CalledIn(Payload):
    """The function a model wanted called, with its arguments as JSON text."""

    name: ToolName
    arguments: Text


class ToolCallIn(Payload):
    """An earlier wish of the model."""

    id: Name
    type: Literal["function"] = "function"
    function: CalledIn


Content = Annotated[
    Annotated[Text, Tag("text")] | Annotated[list[PartIn], Field(max_length=256), Tag("parts")],
    Discriminator(lambda given: "parts" if isinstance(given, list) else "text"),  # so that a fault names one path
]


class MessageIn(Payload):
    """One turn. The last four fields come back from clients that echo an answer, and hold nothing."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content | None = None
    tool_calls: Annotated[list[ToolCallIn], Field(max_length=128)] | None = None
    tool_call_id: Name | None = None
    name: Name | None = None
    refusal: None = None
    annotations: Annotated[list[object], Field(max_length=0)] | None = None
    audio: None = None
    function_call: None = None

    def to_domain(self, *, field: str) -> Message:
        """The turn. Raises Invalid when it says nothing or answers no tool."""
        calls = tuple(ToolCall(call.id, call.function.name, call.function.arguments) for call in self.tool_calls or ())
        if self.content is None and not calls:
            raise Invalid("a value is required", field=f"{field}.content")
        if calls and self.role != "assistant":
            raise Invalid("only an assistant calls tools", field=f"{field}.tool_calls")
        if (self.role == "tool") != (self.tool_call_id is not None):
            raise Invalid("a tool's answer, and only it, names its call", field=f"{field}.tool_call_id")
        role: Role = "system" if self.role == "developer" else self.role
        return Message(role, content_of(self.content), calls, self.tool_call_id, self.name)


class FunctionIn(Payload):
    """A function the model may call."""

    name: ToolName
    description: Text = ""
    parameters: JsonObject = Field(default_factory=dict)
    strict: Literal[False] | None = None


class ToolIn(Payload):
    """A tool; functions are the only kind."""

    type: Literal["function"]
    function: FunctionIn


class ChosenIn(Payload):
    """The name of the function that must be called."""

    name: ToolName


class ToolChoiceIn(Payload):
    """One function that must be called."""

    type: Literal["function"]
    function: ChosenIn


Messages = Annotated[list[MessageIn], Field(max_length=2_000)]
Tools = Annotated[list[ToolIn], Field(max_length=128)]
ToolChoice = Literal["auto", "none", "required"] | ToolChoiceIn


class ParamsIn(ParamsForm):
    """How the model is asked; null leaves the default. `options` go to the vendor as they are."""


def messages_of(given: list[MessageIn], *, field: str = "messages") -> tuple[Message, ...]:
    """The turns. Raises Invalid naming the turn."""
    return tuple(message.to_domain(field=f"{field}[{position}]") for position, message in enumerate(given))


def tools_of(given: list[ToolIn]) -> tuple[Tool, ...]:
    """The tools."""
    return tuple(Tool(tool.function.name, tool.function.description, tool.function.parameters) for tool in given)


def tool_choice_of(given: ToolChoice | None) -> str | None:
    """`auto`, `none`, `required` or the name of a function."""
    return given.function.name if isinstance(given, ToolChoiceIn) else given


def content_of(content: str | list[PartIn] | None) -> str | tuple[Part, ...]:
    """What a turn says, as text or in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    return tuple(
        TextPart(part.text) if isinstance(part, TextPartIn) else ImagePart(part.image_url.url) for part in content
    )
