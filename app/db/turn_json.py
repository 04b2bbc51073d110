"""Messages as JSON, the way they come in at the doors, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.message import ImagePart, Message, Part, TextPart, ToolCall


def encode(messages: Sequence[Message]) -> list[dict[str, object]]:
    """A list of messages; what a message does not have is left out."""
    return [{name: value for name, value in _fields(message).items() if value} for message in messages]


def decode(stored: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """What `encode` was given."""
    return tuple(
        Message(
            each["role"],
            _content(each.get("content", "")),
            tuple(ToolCall(**call) for call in each.get("tool_calls", ())),
            each.get("tool_call_id"),
            each.get("name"),
        )
        for each in stored
    )


def _fields(message: Message) -> dict[str, object]:
    return {
        "role": message.role,
        "content": message.content if isinstance(message.content, str) else [_part(part) for part in message.content],
        "tool_calls": [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in message.tool_calls],
        "tool_call_id": message.tool_call_id,
        "name": message.name,
    }


def _part(part: Part) -> dict[str, str]:
    return {"text": part.text} if isinstance(part, TextPart) else {"url": part.url}


def _content(stored: str | Sequence[Mapping[str, str]]) -> str | tuple[Part, ...]:
    if isinstance(stored, str):
        return stored
    return tuple(TextPart(part["text"]) if "text" in part else ImagePart(part["url"]) for part in stored)
