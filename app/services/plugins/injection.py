"""`injection`: a request that tries to take over the model is flagged, or goes no further."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.hooks.injection import score
from app.domain.message import ModelRequest
from app.services.plugins.notes import Notes
from app.services.plugins.turns import texts

ROLES: Final = ("user", "tool")  # who may be a stranger


class InjectionOptions(BaseModel):
    """From which `threshold` (0…1) on something is done, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["flag", "refuse"] = "flag"
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.5


class Injection:
    """The hook with its options."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._options = InjectionOptions.model_validate(dict(options))

    def before(self, request: ModelRequest, notes: Notes) -> ModelRequest:
        """The request as it is; flagged `suspected`, or refused."""
        worst = max((score(text) for text in texts(request, roles=ROLES)), default=0.0)
        if worst >= self._options.threshold:
            if self._options.action == "refuse":
                notes.refuse("suspected")
            notes.flag("suspected")
        return request
