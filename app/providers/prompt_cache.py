"""Vendors cache the beginnings of prompts; some want them marked, or requests with one beginning sent to one place.

A mark costs nothing where the beginning is too short: the vendor leaves it uncached, so one floor serves all models.
Sources: platform.claude.com/docs, "Prompt caching" (order tools, system, messages; four marks at most; floors of 1 024
to 4 096 tokens by model); developers.openai.com/api/docs, "Prompt caching" (from 1 024 tokens on; `prompt_cache_key`).
"""

import hashlib
from typing import Final

from app.domain.message import Json, Message, ModelRequest
from app.providers import wire
from app.providers.wire import JsonObject

OPTION: Final = "prompt_cache"  # ours: false in a request's or step's options leaves it off, true turns it on
FLOOR_TOKENS: Final = 1_024
BYTES_PER_TOKEN: Final = 4  # of running English text; where a token is shorter, a beginning is marked later
MARK: Final[JsonObject] = {"cache_control": {"type": "ephemeral"}}


def wanted(request: ModelRequest, *, default: bool) -> bool:
    """Whether the beginning of this request is to be cached: its own word wins."""
    own = request.options.get(OPTION)
    return own if isinstance(own, bool) else default


def vendor_options(options: Json) -> JsonObject:
    """The options without ours."""
    return {name: value for name, value in options.items() if name != OPTION}


def group_of(request: ModelRequest) -> str | None:
    """A name for all requests that begin with the same tools and system texts; None where that is not long enough."""
    head = wire.encode(
        {
            "tools": [[tool.name, tool.description, tool.parameters] for tool in request.tools],
            "system": [message.text for message in _head(request.messages)],
        }
    )
    return hashlib.sha256(head).hexdigest()[:32] if _long(len(head)) else None


def marked(body: JsonObject) -> JsonObject:
    """An Anthropic body whose long beginnings are marked: its tools, its system text, and a chat's turns so far.

    A single question is not marked beyond its system text: it is not the beginning of anything.
    """
    if "cache_control" in body:
        return body
    tools, system, turns = wire.objects(body.get("tools")), body.get("system"), wire.objects(body.get("messages"))
    told = dict(body)
    size = len(wire.encode({"tools": tools})) if tools else 0
    if _long(size):
        told["tools"] = [*tools[:-1], tools[-1] | MARK]
    if isinstance(system, str):
        size += len(system.encode("utf-8", "replace"))
        if _long(size):
            told["system"] = [{"type": "text", "text": system} | MARK]
    if any(turn.get("role") == "assistant" for turn in turns) and _long(size + sum(map(_said, turns))):
        told["messages"] = [*turns[:-1], _marked_turn(turns[-1])]
    return told


def _head(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    end = next((place for place, message in enumerate(messages) if message.role != "system"), len(messages))
    return messages[:end]


def _long(size: int) -> bool:
    return size >= FLOOR_TOKENS * BYTES_PER_TOKEN


def _said(turn: JsonObject) -> int:
    """Bytes of the turn's text; images are left out."""
    content = turn.get("content")
    if isinstance(content, str):
        return len(content.encode("utf-8", "replace"))
    return sum(len(wire.text(block.get("text")).encode("utf-8", "replace")) for block in wire.objects(content))


def _marked_turn(turn: JsonObject) -> JsonObject:
    """The turn with a mark at its last block; an empty text takes none."""
    content = turn.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else wire.objects(content)
    if not blocks or blocks[-1].get("text") == "":
        return turn
    return turn | {"content": [*blocks[:-1], blocks[-1] | MARK]}
