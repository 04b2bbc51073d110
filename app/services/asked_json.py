"""What a request asks besides its inputs, as JSON: kept so that its run can be resumed."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from app.domain.flow import Params
from app.domain.message import ImagePart, Json, Message, TextPart, Tool, ToolCall
from app.services.asking import Asked
from app.services.caller import Caller

MOST_BYTES: Final = 1_000_000


def told(asked: Asked) -> Json | None:
    """The request without its inputs and its caller; None where that is too large to be kept."""
    if not asked.messages and not asked.tools:
        plain: Json = {"user_id": asked.user_id, "step": asked.step, "params": asked.params, "tags": asked.tags}
        return plain
    found = {
        "messages": asked.messages,
        "user_id": asked.user_id,
        "step": asked.step,
        "params": asked.params,
        "tools": asked.tools,
        "tool_choice": asked.tool_choice,
        "tags": asked.tags,
    }
    size = len(orjson.dumps(found, default=dict))
    return found if size <= MOST_BYTES else None


def asked_of(stored: Json, *, correlation_id: str, inputs: Json, caller: Caller) -> Asked:
    """The request again, asked by this caller."""
    given: Mapping[str, Any] = stored  # we wrote it ourselves
    return Asked(
        correlation_id=correlation_id,
        inputs=inputs,
        messages=tuple(_message(message) for message in given.get("messages", ())),
        user_id=given["user_id"],
        step=given["step"],
        params=Params(**{**given["params"], "stop": tuple(given["params"]["stop"])}),
        tools=tuple(Tool(**tool) for tool in given.get("tools", ())),
        tool_choice=given.get("tool_choice"),
        caller=caller,
        tags=given["tags"],
    )


def _message(stored: Mapping[str, Any]) -> Message:
    content = stored["content"]
    parts = content if isinstance(content, str) else tuple(_part(part) for part in content)
    return Message(
        **{**stored, "content": parts, "tool_calls": tuple(ToolCall(**call) for call in stored["tool_calls"])}
    )


def _part(stored: Mapping[str, Any]) -> TextPart | ImagePart:
    return ImagePart(**stored) if "url" in stored else TextPart(**stored)
