"""What is said to a model and what comes back, in one shape for every provider."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.errors import Invalid

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image, by `https:` address or as a `data:` URL."""

    url: str


Part = TextPart | ImagePart


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model wants tool `name` called; `arguments` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `tool_calls` on assistant turns; `tool_call_id` on the tool's answer."""

    role: Role
    content: str | tuple[Part, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None

    @property
    def text(self) -> str:
        """The text of all text parts, joined."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content if isinstance(part, TextPart))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        """The images, in order."""
        if isinstance(self.content, str):
            return ()
        return tuple(part for part in self.content if isinstance(part, ImagePart))


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call; `parameters` is a JSON Schema object."""

    name: str
    description: str = ""
    parameters: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """`json_object`, or `json_schema` with a name and a JSON Schema."""

    type: Literal["json_object", "json_schema"]
    name: str = "answer"
    schema: Json | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to one model, provider-neutral.

    `model` is the provider's own id. `tool_choice` is `auto`, `none`, `required` or a tool's name. `options` go to the
    vendor as they are; an option that the vendor's class does not know raises Unsupported.
    """

    model: str
    messages: tuple[Message, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    response_format: ResponseFormat | None = None
    options: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call on disjoint lines: `input` without cache, `output` without reasoning.

    `estimated` when the provider reported nothing and the figures were counted here.
    """

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False

    @property
    def prompt_tokens(self) -> int:
        """All tokens read by the model."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens

    @property
    def completion_tokens(self) -> int:
        """All tokens written by the model."""
        return self.output_tokens + self.reasoning_tokens

    @property
    def total_tokens(self) -> int:
        """All tokens."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A whole answer. `usage` is None only inside a provider class; the base class fills an estimate.

    `logprob`: the mean of the logarithms of its tokens' probabilities, None where the vendor was not asked for them.
    """

    text: str
    finish_reason: FinishReason
    usage: Usage
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    request_id: str | None = None
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of one tool call; pieces with the same `index` belong together."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a streamed answer; the last one, and only it, carries `finish_reason`, `usage` and `request_id`.

    With `restart`, the pieces before it are void: the answer begins anew.
    """

    text: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    model: str | None = None
    restart: bool = False
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector per input, in order."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage
    model: str


def total(usages: Iterable[Usage]) -> Usage:
    """The sum of each line; estimated as soon as one of them is."""
    parts = tuple(usages)
    return Usage(
        input_tokens=sum(part.input_tokens for part in parts),
        cache_read_tokens=sum(part.cache_read_tokens for part in parts),
        cache_write_tokens=sum(part.cache_write_tokens for part in parts),
        output_tokens=sum(part.output_tokens for part in parts),
        reasoning_tokens=sum(part.reasoning_tokens for part in parts),
        estimated=any(part.estimated for part in parts),
    )


def response_format(raw: Json | None, *, field: str = "response_format") -> ResponseFormat | None:
    """OpenAI's `response_format` object as ours; `text` and None ask for nothing. Raises Invalid for another shape."""
    if raw is None or raw.get("type") == "text":
        return None
    match raw:
        case {"type": "json_object"}:
            return ResponseFormat("json_object")
        case {"type": "json_schema", "json_schema": {"schema": Mapping() as schema, **rest}}:
            name, strict = rest.get("name", "answer"), rest.get("strict", False)
            return ResponseFormat("json_schema", name=str(name), schema=schema, strict=bool(strict))
        case _:
            raise Invalid("a type of text, json_object or json_schema with its schema is expected", field=field)
