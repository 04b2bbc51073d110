"""A request's fingerprint: the same for the same request, another for any difference that can change the answer."""

import hashlib
import json
from typing import Final

from app.domain.message import ImagePart, Message, ModelRequest, Part, ResponseFormat

VERSION: Final = "1"  # of the canonical form: a new one leaves every older answer unfound

# `default=dict` writes any mapping as an object; text beyond ASCII is escaped, so that lone surrogates can be hashed.
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=dict)


def fingerprint(model_slug: str, request: ModelRequest, *, partition: str) -> str:
    """SHA-256, hex, over the canonical form of model, request and partition.

    Numbers are told apart by kind within options and schemas (1 is not 1.0), where a vendor may tell them apart too.
    Raises TypeError for options that JSON cannot say.
    """
    return hashlib.sha256(canonical(model_slug, request, partition=partition).encode()).hexdigest()


def canonical(model_slug: str, request: ModelRequest, *, partition: str) -> str:
    """The text that is hashed: JSON with sorted keys; positions are fixed, so no field can pass for another."""
    return _ENCODER.encode(
        [
            VERSION,
            partition,
            model_slug,
            request.model,
            [_message(message) for message in request.messages],
            request.max_tokens,
            _number(request.temperature),
            _number(request.top_p),
            request.stop,
            request.seed,
            [[tool.name, tool.description, tool.parameters] for tool in request.tools],
            request.tool_choice,
            _format(request.response_format),
            request.options,
        ]
    )


def _message(message: Message) -> list[object]:
    content = message.content
    return [
        message.role,
        content if isinstance(content, str) else [_part(part) for part in content],
        [[call.id, call.name, call.arguments] for call in message.tool_calls],
        message.tool_call_id,
        message.name,
    ]


def _part(part: Part) -> list[str]:
    return ["image", part.url] if isinstance(part, ImagePart) else ["text", part.text]


def _format(wanted: ResponseFormat | None) -> list[object] | None:
    return None if wanted is None else [wanted.type, wanted.name, wanted.schema, wanted.strict]


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
