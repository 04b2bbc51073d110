"""Batches over HTTP: as JSON and as JSONL, followed, read line by line, cancelled; and what is refused, by line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from app.domain.batch import LONGEST_LINE
from app.services.world import World
from tests.api.conftest import NATIVE, Api
from tests.services.jobs.working import working
from tests.waiting import until

MODEL = "simulated/small"
JSONL = {"Content-Type": "application/jsonl"}


def chat(custom_id: str, text: str = "a word", **body: Any) -> dict[str, Any]:
    """A line in OpenAI's shape."""
    said = {"model": MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 8, **body}
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": said}


def flat(custom_id: str, **given: Any) -> dict[str, Any]:
    """A line of ours."""
    return {"custom_id": custom_id, "model": MODEL, "prompt": "a word", "max_tokens": 8, **given}


def send(api: Api, *lines: object, query: str = "", **headers: str) -> TestResponse:
    """The answer to an upload of these lines; what is no text goes as JSON."""
    said = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    return api.call("POST", f"/batches{query}", data=said, headers={**JSONL, **headers})


def jsonl(api: Api, path: str) -> list[dict[str, Any]]:
    """The lines of an answer."""
    response = api.get(path)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/jsonl"
    return [json.loads(line) for line in response.text.splitlines()]


def over(api: Api, id: str) -> dict[str, Any]:
    """The batch at its end."""
    until(lambda: api.get(f"/batches/{id}").json["status"] not in ("queued", "running"))
    found: dict[str, Any] = api.get(f"/batches/{id}").json
    return found


@pytest.fixture
def worked(world: World) -> Iterator[None]:
    """A worker asks what waits."""
    with working(world):
        yield


@pytest.mark.usefixtures("worked")
def test_each_line_is_answered_as_its_door_answers(api: Api) -> None:
    code = api.use_case("a")
    requests = [
        flat("direct"),
        {"custom_id": "case", "use_case": code, "inputs": {"word": "tree"}, "tags": {"own": 1}},
        chat("chat"),
        chat("chat-case", model=f"use-case/{code}", metadata={"a": "b"}) | {},
        {"custom_id": "vectors", "url": "/v1/embeddings", "body": {"model": MODEL, "input": ["a", "b"]}},
        {
            "custom_id": "wrapped",
            "url": f"/api/v1/use-cases/{code}/generate",
            "body": {"inputs": {"word": "sea"}, "correlation_id": "mine"},
        },
    ]

    made = api.made("/batches", {"requests": requests, "max_cost_usd": "1", "tags": {"team": "red"}})
    ended = over(api, made["id"])

    assert (ended["status"], ended["lines"], ended["answered"], ended["max_cost_usd"]) == ("succeeded", 6, 6, "1")
    found = {line["custom_id"]: line for line in jsonl(api, f"/batches/{made['id']}/answers")}
    bodies = {name: line["response"]["body"] for name, line in found.items()}
    asked_here = api.post("/generate", {name: value for name, value in requests[0].items() if name != "custom_id"})
    assert bodies["direct"].keys() == asked_here.json.keys()
    assert bodies["direct"]["text"] == asked_here.json["text"]
    assert bodies["case"]["use_case"] == bodies["wrapped"]["use_case"] == code
    assert (bodies["case"]["correlation_id"], bodies["wrapped"]["correlation_id"]) == (f"{made['id']}/1", "mine")
    assert bodies["chat"]["choices"][0]["message"]["content"]
    assert len(bodies["vectors"]["data"]) == 2
    assert {line["response"]["status_code"] for name, line in found.items() if name != "chat-case"} == {200}
    assert found["chat-case"]["response"]["body"]["error"]["param"]  # its prompt wants a word that a chat has not


@pytest.mark.usefixtures("worked")
def test_lines_are_read_on_from_where_one_was(api: Api) -> None:
    made = send(api, *(chat(f"line-{n}") for n in range(7)), query="?concurrency=2&tags=a=b").json
    over(api, made["id"])

    first = jsonl(api, f"/batches/{made['id']}/answers?limit=3")
    rest = jsonl(api, f"/batches/{made['id']}/answers?after={first[-1]['turn']}")

    assert [line["turn"] for line in first + rest] == list(range(1, 8))
    assert {line["custom_id"] for line in first + rest} == {f"line-{n}" for n in range(7)}
    assert api.get(f"/batches/{made['id']}").json["tags"] == {"a": "b"}


