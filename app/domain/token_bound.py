"""How many tokens a request can hold at most, told from its bytes: a vocabulary of bytes never needs more."""

from collections.abc import Mapping
from typing import Final

from app.domain.message import Message, ModelRequest

PER_MESSAGE: Final = 16
PER_IMAGE: Final = 4_096
EXACT_BYTES: Final = 8_192


def prompt_tokens(request: ModelRequest) -> int:
    """Tokens that the prompt, its images and its tools do not exceed.

    Byte-level BPE, which all vendors use, has a token for each byte, so the bytes are a true bound; beyond
    `EXACT_BYTES` half of the rest is taken, since running text has at least two bytes per token.
    """
    size = sum(_bytes(message) for message in request.messages)
    size += sum(len(tool.name) + len(tool.description.encode()) + _size(tool.parameters) for tool in request.tools)
    if request.response_format is not None and request.response_format.schema is not None:
        size += _size(request.response_format.schema)
    images = sum(len(message.images) for message in request.messages)
    texts = size if size <= EXACT_BYTES else EXACT_BYTES + (size - EXACT_BYTES) // 2
    return texts + PER_IMAGE * images + PER_MESSAGE * (len(request.messages) + len(request.tools) + 1)


def _bytes(message: Message) -> int:
    called = sum(len(call.name) + len(call.arguments.encode(errors="replace")) for call in message.tool_calls)
    return len(message.text.encode(errors="replace")) + called


def _size(value: object) -> int:
    """Characters of the value as JSON, roughly and never too few."""
    match value:
        case str():
            return len(value.encode(errors="replace")) + 4
        case Mapping():
            return 4 + sum(len(str(key)) + 4 + _size(item) for key, item in value.items())
        case list() | tuple():
            return 4 + sum(_size(item) for item in value)
        case _:
            return 24
