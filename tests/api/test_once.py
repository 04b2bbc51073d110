"""A POST with an Idempotency-Key is done once, whatever the client repeats."""

import pytest

from tests.api.conftest import Api

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

    assert status == 422
    assert "Idempotency-Key" in text
    assert posted(api, "taken", {"model": "simulated/small"}, "/models/test")[0] == 422


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


def test_a_stream_takes_no_key(api: Api) -> None:
    status, text, _ = posted(api, "streamed", {**BODY, "stream": True})

    assert status == 422
    assert "stream" in text


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
