"""What four vendors would put on the wire for one and the same Script, as far as our providers read it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from app.domain.message import FinishReason, ToolCall, Usage

LEAK = "VENDOR-TEXT-THAT-QUOTES-THE-PROMPT"  # stands in every error body and must never come out
USAGE = Usage(input_tokens=11, cache_read_tokens=5, output_tokens=7, reasoning_tokens=3)
Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Script:
    """How the fake answers one request; without `text` it echoes the last turn.

    `usage` None: the vendor tells nothing. `error`: a key of the vendor's ERRORS. `pieces`: into how many parts a
    streamed text is cut, `gap_s` apart, the first after `delay_s`; with a gap, a whole answer has as many blank lines
    before it. `cut`: hang up after that part (0…1) of the body. `unframed`: the stream's end is the end of the
    connection, so that a cut looks like an end. `body`: raw bytes sent with status 200. `holds`: stop after the first
    words until the client hangs up. `forever`: this piece again and again, `gap_s` apart, instead of the answer, or
    with `holds` after the first words. `raw`: these bytes instead of any HTTP, then the end of the connection; with a
    gap, byte by byte.
    """

    text: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = USAGE
    finish: FinishReason = "stop"
    thought: str = ""
    error: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    gap_s: float = 0.0
    pieces: int = 4
    cut: float | None = None
    unframed: bool = False
    body: bytes | None = None
    holds: bool = False
    forever: bytes | None = None
    raw: bytes | None = None


class Wire:
    """One vendor's words. `ERRORS` holds status and body per kind of error."""

    ERRORS: ClassVar[dict[str, tuple[int, Body]]] = {}
    FINISH: ClassVar[dict[str, str]] = {}
    content_type = "text/event-stream"

    def whole(self, asked: Body, script: Script) -> Body:
        """The body of a whole answer."""
        raise AssertionError

    def events(self, asked: Body, script: Script) -> Iterator[bytes]:
        """The pieces of a streamed answer, framed."""
        raise AssertionError

    def embeddings(self, texts: list[str]) -> Body:
        """One vector per text."""
        raise AssertionError

    def finish(self, script: Script) -> str:
        """The vendor's word for the end."""
        return self.FINISH["tool_calls" if script.tool_calls else script.finish]


def error_table(**kinds: tuple[int, Body]) -> dict[str, tuple[int, Body]]:
    """The table as it is, after a look that each body holds the text that must not leak."""
    assert all(LEAK in json.dumps(body) for _, body in kinds.values())
    return kinds


