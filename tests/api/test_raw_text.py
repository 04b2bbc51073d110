"""Plain text goes in and plain text comes out; what is wrong is a problem, never half an answer that looks whole."""

from typing import Any

import pytest
import requests
from werkzeug.test import TestResponse

from tests.api.conftest import Api

MODEL = "/generate/raw?model=simulated/small"


def sent(api: Api, path: str, text: str | bytes = "hello", **headers: str) -> TestResponse:
    """The answer to a body of text."""
    return api.call("POST", path, data=text, content_type="text/plain", headers=headers)


def test_the_answer_is_the_models_words_and_headers_tell_the_rest(api: Api) -> None:
    response = sent(api, f"{MODEL}&max_tokens=4&system=Be+kind.&seed=1")
    as_json = api.post(
        "/generate",
        {"model": "simulated/small", "prompt": "hello", "max_tokens": 4, "system": "Be kind.", "seed": 1},
    ).json

    assert (response.status_code, response.mimetype) == (200, "text/plain")
    assert response.text == as_json["text"]
    assert response.headers["X-MM-Model"] == "simulated/small"
    assert response.headers["X-MM-Call-Id"]


def test_a_task_and_auto_answer_too(api: Api) -> None:
    assert sent(api, "/generate/raw?task=chat").headers["X-MM-Model"] == "simulated/medium"
    assert sent(api, "/generate/raw?model=auto/best_cost").headers["X-MM-Route-Id"]


def test_a_use_case_reads_the_text_as_its_prompt_and_keeps_its_session(api: Api) -> None:
    code = api.use_case(prompt="Say {{ prompt }}.")
    path = f"/use-cases/{code}/generate/raw"

    whole = sent(api, f"{path}?correlation_id=c1&step=answer")
    again = sent(api, path, **{"X-Correlation-Id": "c1"})

    assert whole.status_code == 200
    assert whole.headers["X-MM-Session-Id"] == again.headers["X-MM-Session-Id"]
    run = api.get(f"/runs/{again.headers['X-MM-Run-Id']}").json
    assert run["outputs"]["answer"] == again.text


@pytest.mark.parametrize("kind", ["model", "use case"])
def test_a_stream_is_the_same_words_in_pieces(api: Api, address: str, kind: str) -> None:
    code = api.use_case(prompt="Say {{ prompt }}.")
    path = MODEL if kind == "model" else f"/use-cases/{code}/generate/raw?correlation_id=s"
    glue = "&" if "?" in path else "?"
    headers = {"Authorization": f"Bearer {api.secret}", "Content-Type": "text/plain"}

    with requests.post(
        f"{address}/api/v1{path}{glue}stream=true", data="hello", headers=headers, stream=True, timeout=30
    ) as streamed:
        text = "".join(streamed.iter_content(decode_unicode=True, chunk_size=None))

    assert streamed.headers["Content-Type"].startswith("text/plain")
    assert text == sent(api, path).text
    assert text


def test_a_stream_that_breaks_says_so_in_its_last_line(api: Api) -> None:
    code = api.use_case(prompt="Say {{ prompt }}.", params={"options": {"faults": {"cut_stream": 1}}})

    words, _, told = sent(api, f"/use-cases/{code}/generate/raw?stream=true").text.rpartition("\n\n")

    assert words
    assert told == "[error: provider-bad-answer]\n"


def test_a_stream_that_fails_before_its_first_word_is_a_problem(api: Api) -> None:
    code = api.use_case(prompt="Say {{ prompt }}.", params={"options": {"faults": {"unavailable": 1}}})

    response = sent(api, f"/use-cases/{code}/generate/raw?stream=true")

    assert (response.status_code, response.mimetype) == (502, "application/problem+json")


@pytest.mark.parametrize("stream", ["", "&stream=true"])
def test_a_repeat_gets_the_same_text(api: Api, stream: str) -> None:
    key = {"Idempotency-Key": f"text{stream}"}

    first, again = (sent(api, MODEL + stream, **key) for _ in range(2))

    assert first.text == again.text != ""
    assert (again.mimetype, again.headers["Idempotency-Replayed"]) == ("text/plain", "true")


@pytest.mark.parametrize(
    ("path", "given", "status", "field"),
    [
        (MODEL, {"data": b""}, 422, "body"),
        (MODEL, {"data": b"\xff\xfe"}, 400, None),
        (MODEL, {"data": b"a\x00b"}, 422, "body"),
        (MODEL, {"data": b"x" * 200_001}, 413, None),
        (MODEL, {"data": b"{}", "content_type": "application/json"}, 415, None),
        ("/generate/raw", {}, 422, "model"),
        (f"{MODEL}&task=chat", {}, 422, "model"),
        ("/generate/raw?model=nobody/knows", {}, 422, "model"),
        (f"{MODEL}&max_tokens=0", {}, 422, "max_tokens"),
        (f"{MODEL}&temperature=hot", {}, 422, "temperature"),
        (f"{MODEL}&more=1", {}, 422, "more"),
        (f"{MODEL}&model=simulated/large", {}, 422, "model"),
        ("/use-cases/nobody/generate/raw", {}, 404, None),
    ],
)
def test_what_is_wrong_is_refused_by_name(
    api: Api, path: str, given: dict[str, Any], status: int, field: str | None
) -> None:
    response = api.call("POST", path, **{"data": "hello", "content_type": "text/plain", **given})

    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    assert response.json.get("field") == field


def test_the_document_says_that_the_body_is_text(api: Api) -> None:
    paths = api.client.get("/openapi.json").json["paths"]

    for path in ("/api/v1/generate/raw", "/api/v1/use-cases/{code}/generate/raw"):
        assert list(paths[path]["post"]["requestBody"]["content"]) == ["text/plain"]
        assert "text/plain" in paths[path]["post"]["responses"]["200"]["content"]
