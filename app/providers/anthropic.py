"""Anthropic's messages protocol; what it has no word for (a seed, free JSON mode) is refused, never dropped."""

import logging
from collections.abc import Generator
from dataclasses import replace

import httpx2
from anthropic import Anthropic, AnthropicError, Stream

from app.domain.message import (
    Delta,
    FinishReason,
    ImagePart,
    Message,
    ModelReply,
    ModelRequest,
    Part,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from app.providers import prompt_cache, wire
from app.providers.anthropic_batching import AnthropicBatching
from app.providers.base import THOUGHT, Endpoint, option_names
from app.providers.batching import Batching
from app.providers.pooled import PooledProvider
from app.providers.wire import JsonObject

BASE_URL = "https://api.anthropic.com"
PATH = "/v1/messages"
DEFAULT_MAX_TOKENS = 4096  # the protocol demands a limit; this one stands where the request has none

logging.getLogger("anthropic").setLevel(logging.WARNING)  # at DEBUG it would write prompts

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class AnthropicProvider(PooledProvider):
    """Messages through Anthropic's own client, without its typed re-parsing; thinking is counted, never shown."""

    kind = "anthropic"
    known_options = option_names("cache_control inference_geo metadata output_config service_tier speed thinking top_k")

    base_url = BASE_URL
    library_error = AnthropicError

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        # Key and address are always given, so that the library reads neither from the environment.
        self._client = Anthropic(
            api_key=endpoint.api_key or "none",
            base_url=self._address,
            max_retries=0,
            http_client=self._http,
            open_telemetry=False,
        )

    def _send(self, path: str, content: bytes, timeout: httpx2.Timeout) -> object:
        return self._client.post(
            path,
            cast_to=httpx2.Response,
            content=content,
            options={"timeout": timeout, "max_retries": 0},
            stream=True,
            stream_cls=Stream[object],
        )

    def _ask(self, path: str, timeout: httpx2.Timeout) -> object:
        return self._client.get(
            path,
            cast_to=httpx2.Response,
            options={"timeout": timeout, "max_retries": 0},
            stream=True,
            stream_cls=Stream[object],
        )

    def batching(self) -> Batching | None:
        """Message batches."""
        return AnthropicBatching(self, self.endpoint.provider)

    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply:
        answer, headers = self._whole(PATH, self._body(request), timeout_s)
        reply = self.reply_of(answer, headers.get("request-id"))
        return reply if reply.model else replace(reply, model=request.model)

    def reply_of(self, answer: JsonObject, request_id: str | None) -> ModelReply:
        """A message as it came over the wire. Raises ProviderBadAnswer."""
        if not isinstance(answer.get("content"), list):
            raise self.bad_answer("holds no content")
        blocks = wire.objects(answer.get("content"))
        return ModelReply(
            text="".join(wire.text(block.get("text")) for block in blocks if block.get("type") == "text"),
            finish_reason=self._finish(answer.get("stop_reason")),
            usage=_usage(wire.obj(answer.get("usage"))),
            model=wire.text(answer.get("model")),
            tool_calls=tuple(
                ToolCall(wire.text(block.get("id")), wire.text(block.get("name")), wire.dumped(block.get("input")))
                for block in blocks
                if block.get("type") == "tool_use"
            ),
            request_id=request_id or wire.text(answer.get("id")) or None,
        )

    def _stream(self, request: ModelRequest, timeout_s: float) -> Generator[Delta, None, None]:
        with self._open(PATH, self._body(request) | {"stream": True}, timeout_s) as response:
            yield from self._deltas(response, request.model)

    def _deltas(self, response: httpx2.Response, model: str) -> Generator[Delta, None, None]:
        told: JsonObject = {}
        finish: object = None
        request_id = response.headers.get("request-id")
        calls: dict[int, int] = {}  # block index -> position among the tool calls
        for raw in wire.events(response.iter_raw(), provider=self.endpoint.provider):
            event = self._checked(raw)
            match event.get("type"):
                case "message_start":
                    message = wire.obj(event.get("message"))
                    told, model = wire.obj(message.get("usage")), wire.text(message.get("model")) or model
                    request_id = request_id or wire.text(message.get("id")) or None
                case "content_block_start" | "content_block_delta":
                    delta = _delta(event, calls, model)
                    if delta is not None:
                        yield delta
                case "message_delta":
                    told = told | {k: v for k, v in wire.obj(event.get("usage")).items() if v is not None}
                    finish = wire.obj(event.get("delta")).get("stop_reason") or finish
                case "message_stop":
                    reason = self._finish(finish)
                    yield Delta(finish_reason=reason, usage=_usage(told), model=model, request_id=request_id)

    def _finish(self, reason: object) -> FinishReason:
        known = _FINISH.get(wire.text(reason))
        if known is None:
            raise self.bad_answer("ended for an unknown reason")
        return known

    def _body(self, request: ModelRequest) -> JsonObject:
        if request.seed is not None:
            raise self.unsupported("a seed", "seed")
        first_turn = next((i for i, m in enumerate(request.messages) if m.role != "system"), len(request.messages))
        fields: JsonObject = {
            "model": request.model,
            "max_tokens": request.max_tokens or DEFAULT_MAX_TOKENS,
            "system": "\n\n".join(message.text for message in request.messages[:first_turn]) or None,
            "messages": self._turns(request.messages[first_turn:], first_turn),
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop_sequences": list(request.stop) or None,
            "tools": [
                {"name": t.name, "description": t.description, "input_schema": {"type": "object", **t.parameters}}
                for t in request.tools
            ]
            or None,
            "tool_choice": _tool_choice(request.tool_choice),
            **prompt_cache.vendor_options(request.options),
            "output_config": self._output_config(request),
        }
        body = {name: value for name, value in fields.items() if value is not None}
        return prompt_cache.marked(body) if prompt_cache.wanted(request, default=self.endpoint.prompt_cache) else body

    def _output_config(self, request: ModelRequest) -> JsonObject | None:
        config = dict(wire.obj(request.options.get("output_config")))
        wanted = request.response_format
        if wanted is not None:
            if wanted.type == "json_object" or wanted.schema is None:
                raise self.unsupported("JSON answers without a schema", "response_format")
            config["format"] = {"type": "json_schema", "schema": wanted.schema}
        return config or None

    def _turns(self, messages: tuple[Message, ...], offset: int) -> list[JsonObject]:
        """The turns, with neighbouring tool results in one user turn, as the protocol demands."""
        turns: list[JsonObject] = []
        results: list[JsonObject] = []
        for position, message in enumerate(messages, offset):
            if message.name is not None and message.role != "tool":
                raise self.unsupported("names of speakers", f"messages[{position}].name")
            if message.role != "tool":
                results = []
                turns.append({"role": message.role, "content": _blocks(message)})
                continue
            if not results:
                turns.append({"role": "user", "content": results})
            content = message.content if isinstance(message.content, str) else [_part(p) for p in message.content]
            results.append({"type": "tool_result", "tool_use_id": message.tool_call_id or "", "content": content})
        return turns


def _blocks(message: Message) -> str | list[JsonObject]:
    if isinstance(message.content, str) and not message.tool_calls:
        return message.content
    blocks: list[JsonObject]
    if isinstance(message.content, str):
        blocks = [{"type": "text", "text": message.content}] if message.content else []
    else:
        blocks = [_part(part) for part in message.content]
    for call in message.tool_calls:
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": wire.arguments(call.arguments)})
    return blocks


def _part(part: Part) -> JsonObject:
    if not isinstance(part, ImagePart):
        return {"type": "text", "text": part.text}
    data = wire.data_url(part.url)
    if data is None:
        return {"type": "image", "source": {"type": "url", "url": part.url}}
    return {"type": "image", "source": {"type": "base64", "media_type": data.media_type, "data": data.base64}}


def _tool_choice(choice: str | None) -> JsonObject | None:
    match choice:
        case None:
            return None
        case "auto" | "none":
            return {"type": choice}
        case "required":
            return {"type": "any"}
        case name:
            return {"type": "tool", "name": name}


def _delta(event: JsonObject, calls: dict[int, int], model: str) -> Delta | None:
    index = wire.whole(event.get("index"))
    block, delta = wire.obj(event.get("content_block")), wire.obj(event.get("delta"))
    if block.get("type") == "tool_use":
        position = calls.setdefault(index, len(calls))
        start = ToolCallDelta(position, id=wire.text(block.get("id")), name=wire.text(block.get("name")))
        return Delta(tool_calls=(start,), model=model)
    text = wire.text(delta.get("text")) or wire.text(block.get("text"))
    if text:
        return Delta(text=text, model=model)
    if delta.get("thinking") or block.get("type") == "redacted_thinking":
        return THOUGHT
    written = wire.text(delta.get("partial_json"))
    if written and index in calls:
        return Delta(tool_calls=(ToolCallDelta(calls[index], arguments=written),), model=model)
    return None


def _usage(told: JsonObject) -> Usage:
    output = wire.whole(told.get("output_tokens"))
    reasoning = min(wire.whole(wire.obj(told.get("output_tokens_details")).get("thinking_tokens")), output)
    return Usage(
        input_tokens=wire.whole(told.get("input_tokens")),
        cache_read_tokens=wire.whole(told.get("cache_read_input_tokens")),
        cache_write_tokens=wire.whole(told.get("cache_creation_input_tokens")),
        output_tokens=output - reasoning,
        reasoning_tokens=reasoning,
    )
