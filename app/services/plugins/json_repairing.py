"""`json-repair`: an answer that is nearly JSON becomes JSON: fences, single quotes, commas too many, ends cut off."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict

from app.domain.message import ModelReply
from app.services.json_mending import mended
from app.services.plugins.notes import Notes


class JsonRepairOptions(BaseModel):
    """What becomes of an answer that nobody can read as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    otherwise: Literal["pass", "refuse"] = "pass"


class JsonRepair:
    """The hook with its options."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._options = JsonRepairOptions.model_validate(dict(options))

    def after(self, reply: ModelReply, notes: Notes) -> ModelReply:
        """The reply with a text that is JSON; flagged `repaired` where it was none."""
        if reply.tool_calls and not reply.text.strip():
            return reply
        try:
            orjson.loads(reply.text)
        except orjson.JSONDecodeError:
            found = mended(reply.text)
        else:
            return reply
        if found is not None:
            notes.flag("repaired")
            return replace(reply, text=found[0])
        if self._options.otherwise == "refuse":
            notes.refuse("no-json")
        notes.flag("no-json")
        return reply
