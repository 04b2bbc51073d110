"""OpenAI and every vendor that speaks its chat-completions protocol: they differ by base URL and key, not by code."""

import logging
from collections.abc import Generator, Sequence
from dataclasses import replace

import httpx2
from openai import OpenAI, OpenAIError, Stream

from app.domain.errors import ProviderUnavailable
from app.domain.message import (
    Delta,
    Embeddings,
    FinishReason,
    ImagePart,
    Message,
    ModelReply,
    ModelRequest,
    Part,
    ResponseFormat,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from app.providers import lines, pool, prompt_cache, wire
from app.providers.base import THOUGHT, Endpoint, option_names
from app.providers.batching import Batching
from app.providers.lines import Line
from app.providers.openai_batching import OpenAIBatching
from app.providers.pooled import PooledProvider
from app.providers.wire import JsonObject

BASE_URL = "https://api.openai.com/v1"

# Left out, hence refused: what changes the answer into something that a ModelReply cannot hold (n, audio,
# top_logprobs). Of `logprobs` it holds the mean, by which the answer's confidence is told.
OPENAI_OPTIONS = option_names(
    "frequency_penalty logit_bias logprobs max_completion_tokens max_tokens metadata parallel_tool_calls prediction "
    "presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort safety_identifier "
    "service_tier store stream_options user verbosity web_search_options"
)
# Words that only vendors beside OpenAI know (OpenRouter, vLLM, llama.cpp, Groq, xAI, Qwen, DeepSeek, Mistral).
COMPATIBLE_OPTIONS = option_names(
    "cache_prompt chat_template_kwargs enable_thinking frequency_penalty grammar guided_json guided_regex "
    "include_reasoning min_p plugins provider random_seed reasoning reasoning_format repeat_penalty "
    "repetition_penalty safe_prompt search_parameters thinking thinking_budget top_a top_k transforms typical_p"
)

logging.getLogger("openai").setLevel(logging.WARNING)  # at DEBUG it would write prompts

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class OpenAIProvider(PooledProvider):
    """Chat completions and embeddings through the OpenAI library's own client, without its typed re-parsing."""

    kind = "openai"
    known_options = OPENAI_OPTIONS | COMPATIBLE_OPTIONS

    base_url = BASE_URL
    library_error = OpenAIError

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        # Key and address are always given, so that the library reads neither from the environment.
        self._client = OpenAI(
            api_key=endpoint.api_key or "none", base_url=self._address, max_retries=0, http_client=self._http
        )
        self._client.organization = self._client.project = None
        self._is_openai = self._client.base_url.host.endswith(("openai.com", "openai.azure.com"))
        self._groups = self._client.base_url.host.endswith("openai.com")  # others refuse a word they do not know

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
        """A file of lines and a batch of it; a vendor that has no such thing refuses the file."""
        return OpenAIBatching(self, self.endpoint.provider)

    def uploaded(self, content: bytes, timeout_s: float) -> str:
        """The id of a file of lines for a batch; one attempt."""
        line = Line(timeout_s=timeout_s)
        with self._attempt(line, whole=True), lines.speaking(line):
            made = self._client.files.create(
                file=("lines.jsonl", content), purpose="batch", timeout=pool.timeout(timeout_s)
            )
        return made.id

    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply:
        answer, headers = self._whole("/chat/completions", self._body(request), timeout_s)
        reply = self.reply_of(answer, headers.get("x-request-id"))
        return reply if reply.model else replace(reply, model=request.model)

    def reply_of(self, answer: JsonObject, request_id: str | None) -> ModelReply:
        """A completion as it came over the wire. Raises ProviderBadAnswer, ProviderUnavailable."""
        choices = wire.objects(answer.get("choices"))
        if not choices:
            raise self.bad_answer("holds no choice")
        message = wire.obj(choices[0].get("message"))
        refusal = wire.text(message.get("refusal"))
        return ModelReply(
            text=wire.text(message.get("content")) or refusal,
            finish_reason="content_filter" if refusal else self._finish(choices[0].get("finish_reason")),
            usage=_usage(answer),
            model=wire.text(answer.get("model")),
            tool_calls=tuple(
                ToolCall(delta.id or f"call_{delta.index}", delta.name or "", delta.arguments)
                for delta in _tool_calls(message)
            ),
            request_id=request_id or wire.text(answer.get("id")) or None,
            logprob=_logprob(choices[0]),
        )

    def _stream(self, request: ModelRequest, timeout_s: float) -> Generator[Delta, None, None]:
        body = self._body(request) | {"stream": True}
        if "stream_options" not in request.options:  # given as null it stays out, for vendors that do not know it
            body["stream_options"] = {"include_usage": True}
        finish: FinishReason | None = None
        usage = Usage()
        model: str | None = None
        with self._open("/chat/completions", body, timeout_s) as response:
            request_id = response.headers.get("x-request-id")
            events = wire.events(response.iter_raw(), provider=self.endpoint.provider)
            for event in events:
                if event == b"[DONE]":
                    break
                chunk = self._checked(event)
                model = wire.text(chunk.get("model")) or model
                request_id = request_id or wire.text(chunk.get("id"))
                usage = _usage(chunk) if chunk.get("usage") or chunk.get("x_groq") else usage
                for choice in wire.objects(chunk.get("choices"))[:1]:
                    said = wire.obj(choice.get("delta"))
                    refusal = wire.text(said.get("refusal"))
                    if choice.get("finish_reason") or refusal:
                        finish = "content_filter" if refusal else finish or self._finish(choice.get("finish_reason"))
                    text = wire.text(said.get("content")) or refusal
                    calls = _tool_calls(said)
                    if text or calls:
                        yield Delta(text=text, tool_calls=calls, model=model)
                    elif said.get("reasoning_content") or said.get("reasoning"):
                        yield THOUGHT
            # Some compatible vendors leave [DONE] out; a finish reason before a clean end is their end mark.
            if finish is not None:
                model = model or request.model
                yield Delta(finish_reason=finish, usage=usage, model=model, request_id=request_id or None)
            for _ in events:
                pass

    def _embed(self, model: str, texts: Sequence[str], timeout_s: float) -> Embeddings:
        body: JsonObject = {"model": model, "input": list(texts), "encoding_format": "float"}
        answer, _ = self._whole("/embeddings", body, timeout_s, most=wire.MAX_EMBEDDINGS_BYTES)
        rows = sorted(wire.objects(answer.get("data")), key=lambda row: wire.whole(row.get("index")))
        return Embeddings(
            vectors=tuple(wire.vector(row.get("embedding")) for row in rows),
            usage=_usage(answer),
            model=wire.text(answer.get("model")) or model,
        )

    def _finish(self, reason: object) -> FinishReason:
        if reason == "insufficient_system_resource":  # DeepSeek gave up in the middle of the answer
            raise ProviderUnavailable("the vendor broke off the answer", provider=self.endpoint.provider)
        known = _FINISH.get(wire.text(reason))
        if known is None:
            raise self.bad_answer("ended for an unknown reason")
        return known

    def _body(self, request: ModelRequest) -> JsonObject:
        limit = "max_completion_tokens" if self._is_openai else "max_tokens"
        fields: JsonObject = {
            "model": request.model,
            "messages": [_message(message) for message in request.messages],
            limit: request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop": list(request.stop) or None,
            "seed": request.seed,
            "tools": [
                {
                    "type": "function",
                    "function": {"name": t.name, "description": t.description, "parameters": t.parameters},
                }
                for t in request.tools
            ]
            or None,
            "tool_choice": _tool_choice(request.tool_choice),
            "response_format": _response_format(request.response_format),
            **prompt_cache.vendor_options(request.options),
        }
        if self._groups and prompt_cache.wanted(request, default=self.endpoint.prompt_cache):
            fields.setdefault("prompt_cache_key", prompt_cache.group_of(request))
        return {name: value for name, value in fields.items() if value is not None}


def _message(message: Message) -> JsonObject:
    content = message.content if isinstance(message.content, str) else [_part(part) for part in message.content]
    fields: JsonObject = {"role": message.role, "content": content}
    if message.tool_calls:
        fields["content"] = content or None
        fields["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        fields["tool_call_id"] = message.tool_call_id
    if message.name is not None and message.role != "tool":
        fields["name"] = message.name
    return fields


def _part(part: Part) -> JsonObject:
    if isinstance(part, ImagePart):
        return {"type": "image_url", "image_url": {"url": part.url}}
    return {"type": "text", "text": part.text}


def _tool_choice(choice: str | None) -> object:
    if choice in (None, "auto", "none", "required"):
        return choice
    return {"type": "function", "function": {"name": choice}}


def _response_format(wanted: ResponseFormat | None) -> JsonObject | None:
    if wanted is None:
        return None
    if wanted.type == "json_object":
        return {"type": "json_object"}
    schema = {"name": wanted.name, "schema": wanted.schema, "strict": wanted.strict}
    return {"type": "json_schema", "json_schema": schema}


def _tool_calls(message: JsonObject) -> tuple[ToolCallDelta, ...]:
    calls = wire.objects(message.get("tool_calls"))
    return tuple(
        ToolCallDelta(
            index=wire.whole(call.get("index", position)),
            id=wire.text(call.get("id")) or None,
            name=wire.text(wire.obj(call.get("function")).get("name")) or None,
            arguments=wire.text(wire.obj(call.get("function")).get("arguments")),
        )
        for position, call in enumerate(calls)
    )


def _logprob(choice: JsonObject) -> float | None:
    """The mean over the tokens of the answer, where they were asked for."""
    told = [token.get("logprob") for token in wire.objects(wire.obj(choice.get("logprobs")).get("content"))]
    known = [float(each) for each in told if isinstance(each, int | float) and not isinstance(each, bool) and each <= 0]
    return sum(known) / len(known) if known else None


def _usage(answer: JsonObject) -> Usage:
    """Tokens on disjoint lines; all zero when the vendor told nothing."""
    told = wire.obj(answer.get("usage") or wire.obj(answer.get("x_groq")).get("usage"))
    prompt, completion = wire.whole(told.get("prompt_tokens")), wire.whole(told.get("completion_tokens"))
    read_details = wire.obj(told.get("prompt_tokens_details"))
    cached = wire.whole(read_details.get("cached_tokens")) or wire.whole(told.get("prompt_cache_hit_tokens"))
    written = wire.whole(read_details.get("cache_write_tokens"))
    reasoning = wire.whole(wire.obj(told.get("completion_tokens_details")).get("reasoning_tokens"))
    # xAI counts reasoning beside the completion, all others inside it; the total tells which.
    beside = reasoning > 0 and wire.whole(told.get("total_tokens")) == prompt + completion + reasoning
    return Usage(
        input_tokens=max(prompt - cached - written, 0),
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=completion if beside else max(completion - reasoning, 0),
        reasoning_tokens=reasoning,
    )
