"""OpenAI's wire: completions, chunks, embeddings, models and errors, byte for byte as its clients expect them."""

import base64
import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import Final

import orjson
from flask import Response

from app.api.faults import WORDS
from app.api.openai_payloads import UNSUPPORTED
from app.api.problems import Problem
from app.domain import errors
from app.domain.message import Delta, Embeddings, FinishReason, ModelReply, Usage

JSON: Final = "application/json"
DONE: Final = b"data: [DONE]\n\n"

TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
    502: "server_error",
    503: "server_error",
    504: "server_error",
}
# OpenAI's own words and statuses where it has them; every other code is ours with underscores.
KNOWN: Final[Mapping[str, tuple[int, str]]] = {
    errors.UnknownModel.code: (404, "model_not_found"),
    errors.UnknownTask.code: (404, "model_not_found"),
    errors.Unauthenticated.code: (401, "invalid_api_key"),
    errors.LimitExceeded.code: (429, "rate_limit_exceeded"),
    errors.ContextTooLong.code: (400, "context_length_exceeded"),
    errors.ContentRefused.code: (400, "content_policy_violation"),
    errors.Unsupported.code: (400, "unsupported_parameter"),
    errors.Invalid.code: (400, "invalid_value"),
}


def error_body(problem: Problem) -> tuple[int, dict[str, object]]:
    """Status and `{"error": …}` of a failure."""
    status, code = KNOWN.get(problem.code, (problem.status, problem.code.replace("-", "_")))
    if problem.faults and problem.faults[0].message == WORDS["extra_forbidden"]:
        code = "unsupported_parameter" if problem.field in UNSUPPORTED else "unknown_parameter"
    status = 400 if status == 422 else status
    told = {
        "message": problem.detail,
        "type": TYPES.get(status, "invalid_request_error"),
        "param": _param(problem.field),
        "code": code,
        **problem.told,
    }
    return status, {"error": told}


def error_response(problem: Problem, instance: str) -> Response:
    """The failure in OpenAI's shape; the request's id stands in X-Request-Id, as with OpenAI."""
    status, body = error_body(problem)
    response = Response(orjson.dumps(body), status, problem.headers(), mimetype=JSON)
    response.headers["X-Request-Id"] = instance
    return response


def error_frame(problem: Problem) -> bytes:
    """The failure as the last line of a stream, which then has no `[DONE]`."""
    return b"data: " + orjson.dumps(error_body(problem)[1]) + b"\n\n"


def completion(reply: ModelReply, usage: Usage, *, id: str, model: str, created: int) -> bytes:
    """A `chat.completion`."""
    message: dict[str, object] = {"role": "assistant", "content": reply.text or None, "refusal": None}
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.tool_calls
        ]
    else:
        message["content"] = reply.text
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reply.finish_reason}
    return orjson.dumps(
        {
            "id": id,
            "object": "chat.completion",
            "created": created,
            "model": model,
            "choices": [choice],
            "usage": usage_of(usage) | {"model": model},
        }
    )


class Chunks:
    """The lines of one stream; what all chunks share is written once."""

    def __init__(self, *, id: str, model: str, created: int, with_usage: bool) -> None:
        self._model = model
        head = orjson.dumps({"id": id, "object": "chat.completion.chunk", "created": created, "model": model})
        self._head = b"data: " + head[:-1] + b","
        self._tail = b',"usage":null}\n\n' if with_usage else b"}\n\n"

    def opening(self) -> bytes:
        """The first chunk, which names the role."""
        return self._chunk({"role": "assistant", "content": "", "refusal": None}, None)

    def piece(self, delta: Delta) -> bytes:
        """A piece of the answer."""
        told: dict[str, object] = {}
        if delta.text:
            told["content"] = delta.text
        if delta.tool_calls:
            told["tool_calls"] = [
                {
                    "index": call.index,
                    **({} if call.id is None else {"id": call.id, "type": "function"}),
                    "function": {
                        **({} if call.name is None else {"name": call.name}),
                        "arguments": call.arguments,
                    },
                }
                for call in delta.tool_calls
            ]
        return self._chunk(told, None)

    def restart(self) -> bytes:
        """Our own chunk: the pieces before it are void, the answer begins anew."""
        choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": None}
        return self._head + b'"restart":true,"choices":' + orjson.dumps([choice]) + self._tail

    def end(self, finish_reason: FinishReason, *, route_id: str | None = None) -> bytes:
        """The chunk that says why the answer ends; with a member of ours, `route_id`, where the router picked."""
        chunk = self._chunk({}, finish_reason)
        if route_id is None:
            return chunk
        return self._head + b'"route_id":' + orjson.dumps(route_id) + b"," + chunk.removeprefix(self._head)

    def usage(self, usage: Usage) -> bytes:
        """The chunk of usage, which has no choices."""
        return self._head + b'"choices":[],"usage":' + orjson.dumps(usage_of(usage) | {"model": self._model}) + b"}\n\n"

    def _chunk(self, delta: dict[str, object], finish_reason: FinishReason | None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._head + b'"choices":' + orjson.dumps([choice]) + self._tail


def embeddings(found: Embeddings, *, model: str, encoded: bool) -> bytes:
    """A `list` of embeddings, as numbers or as base64 of little-endian float32."""
    data = [
        {"object": "embedding", "index": at, "embedding": _base64(vector) if encoded else vector}
        for at, vector in enumerate(found.vectors)
    ]
    tokens = found.usage.prompt_tokens
    usage = {"prompt_tokens": tokens, "total_tokens": found.usage.total_tokens}
    return orjson.dumps({"object": "list", "data": data, "model": model, "usage": usage})


def model_entry(id: str, *, owner: str, created: int) -> dict[str, object]:
    """A `model`."""
    return {"id": id, "object": "model", "created": created, "owned_by": owner}


def usage_of(usage: Usage) -> dict[str, object]:
    """Tokens with cached and reasoning ones inside their sums, as OpenAI counts them."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def _param(field: str | None) -> str | None:
    """Options of ours are parameters of theirs; use cases and tasks are named by `model`."""
    if field in ("task", "use_case"):
        return "model"
    return None if field is None else field.removeprefix("options.").removeprefix("params.")


def _base64(vector: Sequence[float]) -> str:
    floats = array("f", vector)
    if sys.byteorder == "big":
        floats.byteswap()
    return base64.b64encode(floats.tobytes()).decode()
