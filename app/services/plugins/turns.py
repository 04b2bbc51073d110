"""What is said in a request or reply, text by text, to be looked at or said otherwise."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from app.domain.message import Message, ModelRequest, TextPart

Change = Callable[[str], str]


def texts(request: ModelRequest, *, roles: Collection[str]) -> Iterator[str]:
    """The texts of these roles, in order."""
    for message in request.messages:
        if message.role in roles:
            yield message.text


def changed(request: ModelRequest, change: Change) -> ModelRequest:
    """The request with every text changed, also in the arguments of tools; images and names stay."""
    return replace(request, messages=tuple(_message(message, change) for message in request.messages))


def length(request: ModelRequest) -> int:
    """Characters of all texts."""
    return sum(len(message.text) for message in request.messages)


def _message(message: Message, change: Change) -> Message:
    calls = tuple(replace(call, arguments=change(call.arguments)) for call in message.tool_calls)
    if isinstance(message.content, str):
        return replace(message, content=change(message.content), tool_calls=calls)
    parts = (replace(part, text=change(part.text)) if isinstance(part, TextPart) else part for part in message.content)
    return replace(message, content=tuple(parts), tool_calls=calls)
