"""A POST with an Idempotency-Key is done once, whatever the client repeats."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.api.routes import register
from app.db.tables import idempotency
from app.domain.access import digest
from tests.api.conftest import ADMIN, MAX_BODY, Api
from tests.stores import make_store
from tests.worlds import calls_of, opened

BODY = {"model": "simulated/small", "prompt": "once"}


def posted(api: Api, key: str, body: object = BODY, path: str = "/generate") -> tuple[int, str, bool]:
    """Status, text and whether it is a replay."""
    response = api.post(path, body, headers={"Idempotency-Key": key})
    return response.status_code, response.text, "Idempotency-Replayed" in response.headers


def test_a_repeat_gets_the_first_answer_and_makes_no_call(api: Api) -> None:
    """wire.md B13: a POST that is sent again is not done again."""
    first = posted(api, "repeat")
    again = posted(api, "repeat")

    assert again == (200, first[1], True)
    assert first[2] is False


def test_another_key_is_another_call(api: Api) -> None:
    assert posted(api, "one")[1] != posted(api, "two")[1]


def test_a_key_cannot_be_used_for_another_body_or_path(api: Api) -> None:
    posted(api, "taken")

    status, text, _ = posted(api, "taken", {**BODY, "prompt": "other"})

    assert status == 409
    assert "idempotency-mismatch" in text
    assert "Idempotency-Key" in text
    assert posted(api, "taken", {"model": "simulated/small"}, "/models/test")[0] == 409


def test_a_failure_frees_the_key(api: Api) -> None:
    failing = {**BODY, "options": {"faults": {"unavailable": 1}}}

    assert posted(api, "freed", failing)[0] == 502
    assert posted(api, "freed", failing)[2] is False


def test_keys_of_different_callers_do_not_meet(api: Api) -> None:
    other = Api(api.client, api.made("/keys", {"name": "other", "scopes": ["run"]})["secret"])

    mine, theirs = posted(api, "shared"), posted(other, "shared")

    assert theirs[2] is False
    assert mine[1] != theirs[1]


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_bad_key_is_refused(api: Api, key: str) -> None:
    assert posted(api, key)[0] == 422


def test_the_headers_of_an_answer_are_those_of_its_repeat(api: Api) -> None:
    first, again = (api.post("/generate", BODY, headers={"Idempotency-Key": "headers"}) for _ in range(2))

    told = {name: value for name, value in first.headers if name.startswith("X-MM-")}
    assert told["X-MM-Call-Id"]
    assert {name: value for name, value in again.headers if name.startswith("X-MM-")} == told


@pytest.mark.parametrize("door", ["native", "run", "chat"])
def test_a_stream_is_told_again_event_by_event(api: Api, door: str) -> None:
    code = api.use_case()
    path, body = {
        "native": ("/api/v1/generate", BODY),
        "run": (f"/api/v1/use-cases/{code}/generate", {"inputs": {"word": "hi"}}),
        "chat": ("/v1/chat/completions", {"model": "simulated/small", "messages": [{"role": "user", "content": "x"}]}),
    }[door]
    headers = {"Authorization": f"Bearer {api.secret}", "Idempotency-Key": f"stream-{door}"}

    first, again = (api.client.post(path, json={**body, "stream": True}, headers=headers) for _ in range(2))

    assert first.mimetype == again.mimetype == "text/event-stream"
    assert len(first.text.split("\n\n")) > 3
    assert again.text == first.text
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_stream_that_breaks_frees_its_key(api: Api) -> None:
    cut = {**BODY, "stream": True, "options": {"faults": {"cut_stream": 1}}}
    headers = {"Idempotency-Key": "cut"}

    first = api.post("/generate", cut, headers=headers).text
    again = api.post("/generate", cut, headers=headers)

    assert "event: error" in first
    assert "Idempotency-Replayed" not in again.headers


def test_a_repeat_that_arrives_meanwhile_gets_the_first_answer(api: Api, app: Flask) -> None:
    slow = {**BODY, "prompt": "slowly", "options": {"latency_ms": 300}}

    def sent(_: int) -> tuple[int, str, bool]:
        return posted(Api(app.test_client()), "meanwhile", slow)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(sent, range(4)))

    assert {(status, text) for status, text, _ in answers} == {(200, answers[0][1])}
    assert sorted(replayed for _, _, replayed in answers) == [False, True, True, True]


def test_where_no_texts_are_kept_an_answer_is_not_given_twice_and_not_made_twice(tmp_path: Path) -> None:
    with make_store("sqlite", tmp_path) as store, opened(store, tmp_path, keep_texts=False) as silent:
        own = replace(silent, policy=replace(silent.policy, admin_key_digest=digest(ADMIN)))
        api = Api(register(own, max_body_bytes=MAX_BODY).test_client())
        for body in (BODY, {**BODY, "stream": True}):
            key = f"silent-{len(body)}"
            assert posted(api, key, body)[0] == 200
            status, text, _ = posted(api, key, body)
            assert (status, "idempotency-not-kept" in text) == (409, True)
        with store.read() as tx:
            assert tx.execute(select(idempotency.c.response)).scalars().all() == [None, None]
        assert len(calls_of(silent)) == 2


def test_a_reported_call_counts_once(api: Api) -> None:
    code = api.use_case()
    report = {"model": "simulated/small", "latency_ms": 5, "usage": {"input_tokens": 7}, "use_case": code}

    answers = [posted(api, f"report-{code}", report, "/calls") for _ in range(2)]

    assert [status for status, _, _ in answers] == [201, 201]
    assert len(api.get(f"/calls?use_case={code}").json["items"]) == 1


def test_chat_completions_are_done_once_too(api: Api) -> None:
    body = {"model": "simulated/small", "messages": [{"role": "user", "content": "hi"}]}
    headers = {"Authorization": f"Bearer {api.secret}", "Idempotency-Key": "chat"}

    first, again = (api.client.post("/v1/chat/completions", json=body, headers=headers) for _ in range(2))

    assert first.text == again.text
    assert again.headers["Idempotency-Replayed"] == "true"
