"""An answer that must be JSON of some schema is read by it, mended here if it can be, and asked for again if not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson

from app.domain.message import Json, Message, ModelReply, ModelRequest
from app.domain.run_errors import OutputInvalid
from app.services.json_mending import LONGEST, mended
from app.services.output_schema import violation

REPAIR: Final = "repair"  # the reason by which the log tells such a question


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
    wrong = violation(reply.text, schema)
    if wrong is None:
        return None, (reply, orjson.loads(reply.text))
    found = mended(reply.text)
    if found is None or violation(found[0], schema) is not None:
        return wrong, (reply, None)
    return None, (replace(reply, text=found[0]), found[1])
