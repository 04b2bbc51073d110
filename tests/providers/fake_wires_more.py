"""The wires of Anthropic and Gemini, whose answers are made of typed blocks and parts."""

import json
from collections.abc import Iterator
from typing import ClassVar

from app.domain.message import Usage
from tests.providers.fake_wires import LEAK, Body, Script, Wire, cut_up, echo, error_table, sse


def _anthropic_error(kind: str, message: str = "") -> Body:
    return {"type": "error", "error": {"type": kind, "message": f"{message} {LEAK}"}, "request_id": "req_1"}


def _gemini_error(code: int, status: str, message: str = "") -> Body:
    return {"error": {"code": code, "message": f"{message} {LEAK}", "status": status}}


class AnthropicWire(Wire):
    """Shapes as in the types of the anthropic library 2.11 (`types/message`, `types/raw_message_stream_event`)."""

    FINISH: ClassVar = {
        "stop": "end_turn",
        "length": "max_tokens",
        "tool_calls": "tool_use",
        "content_filter": "refusal",
    }
    ERRORS = error_table(
        bad_parameter=(400, _anthropic_error("invalid_request_error")),
        bad_key=(401, _anthropic_error("authentication_error")),
        forbidden=(403, _anthropic_error("permission_error")),
        unknown_model=(404, _anthropic_error("not_found_error")),
        context=(400, _anthropic_error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")),
        rate_limited=(429, _anthropic_error("rate_limit_error")),
        broken=(500, _anthropic_error("api_error")),
        overloaded=(529, _anthropic_error("overloaded_error")),
    )

    def whole(self, asked: Body, script: Script) -> Body:
        blocks: list[Body] = [{"type": "thinking", "thinking": script.thought, "signature": "s"}]
        blocks.append({"type": "text", "text": echo(asked, script)})
        for call in script.tool_calls:
            blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments)})
        answer: Body = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked["model"]}
        answer |= {"content": blocks, "stop_reason": self.finish(script)}
        return answer | ({"usage": self.usage(script.usage)} if script.usage else {})

    def events(self, asked: Body, script: Script) -> Iterator[bytes]:
        def event(kind: str, **fields: object) -> bytes:
            return sse({"type": kind, **fields}, kind)

        def block(index: int, start: Body, deltas: list[Body]) -> Iterator[bytes]:
            yield event("content_block_start", index=index, content_block=start)
            for delta in deltas:
                yield event("content_block_delta", index=index, delta=delta)
            yield event("content_block_stop", index=index)

        told = self.usage(script.usage) if script.usage else {}
        start = {"id": "msg_1", "role": "assistant", "model": asked["model"], "usage": told | {"output_tokens": 1}}
        yield event("message_start", message=start if script.usage else start | {"usage": {}})
        yield event("ping")
        thinking: list[Body] = [{"type": "thinking_delta", "thinking": script.thought}]
        yield from block(0, {"type": "thinking", "thinking": ""}, thinking)
        pieces = cut_up(echo(asked, script), script.pieces)
        yield from block(1, {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces])
        for index, call in enumerate(script.tool_calls, 2):
            parts = [{"type": "input_json_delta", "partial_json": piece} for piece in cut_up(call.arguments, 2)]
            yield from block(index, {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, parts)
        end = {key: told[key] for key in ("output_tokens", "output_tokens_details") if key in told}
        yield event("message_delta", delta={"stop_reason": self.finish(script)}, usage=end)
        yield event("message_stop")

    @staticmethod
    def usage(usage: Usage) -> Body:
        """Input stands without the cache; thinking stands inside the output."""
        return {
            "input_tokens": usage.input_tokens,
            "cache_read_input_tokens": usage.cache_read_tokens,
            "cache_creation_input_tokens": usage.cache_write_tokens,
            "output_tokens": usage.completion_tokens,
            "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
        }


class GeminiWire(Wire):
    """Shapes as in https://ai.google.dev/api/generate-content."""

    FINISH: ClassVar = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}
    ERRORS = error_table(
        bad_parameter=(400, _gemini_error(400, "INVALID_ARGUMENT")),
        bad_key=(401, _gemini_error(401, "UNAUTHENTICATED")),
        forbidden=(403, _gemini_error(403, "PERMISSION_DENIED")),
        unknown_model=(404, _gemini_error(404, "NOT_FOUND")),
        context=(400, _gemini_error(400, "INVALID_ARGUMENT", "exceeds the maximum number of tokens allowed")),
        rate_limited=(429, _gemini_error(429, "RESOURCE_EXHAUSTED")),
        broken=(500, _gemini_error(500, "INTERNAL")),
        overloaded=(503, _gemini_error(503, "UNAVAILABLE")),
    )

    def whole(self, asked: Body, script: Script) -> Body:
        parts: list[Body] = [{"text": script.thought, "thought": True}]
        parts += [{"text": echo(asked, script)}] if echo(asked, script) else []
        candidate = {"content": {"role": "model", "parts": parts + self.calls(script)}}
        return self.answer(candidate | {"finishReason": self.finish(script)}, script)

    def events(self, asked: Body, script: Script) -> Iterator[bytes]:
        def event(*parts: Body, **more: object) -> bytes:
            return sse(self.answer({"content": {"role": "model", "parts": list(parts)}, **more}, script))

        yield event({"text": script.thought, "thought": True})
        for piece in cut_up(echo(asked, script), script.pieces):
            yield event({"text": piece})
        yield event(*self.calls(script), finishReason=self.finish(script))

    def embeddings(self, texts: list[str]) -> Body:
        return {"embeddings": [{"values": [float(len(text)), float(i)]} for i, text in enumerate(texts)]}

    @staticmethod
    def calls(script: Script) -> list[Body]:
        """Tool calls with arguments as objects and the signature that thinking models want back."""
        return [
            {
                "functionCall": {"id": call.id, "name": call.name, "args": json.loads(call.arguments)},
                "thoughtSignature": "c2lnbmVk",
            }
            for call in script.tool_calls
        ]

    def answer(self, candidate: Body, script: Script) -> Body:
        """Usage stands in every piece; thinking is only found as the rest of the total."""
        answer: Body = {"candidates": [candidate], "modelVersion": "gemini-fake", "responseId": "r1"}
        usage = script.usage
        if usage is None:
            return answer
        told = {
            "promptTokenCount": usage.prompt_tokens,
            "cachedContentTokenCount": usage.cache_read_tokens,
            "candidatesTokenCount": usage.output_tokens,
            "totalTokenCount": usage.total_tokens,
        }
        return answer | {"usageMetadata": told}
