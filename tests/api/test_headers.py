"""Each header that the document names is read, and each route that reads one is named."""

from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from app.api.headers import CACHED, CONVERSED, CORRELATED, KEYED, READ
from tests.api.conftest import ADMIN, Api

# These read their key once they have found what their path names.
LATER = {
    "/api/v1/runs/{id}/resume",
    "/api/v1/use-cases/{code}/preview",
    "/api/v1/use-cases/{code}/flows/{flow}/steps/{step}/preview",
}


def asked(path: str, body: object) -> dict[str, Any]:
    """The body as Flask's client is given it: text as text, with a model in the query where one has to be named."""
    if isinstance(body, str):
        query = {} if "use-cases" in path else {"model": "simulated/small"}
        return {"data": body, "content_type": "text/plain", "query_string": query}
    return {"json": body}


def documented(client: FlaskClient) -> dict[str, set[str]]:
    """Names of the headers of each POST."""
    paths = client.get("/openapi.json").json["paths"]
    return {
        path: {given["name"] for given in item["post"].get("parameters", ()) if given["in"] == "header"}
        for path, item in paths.items()
        if "post" in item
    }


def test_the_document_names_the_headers_that_a_route_reads(client: FlaskClient) -> None:
    found = documented(client)

    assert found["/api/v1/use-cases/{code}/generate"] == {"Idempotency-Key", "X-Correlation-Id", "X-MM-Cache"}
    assert found["/api/v1/calls"] == {"Idempotency-Key"}
    assert {path for path, names in found.items() if names} == set(READ)


def test_a_named_header_is_read(api: Api, client: FlaskClient) -> None:
    code = api.use_case()
    turn = {"messages": [{"role": "user", "content": "hi"}]}
    bodies = {
        "/api/v1/generate": {"model": "simulated/small", "prompt": "hi"},
        "/api/v1/use-cases/{code}/generate": {"inputs": {"word": "x"}},
        "/api/v1/use-cases/{code}/pick": {},
        "/api/v1/calls": {"model": "simulated/small", "latency_ms": 1, "usage": {}},
        "/api/v1/quality/score": {"text": "hi", "judge_model": "simulated/small"},
        "/v1/chat/completions": {"model": f"use-case/{code}", **turn},
        "/v1/embeddings": {"model": "simulated/small", "input": "hi"},
        "/api/v1/models/test": {"model": "simulated/small"},
        "/api/v1/feedback": {"use_case": code, "correlation_id": "c", "kind": "thumb", "value": 1},
        "/api/v1/comparisons": {
            "name": "c",
            "candidates": [{"model": "simulated/small"}, {"model": "simulated/large"}],
            "inputs": [{"prompt": "x"}],
        },
        "/api/v1/comparisons/{id}/resume": {},
        "/api/v1/benchmarks/{code}/run": {},
        "/api/v1/conversations": {"model": "simulated/small"},
        "/api/v1/generate/raw": "hi",
        "/api/v1/use-cases/{code}/generate/raw": "hi",
        "/api/v1/conversations/{id}/turns": {"content": "hi"},
        "/api/v1/conversations/{id}/fork": {},
        "/api/v1/batches": {"requests": [{"custom_id": "a", "model": "simulated/small", "prompt": "hi"}]},
        "/v1/batches": {"input_file_id": "file-x", "endpoint": "/v1/chat/completions", "completion_window": "24h"},
    }
    assert set(bodies) | LATER == set(READ)

    for path, body in bodies.items():
        headers = READ[path]
        for header in (KEYED, CORRELATED, CACHED, CONVERSED):
            sent = {"X-Api-Key": ADMIN, str(header["name"]): "x" * 300}
            response = client.post(path.format(code=code, id=uuid4()), headers=sent, **asked(path, body))
            read = response.status_code in (400, 422) and str(header["name"]) in response.text
            assert read == (header in headers), (path, header["name"], response.text)
