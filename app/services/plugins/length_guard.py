"""`length`: a request that is too long goes no further, an answer that is too long is cut where a sentence ends."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.hooks.length import shortened
from app.domain.message import ModelReply, ModelRequest
from app.services.plugins.notes import Notes
from app.services.plugins.turns import length

Characters = Annotated[int, Field(ge=1, le=10_000_000)]


class LengthOptions(BaseModel):
    """Limits in characters, None for none; `over` says what becomes of an answer that has more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_prompt_chars: Characters | None = None
    max_chars: Characters | None = None
    min_chars: Characters | None = None
    over: Literal["shorten", "refuse"] = "shorten"


class Length:
    """The hook with its options."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._options = LengthOptions.model_validate(dict(options))

    def before(self, request: ModelRequest, notes: Notes) -> ModelRequest:
        """The request as it is, unless it is too long."""
        most = self._options.max_prompt_chars
        if most is not None and length(request) > most:
            notes.refuse("prompt-too-long")
        return request

    def after(self, reply: ModelReply, notes: Notes) -> ModelReply:
        """The reply with a text within the limits. One that only wants tools called has no length."""
        most, least = self._options.max_chars, self._options.min_chars
        if reply.tool_calls and not reply.text.strip():
            return reply
        if least is not None and len(reply.text.strip()) < least:
            notes.refuse("answer-too-short")
        if most is None or len(reply.text) <= most:
            return reply
        if self._options.over == "refuse":
            notes.refuse("answer-too-long")
        notes.flag("shortened")
        return replace(reply, text=shortened(reply.text, most))
