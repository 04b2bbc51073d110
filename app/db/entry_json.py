"""A kept answer as JSON text, and back; text that is no such answer is none, for a cache may forget."""

from datetime import datetime

import orjson

from app.domain.cached import Entry, Kept
from app.domain.errors import Invalid
from app.domain.message import ModelReply, ToolCall, Usage


def reply_to_json(reply: ModelReply) -> bytes:
    """The reply. Raises Invalid for text that UTF-8 cannot hold."""
    return _dump(reply)


def reply_from_json(raw: bytes | str) -> ModelReply | None:
    """The reply, or None for anything else."""
    try:
        return _reply(orjson.loads(raw))
    except (ValueError, TypeError, KeyError):
        return None


def entry_to_json(entry: Entry) -> bytes:
    """The whole entry. Raises Invalid for text that UTF-8 cannot hold."""
    return _dump(entry)


def entry_from_json(raw: bytes | str) -> Entry | None:
    """The entry, or None for anything else."""
    try:
        told = orjson.loads(raw)
        kept = told["kept"]
        fields = {**kept, "reply": _reply(kept["reply"]), "made_at": datetime.fromisoformat(kept["made_at"])}
        return Entry(Kept(**fields), datetime.fromisoformat(told["expires_at"]))
    except (ValueError, TypeError, KeyError):
        return None


def _dump(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise Invalid("the answer holds text that cannot be kept", field="reply") from error


def _reply(told: dict[str, object]) -> ModelReply:
    calls, usage = told["tool_calls"], told["usage"]
    if not isinstance(calls, list) or not isinstance(usage, dict):
        raise TypeError("a reply is expected")
    fields = {**told, "usage": Usage(**usage), "tool_calls": tuple(ToolCall(**call) for call in calls)}
    return ModelReply(**fields)  # type: ignore[arg-type]  # fields that we wrote ourselves
