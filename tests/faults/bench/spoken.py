"""What the upstream says when it behaves: the same few words per model, whole or as the events of a stream."""

import json
from typing import Final

WORDS: Final = ("alpha ", "beta ", "gamma ", "delta ", "epsilon ", "zeta")
USAGE: Final = {"prompt_tokens": 9, "completion_tokens": 8, "total_tokens": 17}
DONE: Final = b"data: [DONE]\n\n"


def pieces(model: str) -> list[str]:
    """The answer of this model in pieces; its first word names it."""
    return [f"{model} ", "says ", *WORDS]


def text(model: str) -> str:
    """The answer of this model."""
    return "".join(pieces(model))


def whole(model: str, content: str | None = None, finish: str = "stop") -> bytes:
    """A `chat.completion`."""
    message = {"role": "assistant", "content": text(model) if content is None else content}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    told = {"id": "c1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": USAGE}
    return json.dumps(told).encode()


def event(delta: dict[str, object], finish: str | None = None, *, model: str = "bench") -> bytes:
    """One chunk of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    told = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def token(word: str) -> bytes:
    """The chunk that holds this much of the answer."""
    return event({"content": word})


def end(finish: str = "stop") -> bytes:
    """The chunk that says why the answer ends, and the one of usage."""
    return event({}, finish) + b"data: " + json.dumps({"id": "c1", "choices": [], "usage": USAGE}).encode() + b"\n\n"


def stream(model: str) -> list[bytes]:
    """All events of the whole answer."""
    return [event({"role": "assistant", "content": ""}), *map(token, pieces(model)), end(), DONE]


def error(code: str, kind: str = "invalid_request_error") -> bytes:
    """An error in OpenAI's shape."""
    return json.dumps(
        {"error": {"message": f"the upstream says {code}", "type": kind, "param": None, "code": code}}
    ).encode()
