"""Headers that a route reads stand in the OpenAPI document, so that Swagger and generated clients can send them."""

from collections.abc import Mapping
from typing import Any, Final

from app.api import once
from app.api.generation_payloads import CORRELATION
from app.domain.session import MAX_CORRELATION_ID

Parameter = dict[str, object]


def _header(name: str, description: str, limit: int) -> Parameter:
    schema = {"type": "string", "maxLength": limit}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


KEYED: Final = _header(
    once.HEADER, "A repeat with the same key and body gets the first answer again; not beside a stream.", once.LONGEST
)
CORRELATED: Final = _header(
    CORRELATION, "The session that keeps its flow, where the body names none; new when absent.", MAX_CORRELATION_ID
)
# What the POST of each path reads.
READ: Final[Mapping[str, tuple[Parameter, ...]]] = {
    "/api/v1/generate": (KEYED,),
    "/api/v1/use-cases/{code}/generate": (KEYED, CORRELATED),
    "/api/v1/use-cases/{code}/pick": (CORRELATED,),
    "/api/v1/calls": (KEYED,),
    "/v1/chat/completions": (KEYED, CORRELATED),
    "/v1/embeddings": (KEYED,),
}


def describe(document: dict[str, Any]) -> None:
    """Add to each POST of the document the headers it reads."""
    for path, headers in READ.items():
        operation = document["paths"][path]["post"]
        operation["parameters"] = [*operation.get("parameters", ()), *map(dict, headers)]
