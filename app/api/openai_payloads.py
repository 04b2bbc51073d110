"""What OpenAI's clients send: what we carry is read, what changes nothing is taken, the rest is refused by name."""

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from app.api.cache_payloads import CacheWanted
from app.api.caller import RecoveryWanted
from app.api.messages import Messages, ToolChoice, Tools, messages_of, tool_choice_of, tools_of
from app.api.payloads import JsonObject, Line, Name, Payload, Text
from app.domain.flow import Params
from app.domain.message import ModelRequest, response_format
from app.services.params_form import Limit, Seed, Share, Stop, Stops, Temperature

# Carried to the vendor as options; a vendor that does not know one refuses it by name.
CARRIED: Final = ("frequency_penalty", "presence_penalty", "logit_bias", "reasoning_effort", "verbosity")
# In OpenAI's API and not in ours.
UNSUPPORTED: Final = frozenset(
    {
        "audio",
        "best_of",
        "echo",
        "function_call",
        "functions",
        "logprobs",
        "moderation",
        "prediction",
        "suffix",
        "top_logprobs",
        "web_search_options",
    }
)


class StreamOptionsIn(Payload):
    """What a stream ends with."""

    include_usage: bool = False
    include_obfuscation: Literal[False] | None = None


class ChatIn(Payload):
    """A chat completion. `model` is `use-case/<code>`, `task/<name>` or `<vendor>/<name>`; `user` is the unit.

    The fields from `metadata` to `store` change nothing here and are taken so that clients need not leave them out;
    `cache` and `stream_recovery` are ours.
    """

    model: Name
    messages: Annotated[Messages, Field(min_length=1)]
    max_tokens: Limit | None = None
    max_completion_tokens: Limit | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    stop: Stop | Stops | None = None
    seed: Seed | None = None
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    response_format: JsonObject | None = None
    stream: bool | None = None
    stream_options: StreamOptionsIn | None = None
    user: Line | None = None
    n: int | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    reasoning_effort: Name | None = None
    verbosity: Name | None = None
    logit_bias: JsonObject | None = None
    metadata: JsonObject | None = None
    modalities: list[Literal["text"]] | None = None
    parallel_tool_calls: bool | None = None
    prompt_cache_key: Line | None = None
    prompt_cache_retention: Line | None = None
    safety_identifier: Line | None = None
    service_tier: Literal["auto", "default"] | None = None
    store: Literal[False] | None = None
    cache: CacheWanted | None = None
    stream_recovery: RecoveryWanted | None = None

    @model_validator(mode="before")
    @classmethod
    def leave_out(cls, given: object) -> object:
        """What we do not support may be named as long as it asks for nothing."""
        if not isinstance(given, dict):
            return given
        return {
            name: value
            for name, value in given.items()
            if not (name in UNSUPPORTED and (value is None or value is False))
        }

    @field_validator("n")
    @classmethod
    def only_one(cls, given: int | None) -> int | None:
        """One answer per request."""
        if given not in (None, 1):
            raise ValueError("only n=1 is supported")
        return given

    def params(self) -> Params:
        """How the model is asked."""
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Params(
            max_tokens=self.max_completion_tokens or self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            stop=tuple(stop),
            seed=self.seed,
            response_format=self.response_format,
            options=self._options(),
        )

    def request(self) -> ModelRequest:
        """The request to a model or task. Raises Invalid naming a bad turn or format."""
        params = self.params()
        return ModelRequest(
            model="",
            messages=messages_of(self.messages),
            max_tokens=params.max_tokens,
            temperature=params.temperature,
            top_p=params.top_p,
            stop=params.stop,
            seed=params.seed,
            tools=tools_of(self.tools or []),
            tool_choice=tool_choice_of(self.tool_choice),
            response_format=response_format(params.response_format),
            options=params.options,
        )

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with a chunk of usage."""
        return self.stream_options is not None and self.stream_options.include_usage

    def _options(self) -> dict[str, object]:
        given = {name: getattr(self, name) for name in CARRIED}
        return {name: value for name, value in given.items() if value not in (None, 0, {})}


class EmbeddingsIn(Payload):
    """Texts to be embedded; token ids instead of texts are refused."""

    model: Name
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=2_048)]
    encoding_format: Literal["float", "base64"] | None = None
    user: Line | None = None

    @property
    def texts(self) -> list[str]:
        """The texts, at least one."""
        return [self.input] if isinstance(self.input, str) else self.input
