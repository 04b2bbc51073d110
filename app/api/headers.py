"""Headers that a route reads stand in the OpenAPI document, so that Swagger and generated clients can send them."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from app.api import allowances, cache_payloads, http, once
from app.api.answers import REASSIGNED
from app.api.generation_payloads import CORRELATION
from app.domain.session import MAX_CORRELATION_ID

Parameter = dict[str, object]


def _header(name: str, description: str, limit: int) -> Parameter:
    schema = {"type": "string", "maxLength": limit}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


KEYED: Final = _header(
    once.HEADER, "A repeat with the same key and body gets the first answer again, also of a stream.", once.LONGEST
)
CORRELATED: Final = _header(
    CORRELATION, "The session that keeps its flow, where the body names none; new when absent.", MAX_CORRELATION_ID
)
CACHED: Final = _header(
    cache_payloads.HEADER, "Whether kept answers are used and kept: off, read, write or on; the body wins.", 8
)
CONVERSED: Final = _header(
    http.CONVERSATION, "The conversation in which this is the next turn; `messages` then hold that turn alone.", 36
)
# What the POST of each path reads.
READ: Final[Mapping[str, tuple[Parameter, ...]]] = {
    "/api/v1/generate": (KEYED, CACHED),
    "/api/v1/use-cases/{code}/generate": (KEYED, CORRELATED, CACHED),
    "/api/v1/use-cases/{code}/pick": (CORRELATED,),
    "/api/v1/calls": (KEYED,),
    "/api/v1/quality/score": (KEYED,),
    "/api/v1/models/test": (KEYED,),
    "/api/v1/feedback": (KEYED,),
    "/api/v1/comparisons": (KEYED,),
    "/api/v1/comparisons/{id}/resume": (KEYED,),
    "/api/v1/benchmarks/{code}/run": (KEYED,),
    "/api/v1/conversations": (KEYED,),
    "/api/v1/conversations/{id}/turns": (KEYED, CACHED),
    "/api/v1/conversations/{id}/fork": (KEYED,),
    "/api/v1/runs/{id}/resume": (KEYED,),
    "/api/v1/generate/raw": (KEYED, CACHED),
    "/api/v1/use-cases/{code}/generate/raw": (KEYED, CORRELATED, CACHED),
    "/api/v1/use-cases/{code}/preview": (KEYED,),
    "/api/v1/use-cases/{code}/flows/{flow}/steps/{step}/preview": (KEYED,),
    "/v1/chat/completions": (KEYED, CORRELATED, CACHED, CONVERSED),
    "/v1/embeddings": (KEYED,),
    "/api/v1/batches": (KEYED, CACHED),
    "/v1/batches": (KEYED,),
}


LEFT: Final[Mapping[str, dict[str, object]]] = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in (
        (allowances.LIMIT, "What the key may do in the window, if it has a limit of requests or tokens."),
        (allowances.REMAINING, "What is left of it."),
        (allowances.RESET, "Seconds until all of it is there again."),
        (allowances.POLICY, "All limits of the key, with their windows in seconds."),
    )
}
# What the answers of each path to a session say of it.
TOLD: Final[Mapping[str, dict[str, object]]] = {
    REASSIGNED: {
        "description": "`true` where the session replaces one whose flow escaped; else absent.",
        "schema": {"type": "string"},
    }
}
RETRY: Final[Mapping[str, dict[str, object]]] = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}
}


def describe(document: dict[str, Any], limited: Collection[tuple[str, str]]) -> None:
    """Add to each POST of the document the headers it reads, and to the `limited` ones what tells their key's rest.

    `limited`: paths and methods, as the document writes them.
    """
    for path, headers in READ.items():
        operation = document["paths"][path]["post"]
        operation["parameters"] = [*operation.get("parameters", ()), *map(dict, headers)]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for status, told in operation["responses"].items():
                sent = {
                    **(TOLD if status == "200" and CORRELATED in READ.get(path, ()) else {}),
                    **(RETRY if status in ("429", "503") else {}),
                    **(LEFT if (path, method) in limited and status in ("200", "201", "429") else {}),
                }
                if sent:
                    told["headers"] = {**told.get("headers", {}), **sent}
