"""An answer that must be JSON of some schema is read by it, mended here if it can be, and asked for again if not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import json_repair
import orjson

from app.domain.errors import OutputInvalid
from app.domain.message import Json, Message, ModelReply, ModelRequest
from app.services.comparing.checks import fault

REPAIR: Final = "repair"  # the reason by which the log tells such a question
LONGEST: Final = 200_000  # characters of an answer that are mended, or shown to the model again
NO_JSON: Final = "it is not JSON"


def shaped(
    schema: Json, reply: ModelReply, *, step: str, again: Callable[[str], ModelReply]
) -> tuple[ModelReply, object]:
    """The reply with a text that is JSON of this schema, and its value.

    `again` puts the question once more, given what is wrong. Raises OutputInvalid when that answer is not valid either,
    and what `again` raises.
    """
    first, value = _read(schema, reply)
    if first is None:
        return value
    second, value = _read(schema, again(first))
    if second is None:
        return value
    raise OutputInvalid(f"the answer of step {step!r} is not JSON of its schema, also after one repair")


def repair(request: ModelRequest, reply: ModelReply, told: str) -> ModelRequest:
    """The question that shows the model its answer and what is wrong with it."""
    wish = f"This answer cannot be used: {told}. Answer again, with nothing but the JSON that was asked for."
    said = Message("assistant", reply.text[:LONGEST] or "(nothing)")
    return replace(request, messages=(*request.messages, said, Message("user", wish)), tools=(), tool_choice=None)


Read = tuple[ModelReply, object]


def _read(schema: Json, reply: ModelReply) -> tuple[str | None, Read]:
    """What is wrong with the answer, None if nothing is; and the answer with its value, mended where that is enough."""
    try:
        value = orjson.loads(reply.text)
    except orjson.JSONDecodeError:
        wrong: str | None = NO_JSON
    else:
        wrong = fault(schema, value)
        if wrong is None:
            return None, (reply, value)
    mended = _mended(reply.text)
    if mended is None or fault(schema, mended[1]) is not None:
        return wrong, (reply, None)
    return None, (replace(reply, text=mended[0]), mended[1])


def _mended(text: str) -> tuple[str, object] | None:
    """The JSON that the text was meant to be, as text and value; None where nobody can tell."""
    if len(text) > LONGEST:
        return None
    try:
        value = json_repair.loads(text, skip_json_loads=True)
        told = orjson.dumps(value).decode()
    except (ValueError, TypeError, RecursionError):
        return None
    return None if value == "" else (told, value)
