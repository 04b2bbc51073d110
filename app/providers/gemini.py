"""Gemini through google-generativeai, whose session and key handling are used and whose retries and types are not.

The library is past its end of life: its types know neither thought parts (they would be shown as the answer), nor
seeds, nor thinking budgets, and its retries ignore the timeout. So both kinds of answer are read as raw JSON over the
library's own REST session, built for one key and never by the global `configure()`.
"""

import logging
import mimetypes
import warnings
import weakref
from collections.abc import Generator, Iterator, Sequence
from urllib.parse import quote

import requests

with warnings.catch_warnings():
    # The library announces its end of life, and its own dependencies' ends, as warnings at import.
    warnings.simplefilter("ignore")
    from google.generativeai.client import _ClientManager

from app.domain.errors import ContentRefused, ProviderError, ProviderUnconfigured
from app.domain.message import (
    Delta,
    Embeddings,
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
from app.providers import faults, sessions, wire
from app.providers.base import THOUGHT, Endpoint, Provider
from app.providers.wire import JsonObject

logging.getLogger("google").setLevel(logging.WARNING)  # at DEBUG it would write prompts

SIGNATURE_MARK = "~"  # a tool call's id carries the signature that thinking models want back with the call

_GENERATION_OPTIONS = {
    "frequency_penalty": "frequencyPenalty",
    "media_resolution": "mediaResolution",
    "presence_penalty": "presencePenalty",
    "thinking_config": "thinkingConfig",
    "top_k": "topK",
}
_REQUEST_OPTIONS = {"cached_content": "cachedContent", "safety_settings": "safetySettings", "labels": "labels"}
_WITHHELD = ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY")
_FINISH: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(_WITHHELD, "content_filter"),
}


