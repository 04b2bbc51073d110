"""How far an answer is trusted is read off the answer: looking at it tells more than looking at its prompt."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.message import ModelReply, ModelRequest
from app.domain.quality.code_blocks import around
from app.domain.quality.reading import bounded
from app.domain.quality.work import Context, work_of
from app.domain.routing.declining import declining
from app.domain.routing.doubt import Confidence, Doubt, weighed
from app.domain.routing.looping import looping
from app.domain.routing.recomputing import recomputed
from app.domain.routing.shape import called, ended, formatted, shaped, weighed_tokens

_NOTHING: Final = re.compile(r"\s*(?:\.{2,}|…+|\?{2,})?\s*")


def confidence(
    reply: ModelReply, request: ModelRequest, *, rubric: str | None = None, fits: bool | None = None
) -> Confidence:
    """How far the answer to the request is trusted, 0…1, with the reasons against it.

    Being short is none: `Paris.`, `42` and `{"ok": true}` are trusted wholly. `rubric` says what the answer is for,
    `fits` whether the schema of the response format allows it.
    """
    return weighed(_doubts(reply, request, rubric, fits), rubric)


def _doubts(reply: ModelReply, request: ModelRequest, rubric: str | None, fits: bool | None) -> Iterator[Doubt]:
    text = reply.text
    if _NOTHING.fullmatch(text) and not reply.tool_calls:
        yield Doubt("empty", 1.0, "the answer is empty")
        return
    yield from ended(reply, request)
    yield from weighed_tokens(reply)
    if reply.tool_calls:
        yield from called(reply.tool_calls, request)
        return
    yield from formatted(text, request, fits)
    asked, prompt = _asked(request), bounded("\n".join(message.text for message in request.messages))
    prose = bounded(around(text))
    yield from declining(prose, prompt, asked=asked)
    yield from looping(bounded(text), asked=asked)
    yield from recomputed(prose, asked=asked)
    work = work_of(text, asked, Context())
    yield from shaped(work, asked=asked, rubric=rubric)


def _asked(request: ModelRequest) -> str:
    """The user's last turn."""
    return bounded(next((message.text for message in reversed(request.messages) if message.role == "user"), ""))
