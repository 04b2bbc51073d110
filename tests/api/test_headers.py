"""Each header that the document names is read, and each route that reads one is named."""

from uuid import uuid4

from flask.testing import FlaskClient

from app.api.headers import CACHED, CORRELATED, KEYED, READ
from tests.api.conftest import ADMIN, Api


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
    }
    assert set(bodies) == set(READ)

    for path, headers in READ.items():
        for header in (KEYED, CORRELATED, CACHED):
            sent = {"X-Api-Key": ADMIN, str(header["name"]): "x" * 300}
            response = client.post(path.format(code=code, id=uuid4()), json=bodies[path], headers=sent)
            read = response.status_code in (400, 422) and str(header["name"]) in response.text
            assert read == (header in headers), (path, header["name"], response.text)
