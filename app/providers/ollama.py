"""Ollama's native protocol (newline-delimited JSON), so that its context size and keep-alive stay reachable."""

import weakref
from collections.abc import Generator, Sequence

import requests

from app.domain.errors import ProviderError
from app.domain.message import (
    Delta,
    Embeddings,
    FinishReason,
    ImagePart,
    Message,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from app.providers import faults, sessions, wire
from app.providers.base import THOUGHT, Endpoint, Provider, option_names
from app.providers.wire import JsonObject

BASE_URL = "http://127.0.0.1:11434"

# Source: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-request-with-options
RUNTIME_OPTIONS = option_names(
    "frequency_penalty main_gpu min_p mirostat mirostat_eta mirostat_tau num_batch num_ctx num_gpu num_keep "
    "num_thread penalize_newline presence_penalty repeat_last_n repeat_penalty top_k typical_p use_mlock use_mmap"
)
REQUEST_OPTIONS = frozenset({"keep_alive", "think", "truncate"})

_FINISH: dict[str, FinishReason] = {"stop": "stop", "length": "length"}


class OllamaProvider(Provider):
    """/api/chat and /api/embed. Proxies of the environment are not used: the server is a neighbour."""

    kind = "ollama"
    known_options = RUNTIME_OPTIONS | REQUEST_OPTIONS

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._base_url = (endpoint.base_url or BASE_URL).rstrip("/")
        self._session = sessions.prepare(requests.Session())
        self._session.trust_env = False
        if endpoint.api_key:
            self._session.headers["Authorization"] = f"Bearer {endpoint.api_key}"
        weakref.finalize(self, self._session.close)

    def translate(self, error: Exception) -> ProviderError:
        """The session's exception as one of ours."""
        return sessions.translate(error, provider=self.endpoint.provider)

    def _vendor_errors(self) -> tuple[type[Exception], ...]:
        return sessions.FAULTS

    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply:
        answer, request_id = self._whole("/api/chat", self._body(request) | {"stream": False}, timeout_s)
        if answer.get("done") is not True:
            raise self.bad_answer("is not done")
        message = wire.obj(answer.get("message"))
        calls = tuple(
            _tool_call(call, position) for position, call in enumerate(wire.objects(message.get("tool_calls")))
        )
        return ModelReply(
            text=wire.text(message.get("content")),
            finish_reason=self._finish(answer, called=len(calls)),
            usage=_usage(answer),
            model=wire.text(answer.get("model")) or request.model,
            tool_calls=calls,
            request_id=request_id,
        )

    def _stream(self, request: ModelRequest, timeout_s: float) -> Generator[Delta, None, None]:
        url, body = self._base_url + "/api/chat", wire.encode(self._body(request) | {"stream": True})
        called = 0
        with sessions.answer(self._session, url, body, timeout_s=timeout_s, provider=self.endpoint.provider) as opened:
            for line in wire.lines(opened.pieces, provider=self.endpoint.provider):
                if not line.strip():
                    continue
                answer = self._checked(line)
                message, model = wire.obj(answer.get("message")), wire.text(answer.get("model")) or request.model
                calls = [_tool_call(call, called + i) for i, call in enumerate(wire.objects(message.get("tool_calls")))]
                pieces = tuple(ToolCallDelta(called + i, c.id, c.name, c.arguments) for i, c in enumerate(calls))
                called += len(pieces)
                text = wire.text(message.get("content"))
                if text or pieces:
                    yield Delta(text=text, tool_calls=pieces, model=model)
                elif wire.text(message.get("thinking")):
                    yield THOUGHT
                if answer.get("done") is True:
                    finish = self._finish(answer, called=called)
                    yield Delta(finish_reason=finish, usage=_usage(answer), model=model, request_id=opened.request_id)

    def _embed(self, model: str, texts: Sequence[str], timeout_s: float) -> Embeddings:
        body: JsonObject = {"model": model, "input": list(texts)}
        answer, _ = self._whole("/api/embed", body, timeout_s, most=wire.MAX_EMBEDDINGS_BYTES)
        rows = answer.get("embeddings")
        return Embeddings(
            vectors=tuple(map(wire.vector, rows)) if isinstance(rows, list) else (),
            usage=Usage(input_tokens=wire.whole(answer.get("prompt_eval_count"))),
            model=wire.text(answer.get("model")) or model,
        )

    def _whole(self, path: str, body: JsonObject, timeout_s: float, **cap: int) -> tuple[JsonObject, str | None]:
        url, raw, name = self._base_url + path, wire.encode(body), self.endpoint.provider
        found, request_id = sessions.whole(self._session, url, raw, timeout_s=timeout_s, provider=name, **cap)
        return self._checked(found), request_id

    def _checked(self, raw: bytes) -> JsonObject:
        answer = wire.decode(raw, provider=self.endpoint.provider)
        if answer.get("error"):
            raise faults.from_body(self.endpoint.provider, answer)
        return answer

    def _finish(self, answer: JsonObject, *, called: int) -> FinishReason:
        known = _FINISH.get(wire.text(answer.get("done_reason")) or "stop")  # older servers give no reason
        if known is None:
            raise self.bad_answer("ended for an unknown reason")  # `load`, `unload`: the model was not asked
        return "tool_calls" if known == "stop" and called else known

    def _body(self, request: ModelRequest) -> JsonObject:
        if request.tool_choice not in (None, "auto", "none"):
            raise self.unsupported("forced tool calls", "tool_choice")
        wanted, tools = request.response_format, request.tools if request.tool_choice != "none" else ()
        runtime: JsonObject = {
            "num_predict": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop": list(request.stop) or None,
            "seed": request.seed,
            **{name: value for name, value in request.options.items() if name in RUNTIME_OPTIONS},
        }
        described = [{"name": t.name, "description": t.description, "parameters": t.parameters} for t in tools]
        fields: JsonObject = {
            "model": request.model,
            "messages": self._messages(request.messages),
            "tools": [{"type": "function", "function": tool} for tool in described] or None,
            "format": (wanted.schema if wanted.type == "json_schema" else "json") if wanted else None,
            "options": {name: value for name, value in runtime.items() if value is not None} or None,
            **{name: value for name, value in request.options.items() if name in REQUEST_OPTIONS},
        }
        return {name: value for name, value in fields.items() if value is not None}

    def _messages(self, messages: tuple[Message, ...]) -> list[JsonObject]:
        names = {call.id: call.name for message in messages for call in message.tool_calls}
        turns: list[JsonObject] = []
        for position, message in enumerate(messages):
            if message.name is not None and message.role != "tool":
                raise self.unsupported("names of speakers", f"messages[{position}].name")
            turn: JsonObject = {"role": message.role, "content": message.text}
            images = self._images(message, position)
            if images:
                turn["images"] = images
            if message.tool_calls:
                turn["tool_calls"] = [
                    {"function": {"name": call.name, "arguments": wire.arguments(call.arguments)}}
                    for call in message.tool_calls
                ]
            if message.role == "tool":
                turn["tool_name"] = message.name or names.get(message.tool_call_id or "", "")
            turns.append(turn)
        return turns

    def _images(self, message: Message, position: int) -> list[str]:
        if isinstance(message.content, str):
            return []
        found = [wire.data_url(part.url) for part in message.content if isinstance(part, ImagePart)]
        if None in found:
            raise self.unsupported("images by address, only data: URLs", f"messages[{position}].content")
        return [data.base64 for data in found if data is not None]


def _tool_call(call: JsonObject, position: int) -> ToolCall:
    function = wire.obj(call.get("function"))
    identity = wire.text(call.get("id")) or f"call_{position}"
    return ToolCall(identity, wire.text(function.get("name")), wire.dumped(function.get("arguments") or {}))


def _usage(answer: JsonObject) -> Usage:
    """Both counts or none: a server that answers from its prompt cache may leave the first out."""
    read, written = wire.whole(answer.get("prompt_eval_count")), wire.whole(answer.get("eval_count"))
    return Usage(input_tokens=read, output_tokens=written) if read else Usage()