class GeminiProvider(Provider):
    """generateContent, streamGenerateContent and batchEmbedContents of the v1beta REST interface."""

    kind = "gemini"
    known_options = frozenset(_GENERATION_OPTIONS) | frozenset(_REQUEST_OPTIONS)

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        if not endpoint.api_key:
            raise ProviderUnconfigured(f"no API key for {endpoint.provider}", provider=endpoint.provider)
        manager = _ClientManager()
        # The override needs its scheme (`http://…`), or the library would speak https to a local address.
        options = {"api_endpoint": endpoint.base_url.rstrip("/")} if endpoint.base_url else {}
        manager.configure(api_key=endpoint.api_key, transport="rest", client_options=options)
        transport = manager.make_client("generative").transport  # type: ignore[no-untyped-call]  # the library has no types
        self._host: str = transport._host
        self._session: requests.Session = sessions.prepare(transport._session)
        # A key cannot be refreshed; without this the session would send a request refused with 401 twice more.
        transport._session._refresh_status_codes = ()
        weakref.finalize(self, transport.close)

    def translate(self, error: Exception) -> ProviderError:
        """The session's exception as one of ours."""
        return sessions.translate(error, provider=self.endpoint.provider)

    def _vendor_errors(self) -> tuple[type[Exception], ...]:
        return sessions.FAULTS

    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply:
        answer, request_id = self._whole(self._url(request.model, "generateContent"), self._body(request), timeout_s)
        candidate = self._candidate(answer)
        parts = _parts(candidate)
        calls = tuple(_tool_call(part, position) for position, part in enumerate(_calls(parts)))
        return ModelReply(
            text="".join(map(_text, parts)),
            finish_reason=self._finish(candidate.get("finishReason"), called=len(calls)),
            usage=_usage(answer),
            model=wire.text(answer.get("modelVersion")) or request.model,
            tool_calls=calls,
            request_id=wire.text(answer.get("responseId")) or request_id,
        )

    def _stream(self, request: ModelRequest, timeout_s: float) -> Generator[Delta, None, None]:
        body = wire.encode(self._body(request))
        url = self._url(request.model, "streamGenerateContent") + "?alt=sse"
        called, finish, usage, model = 0, None, Usage(), request.model
        with sessions.answer(self._session, url, body, timeout_s=timeout_s, provider=self.endpoint.provider) as opened:
            request_id = opened.request_id
            for event in wire.events(opened.pieces, provider=self.endpoint.provider):
                answer = self._checked(event)
                request_id = wire.text(answer.get("responseId")) or request_id
                usage = _usage(answer) if answer.get("usageMetadata") else usage
                model = wire.text(answer.get("modelVersion")) or model
                candidate = self._candidate(answer)
                finish = candidate.get("finishReason") or finish
                parts = _parts(candidate)
                calls = [_tool_call(part, called + position) for position, part in enumerate(_calls(parts))]
                pieces = tuple(ToolCallDelta(called + i, c.id, c.name, c.arguments) for i, c in enumerate(calls))
                called += len(pieces)
                text = "".join(map(_text, parts))
                if text or pieces:
                    yield Delta(text=text, tool_calls=pieces, model=model)
                elif any(map(_text, _parts(candidate, thought=True))):
                    yield THOUGHT
        if finish is not None:  # the body has ended cleanly, and after the vendor's own end mark
            reason = self._finish(finish, called=called)
            yield Delta(finish_reason=reason, usage=usage, model=model, request_id=request_id)

    def _embed(self, model: str, texts: Sequence[str], timeout_s: float) -> Embeddings:
        name = model if "/" in model else f"models/{model}"
        body: JsonObject = {"requests": [{"model": name, "content": {"parts": [{"text": text}]}} for text in texts]}
        url = self._url(model, "batchEmbedContents")
        answer, _ = self._whole(url, body, timeout_s, most=wire.MAX_EMBEDDINGS_BYTES)
        rows = wire.objects(answer.get("embeddings"))
        return Embeddings(vectors=tuple(wire.vector(row.get("values")) for row in rows), usage=Usage(), model=model)

    def _whole(self, url: str, body: JsonObject, timeout_s: float, **cap: int) -> tuple[JsonObject, str | None]:
        name, raw = self.endpoint.provider, wire.encode(body)
        found, request_id = sessions.whole(self._session, url, raw, timeout_s=timeout_s, provider=name, **cap)
        return self._checked(found), request_id

    def _url(self, model: str, verb: str) -> str:
        name = model if "/" in model else f"models/{model}"
        return f"{self._host}/v1beta/{quote(name)}:{verb}"

    def _checked(self, raw: bytes) -> JsonObject:
        answer = wire.decode(raw, provider=self.endpoint.provider)
        if answer.get("error"):
            raise faults.from_body(self.endpoint.provider, answer)
        return answer

    def _candidate(self, answer: JsonObject) -> JsonObject:
        if wire.obj(answer.get("promptFeedback")).get("blockReason"):
            raise ContentRefused("the vendor's content policy blocked the prompt", provider=self.endpoint.provider)
        candidates = wire.objects(answer.get("candidates"))
        if not candidates and not answer.get("usageMetadata"):
            raise self.bad_answer("holds no candidate")
        return candidates[0] if candidates else {}

    def _finish(self, reason: object, *, called: int) -> FinishReason:
        known = _FINISH.get(wire.text(reason))
        if known is None:
            raise self.bad_answer("ended for an unknown reason")
        return "tool_calls" if known == "stop" and called else known

    def _body(self, request: ModelRequest) -> JsonObject:
        options = request.options
        system = "\n\n".join(message.text for message in request.messages if message.role == "system")
        declared = [{"name": t.name, "description": t.description, **_parameters(t.parameters)} for t in request.tools]
        fields: JsonObject = {
            "contents": self._contents(request.messages),
            "systemInstruction": {"parts": [{"text": system}]} if system else None,
            "generationConfig": _generation_config(request) or None,
            "tools": [{"functionDeclarations": declared}] if declared else None,
            "toolConfig": _tool_config(request.tool_choice),
            **{word: options[name] for name, word in _REQUEST_OPTIONS.items() if name in options},
        }
        return {name: value for name, value in fields.items() if value is not None}

    def _contents(self, messages: tuple[Message, ...]) -> list[JsonObject]:
        names = {call.id: call.name for message in messages for call in message.tool_calls}
        contents: list[JsonObject] = []
        for position, message in enumerate(messages):
            if message.role == "system":
                continue
            if message.role == "tool":
                name = message.name or names.get(message.tool_call_id or "")
                if not name:
                    raise self.unsupported("an answer to an unknown tool call", f"messages[{position}].tool_call_id")
                _append(contents, "user", [_function_response(name, message.text)])
                continue
            if message.name is not None:
                raise self.unsupported("names of speakers", f"messages[{position}].name")
            _append(contents, "model" if message.role == "assistant" else "user", list(_said(message)))
        return contents