@pytest.mark.usefixtures("worked")
def test_what_failed_is_told_as_its_door_would(api: Api) -> None:
    made = send(api, flat("bad", options={"error": 500}), chat("good"), flat("odd", options={"nothing": 1})).json
    ended = over(api, made["id"])

    errors = {line["custom_id"]: line["response"] for line in jsonl(api, f"/batches/{made['id']}/errors")}

    assert (ended["status"], ended["failed"]) == ("succeeded", len(errors))
    assert errors["odd"]["status_code"] == 422
    assert errors["odd"]["body"]["code"] == "unsupported"
    assert errors["odd"]["body"]["field"] == "options.nothing"


@pytest.mark.usefixtures("worked")
def test_progress_is_a_stream_that_ends(api: Api) -> None:
    made = send(api, chat("one"), chat("two")).json

    told = api.get(f"/batches/{made['id']}/events").text

    assert "event: progress\n" in told
    assert '"status":"succeeded"' in told.rpartition("event: end\n")[2]


def test_a_batch_is_listed_cancelled_and_deleted(api: Api) -> None:
    made = send(api, chat("one"), chat("two")).json
    assert api.get("/batches?status=queued&limit=1").json["items"][0]["id"] == made["id"]
    assert api.delete(f"/batches/{made['id']}").status_code == 409

    cancelled = api.post(f"/batches/{made['id']}/cancel", {})

    assert cancelled.json["status"] == "cancelled"
    errors = jsonl(api, f"/batches/{made['id']}/errors")
    assert [line["error"]["code"] for line in errors] == ["batch_cancelled"] * 2
    assert api.delete(f"/batches/{made['id']}").status_code == 204
    for path in ("", "/answers", "/errors", "/events"):
        assert api.get(f"/batches/{made['id']}{path}").status_code == 404


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ("no json", "line"),
        ("[]", "line"),
        ('{"custom_id": 3}', "custom_id"),
        ('{"custom_id": "a\\nb"}', "custom_id"),
        ({"custom_id": "one"}, "messages"),
        (flat("x", nothing=1), "nothing"),
        (flat("x", stream=True), "stream"),
        (flat("x", conversation_id=str(uuid4())), "conversation_id"),
        (flat("x", model="simulated/none"), "model"),
        (flat("x", prompt="\u0000"), "prompt"),
        ({"custom_id": "x", "use_case": "none"}, "use_case"),
        ({"custom_id": "x", "use_case": 1}, "use_case"),
        (chat("x", model="simulated/none"), "body.model"),
        (chat("x", model="use-case/none"), "body.model"),
        (chat("x", stream=True), "body.stream"),
        (chat("x", messages=[]), "body.messages"),
        (chat("x", messages=[{"role": "user"}]), "body.messages[0].content"),
        (chat("x") | {"url": "/v1/none"}, "url"),
        (chat("x") | {"url": "/api/v1/use-cases/none/generate", "body": {}}, "url"),
        (chat("x") | {"method": "GET"}, "method"),
        (chat("x") | {"body": 3}, "body"),
        (chat("x") | {"more": 3}, "more"),
        (chat("first"), "custom_id"),
        ("x" * (LONGEST_LINE + 1), "line"),
    ],
)
def test_a_broken_line_is_named_and_nothing_is_made(api: Api, broken: object, field: str) -> None:
    before = api.get("/batches?limit=1").json["items"]

    refused = send(api, chat("first"), "", broken)

    assert refused.status_code == 422, refused.text
    assert refused.json["field"] == f"lines[3].{field}"
    assert api.get("/batches?limit=1").json["items"] == before