def sse(data: Body, event: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def cut_up(text: str, pieces: int) -> list[str]:
    """The text in at most `pieces` parts that join to it."""
    size = max(-(-len(text) // pieces), 1)
    return [text[start : start + size] for start in range(0, len(text), size)]


def echo(asked: Body, script: Script) -> str:
    """The text to say: the script's, else the last turn's, wherever the vendor puts it."""
    if script.text is not None or script.tool_calls:
        return script.text or ""
    turns = asked.get("messages") or asked.get("contents")
    assert isinstance(turns, list)
    said = turns[-1].get("content") or turns[-1].get("parts")
    return said if isinstance(said, str) else "".join(part.get("text", "") for part in said)


class OpenAIWire(Wire):
    """Shapes as in the types of the openai library 3.52 (`types/chat`, `types/completion_usage`)."""

    FINISH: ClassVar = {name: name for name in ("stop", "length", "tool_calls", "content_filter")}
    ERRORS = error_table(
        bad_parameter=(400, {"error": {"message": LEAK, "type": "invalid_request_error", "code": "bad_value"}}),
        bad_key=(401, {"error": {"message": LEAK, "type": "invalid_request_error", "code": "invalid_api_key"}}),
        forbidden=(403, {"error": {"message": LEAK, "type": "permission_error"}}),
        unknown_model=(404, {"error": {"message": LEAK, "code": "model_not_found"}}),
        context=(400, {"error": {"message": LEAK, "code": "context_length_exceeded"}}),
        content=(400, {"error": {"message": LEAK, "code": "content_policy_violation"}}),
        rate_limited=(429, {"error": {"message": LEAK, "type": "requests", "code": "rate_limit_exceeded"}}),
        broken=(500, {"error": {"message": LEAK, "type": "server_error"}}),
        overloaded=(503, {"error": {"message": LEAK, "type": "server_error"}}),
    )

    def whole(self, asked: Body, script: Script) -> Body:
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in script.tool_calls
        ]
        message = {"role": "assistant", "content": echo(asked, script) or None, "reasoning_content": script.thought}
        choice = {"index": 0, "message": message | ({"tool_calls": calls} if calls else {})}
        answer: Body = {"id": "chatcmpl-1", "object": "chat.completion", "model": asked["model"]}
        answer["choices"] = [choice | {"finish_reason": self.finish(script)}]
        return answer | ({"usage": self.usage(script.usage)} if script.usage else {})

    def events(self, asked: Body, script: Script) -> Iterator[bytes]:
        def chunk(delta: Body, finish: str | None = None) -> bytes:
            choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
            return sse({"id": "chatcmpl-1", "model": asked["model"], "choices": choices, "usage": None})

        yield b": keep-alive\n\n"
        yield chunk({"role": "assistant", "content": "", "reasoning_content": script.thought})
        for piece in cut_up(echo(asked, script), script.pieces):
            yield chunk({"content": piece})
        for index, call in enumerate(script.tool_calls):
            yield chunk({"tool_calls": [{"index": index, "id": call.id, "function": {"name": call.name}}]})
            for piece in cut_up(call.arguments, 2):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        yield chunk({}, self.finish(script))
        if script.usage and asked.get("stream_options") == {"include_usage": True}:
            yield sse({"model": asked["model"], "choices": [], "usage": self.usage(script.usage)})
        yield b"data: [DONE]\n\n"

    def embeddings(self, texts: list[str]) -> Body:
        rows = [{"index": i, "embedding": [float(len(text)), float(i)]} for i, text in enumerate(texts)]
        return {"data": rows[::-1], "model": "embedder", "usage": {"prompt_tokens": 4, "total_tokens": 4}}

    @staticmethod
    def usage(usage: Usage) -> Body:
        """Cached tokens stand inside the prompt, reasoning inside the completion."""
        return {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.total_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        }


class OllamaWire(Wire):
    """Shapes as in https://github.com/ollama/ollama/blob/main/docs/api.md; no lines for cached or thinking tokens."""

    FINISH: ClassVar = {"stop": "stop", "length": "length", "tool_calls": "stop"}
    content_type = "application/x-ndjson"
    ERRORS = error_table(
        bad_parameter=(400, {"error": LEAK}),
        bad_key=(401, {"error": LEAK}),
        forbidden=(403, {"error": LEAK}),
        unknown_model=(404, {"error": f"model not found: {LEAK}"}),
        context=(400, {"error": f"the input exceeds the context length {LEAK}"}),
        rate_limited=(429, {"error": LEAK}),
        broken=(500, {"error": LEAK}),
        overloaded=(503, {"error": LEAK}),
    )

    def whole(self, asked: Body, script: Script) -> Body:
        message = {"role": "assistant", "content": echo(asked, script), "thinking": script.thought}
        return self.answer(asked, message | self.calls(script)) | self.end(script)

    def events(self, asked: Body, script: Script) -> Iterator[bytes]:
        def line(answer: Body) -> bytes:
            return json.dumps(answer).encode() + b"\n"

        yield line(self.answer(asked, {"role": "assistant", "content": "", "thinking": script.thought}))
        for piece in cut_up(echo(asked, script), script.pieces):
            yield line(self.answer(asked, {"role": "assistant", "content": piece}))
        if script.tool_calls:
            yield line(self.answer(asked, {"role": "assistant", "content": ""} | self.calls(script)))
        yield line(self.answer(asked, {"role": "assistant", "content": ""}) | self.end(script))

    def embeddings(self, texts: list[str]) -> Body:
        rows = [[float(len(text)), float(i)] for i, text in enumerate(texts)]
        return {"model": "embedder", "embeddings": rows, "prompt_eval_count": 4}

    @staticmethod
    def answer(asked: Body, message: Body) -> Body:
        """One line before the last."""
        return {"model": asked["model"], "message": message, "done": False}

    @staticmethod
    def calls(script: Script) -> Body:
        """Tool calls without ids, with arguments as objects."""
        calls = [
            {"function": {"name": call.name, "arguments": json.loads(call.arguments)}} for call in script.tool_calls
        ]
        return {"tool_calls": calls} if calls else {}

    def end(self, script: Script) -> Body:
        """What only the last line holds."""
        usage = script.usage or Usage()
        told = {"prompt_eval_count": usage.prompt_tokens, "eval_count": usage.completion_tokens}
        return {"done": True, "done_reason": self.finish(script)} | (told if script.usage else {})