def _append(contents: list[JsonObject], role: str, parts: list[JsonObject]) -> None:
    """Adds a turn; neighbouring turns of one role are one, since answers to parallel calls must stand together."""
    last = contents[-1] if contents else {}
    if last.get("role") == role:
        last["parts"] = [*wire.objects(last.get("parts")), *parts]
    else:
        contents.append({"role": role, "parts": parts})


def _said(message: Message) -> Iterator[JsonObject]:
    if isinstance(message.content, str):
        if message.content or not message.tool_calls:
            yield {"text": message.content}
    else:
        yield from map(_part, message.content)
    for call in message.tool_calls:
        signature = call.id.partition(SIGNATURE_MARK)[2]
        part: JsonObject = {"functionCall": {"name": call.name, "args": wire.arguments(call.arguments)}}
        yield part | ({"thoughtSignature": signature} if signature else {})


def _part(part: Part) -> JsonObject:
    if not isinstance(part, ImagePart):
        return {"text": part.text}
    data = wire.data_url(part.url)
    if data is not None:
        return {"inlineData": {"mimeType": data.media_type, "data": data.base64}}
    media_type = mimetypes.guess_type(part.url)[0]
    return {"fileData": {"fileUri": part.url} | ({"mimeType": media_type} if media_type else {})}


def _function_response(name: str, text: str) -> JsonObject:
    found = wire.arguments(text)
    return {"functionResponse": {"name": name, "response": found if "input" not in found else {"result": text}}}


def _parameters(schema: object) -> JsonObject:
    return {"parametersJsonSchema": schema} if schema else {}


def _generation_config(request: ModelRequest) -> JsonObject:
    wanted = request.response_format
    config: JsonObject = {
        "maxOutputTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
        "seed": request.seed,
        "responseMimeType": "application/json" if wanted else None,
        "responseJsonSchema": wanted.schema if wanted else None,
        **{word: request.options[name] for name, word in _GENERATION_OPTIONS.items() if name in request.options},
    }
    return {name: value for name, value in config.items() if value is not None}


def _tool_config(choice: str | None) -> JsonObject | None:
    match choice:
        case None:
            return None
        case "auto" | "none":
            calling: JsonObject = {"mode": choice.upper()}
        case "required":
            calling = {"mode": "ANY"}
        case name:
            calling = {"mode": "ANY", "allowedFunctionNames": [name]}
    return {"functionCallingConfig": calling}


def _parts(candidate: JsonObject, *, thought: bool = False) -> list[JsonObject]:
    """The parts of the answer, or those of the thoughts before it."""
    parts = wire.objects(wire.obj(candidate.get("content")).get("parts"))
    return [part for part in parts if (part.get("thought") is True) is thought]


def _text(part: JsonObject) -> str:
    return wire.text(part.get("text"))


def _calls(parts: list[JsonObject]) -> list[JsonObject]:
    return [part for part in parts if isinstance(part.get("functionCall"), dict)]


def _tool_call(part: JsonObject, position: int) -> ToolCall:
    call, signature = wire.obj(part.get("functionCall")), wire.text(part.get("thoughtSignature"))
    identity = wire.text(call.get("id")) or f"call_{position}"
    return ToolCall(
        id=identity + (SIGNATURE_MARK + signature if signature else ""),
        name=wire.text(call.get("name")),
        arguments=wire.dumped(call.get("args") or {}),
    )


def _usage(answer: JsonObject) -> Usage:
    """Tokens on disjoint lines; thinking is what the total holds beyond prompt and answer, never below zero."""
    told = wire.obj(answer.get("usageMetadata"))
    prompt = wire.whole(told.get("promptTokenCount")) + wire.whole(told.get("toolUsePromptTokenCount"))
    cached, output = wire.whole(told.get("cachedContentTokenCount")), wire.whole(told.get("candidatesTokenCount"))
    thought = wire.whole(told.get("thoughtsTokenCount"))
    return Usage(
        input_tokens=max(prompt - cached, 0),
        cache_read_tokens=cached,
        output_tokens=output,
        reasoning_tokens=thought or max(wire.whole(told.get("totalTokenCount")) - prompt - output, 0),
    )