def test_broken_lines_may_be_left_out(api: Api) -> None:
    made = send(api, "no", chat("x"), query="?on_bad_line=skip")

    assert made.status_code == 201
    assert (made.json["lines"], made.json["skipped"], made.json["skipped_lines"][0]["line"]) == (1, 1, 1)
    api.post(f"/batches/{made.json['id']}/cancel", {})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?concurrency=0", "concurrency"),
        ("?concurrency=65", "concurrency"),
        ("?max_cost_usd=0", "max_cost_usd"),
        ("?max_cost_usd=-1", "max_cost_usd"),
        ("?max_cost_usd=much", "max_cost_usd"),
        ("?on_bad_line=keep", "on_bad_line"),
        ("?on_budget=go", "on_budget"),
        ("?completion_window=1w", "completion_window"),
        ("?deadline=2001-01-01T00:00:00Z", "deadline"),
        ("?deadline=2101-01-01T00:00:00Z&completion_window=1h", "deadline"),
        ("?tags=a", "tags"),
        ("?what=1", "what"),
    ],
)
def test_an_option_that_is_wrong_is_named(api: Api, query: str, field: str) -> None:
    refused = send(api, chat("x"), query=query)

    assert refused.status_code == 422, refused.text
    assert refused.json["field"] == field


def test_options_stand_in_one_place(api: Api) -> None:
    refused = api.post("/batches?concurrency=3", {"requests": [flat("x")]})

    assert (refused.status_code, refused.json["field"]) == (422, "concurrency")
    assert api.post("/batches", {"requests": [flat("x", model="a/b")]}).json["field"] == "requests[0].model"
    assert api.post("/batches", {"requests": []}).json["field"] == "requests"
    assert api.call("POST", "/batches", data="x", headers={"Content-Type": "text/csv"}).status_code == 415
    assert send(api).status_code == 422


@contextmanager
def policy(world: World, **given: object) -> Iterator[None]:
    """The operator decided otherwise for the time of the block; the policy is frozen for all others."""
    before = {name: getattr(world.policy, name) for name in given}
    for name, value in given.items():
        object.__setattr__(world.policy, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            object.__setattr__(world.policy, name, value)


def test_a_body_over_the_limit_is_refused_however_it_comes(api: Api, world: World) -> None:
    with policy(world, batch_max_bytes=2_000):
        told = send(api, chat("x", text="y" * 3_000))
        chunked = api.call(
            "POST",
            "/batches",
            input_stream=BytesIO(json.dumps(chat("x", text="y" * 3_000)).encode()),
            headers={**JSONL, "Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )

    assert (told.status_code, chunked.status_code) == (413, 413)


def test_more_lines_than_may_be_are_refused(api: Api, world: World) -> None:
    with policy(world, batch_max_lines=2):
        refused = send(api, chat("a"), chat("b"), chat("c"))

    assert (refused.status_code, refused.json["field"]) == (422, "lines")


def test_an_upload_repeated_under_its_key_is_one_batch(api: Api) -> None:
    first = send(api, chat("x"), **{"Idempotency-Key": "batch-1"})
    again = send(api, chat("x"), **{"Idempotency-Key": "batch-1"})
    other = send(api, chat("y"), **{"Idempotency-Key": "batch-1"})

    assert first.status_code == again.status_code == 201
    assert again.json["id"] == first.json["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json["code"]) == (409, "idempotency-mismatch")
    assert [each["id"] for each in api.get("/batches?limit=200").json["items"]].count(first.json["id"]) == 1
    api.post(f"/batches/{first.json['id']}/cancel", {})


def test_without_texts_there_are_no_batches(api: Api, world: World) -> None:
    with policy(world, keep_texts=False):
        refused = send(api, chat("x"))

    assert (refused.status_code, refused.json["code"]) == (409, "batch-texts-off")


def test_the_document_names_both_kinds_of_body(api: Api) -> None:
    document = api.client.get("/openapi.json", headers={"X-Api-Key": api.secret}).json

    content = document["paths"][f"{NATIVE}/batches"]["post"]["requestBody"]["content"]
    assert {"application/json", "application/jsonl"} <= content.keys()
    assert "requests" in content["application/json"]["schema"]["properties"]
