"""`pii`: personal data does not reach the model; it is told of by marks, which can be put back into the answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

from pydantic import BaseModel, ConfigDict

from app.domain.hooks.personal import KINDS, Kind
from app.domain.hooks.redaction import Redaction, restored
from app.domain.message import ModelReply, ModelRequest
from app.services.plugins.notes import Notes
from app.services.plugins.turns import changed, texts

ROLES: Final = ("system", "user", "assistant", "tool")


class PiiOptions(BaseModel):
    """`kinds` of data that are kept back; `restore`: answers have the values in the place of their marks again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: tuple[Kind, ...] = KINDS
    restore: bool = True


class Pii:
    """The hook with its options."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._options = PiiOptions.model_validate(dict(options))

    def before(self, request: ModelRequest, notes: Notes) -> ModelRequest:
        """The request with marks; flagged `redacted` when there was something to mark."""
        said = tuple(texts(request, roles=ROLES))
        redaction = Redaction(self._options.kinds, in_use=lambda mark: any(mark in text for text in said))
        clean = changed(request, redaction.redacted)
        if not redaction.marks:
            return request
        notes.flag("redacted")
        notes.kept["marks"] = redaction.marks
        return clean

    def after(self, reply: ModelReply, notes: Notes) -> ModelReply:
        """The reply with values again, in its text and in the arguments of tools."""
        marks = cast(Mapping[str, str], notes.kept.get("marks", {}))
        if not self._options.restore or not marks:
            return reply
        calls = tuple(replace(call, arguments=restored(call.arguments, marks)) for call in reply.tool_calls)
        return replace(reply, text=restored(reply.text, marks), tool_calls=calls)
