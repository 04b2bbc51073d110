"""What was not found is named by the field of query or body that asked for it; what the path names needs no field."""

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import BaseModel, RootModel

from app.domain.errors import NotFound

USE_CASE: Final = "use-case/"
TASK: Final = "task/"
# Where a request may name each thing; a field of type object names them by its keys.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "use case": ("use_case", "model"),
    "flow": ("flow", "weights"),
    "step": ("step",),
    "session": ("correlation_id",),
    "call": ("call_id",),
    "run": ("run_id",),
    "conversation": ("conversation_id",),
}


def name_field(error: NotFound, given: Iterable[BaseModel]) -> None:
    """Set the error's field where query or body ask for its key."""
    for payload in (one.root if isinstance(one, RootModel) else one for one in given):
        for name in FIELDS.get(error.noun, ()):
            value = getattr(payload, name, None)
            if isinstance(value, Mapping) and error.key in value:
                error.field = f"{name}.{error.key}"
            elif value is not None and str(value).removeprefix(USE_CASE) == error.key:
                error.field = name
