"""Conversations over HTTP: turns are asked at each door, and what is wrong is refused by name."""

import json
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import Api

SMALL = {"model": "simulated/small"}
CHAT = {"code": "answer", "prompt": "", "choice": {"models": ["simulated/small"]}}


def begun(api: Api, **given: Any) -> str:
    """The id of a new conversation with the small model."""
    return str(api.made("/conversations", given or SMALL)["id"])


def said(api: Api, conversation: str, content: object = "hello", **given: Any) -> Any:
    """The answer to a turn, as JSON."""
    response = api.post(f"/conversations/{conversation}/turns", {"content": content, **given})
    assert response.status_code == 200, response.text
    return response.json


def turns(api: Api, conversation: str, query: str = "") -> list[Any]:
    """Its turns."""
    found: list[Any] = api.get(f"/conversations/{conversation}/turns{query}").json["items"]
    return found


def events(text: str) -> list[tuple[str, Any]]:
    """Name and data of each event of a native stream."""
    frames = [frame.split("\n") for frame in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in frames]


def test_a_turn_is_answered_as_any_question_and_names_itself(api: Api) -> None:
    conversation = begun(api, **SMALL, system="Be kind.", tags={"shop": "x"})

    response = api.post(f"/conversations/{conversation}/turns", {"content": "hello", "max_tokens": 5})
    again = said(api, conversation, "more")

    told = response.json
    assert told["text"]
    assert told["usage"]["output_tokens"] == 5
    assert told["conversation"]["id"] == conversation == response.headers["X-MM-Conversation-Id"]
    assert told["conversation"]["turn_id"] == response.headers["X-MM-Turn-Id"]
    assert again["conversation"]["turns_shown"] == 1
    assert again["conversation"]["notes"] == []
    first, second = turns(api, conversation)
    assert first["id"] == told["conversation"]["turn_id"]
    assert first["said"] == [{"role": "user", "content": "hello", "tool_calls": [], "tool_call_id": None}]
    assert first["reply"]["content"] == told["text"]
    assert (second["number"], second["state"], second["model"]) == (2, "answered", "simulated/small")
    assert [turn["number"] for turn in turns(api, conversation, "?order=-number&limit=1")] == [2]
    assert api.get(f"/conversations/{conversation}").json["tags"] == {"shop": "x"}


def test_a_conversation_is_read_listed_forked_and_deleted(api: Api) -> None:
    user = f"user-{uuid4()}"
    conversation = begun(api, **SMALL, user_id=user, window_tokens=500)
    said(api, conversation)

    found = api.get(f"/conversations/{conversation}").json
    fork = api.made(f"/conversations/{conversation}/fork", {"turn": turns(api, conversation)[0]["id"]})

    assert (found["turns"], found["window_tokens"], found["when_long"]) == (1, 500, "drop")
    assert found["choice"]["models"] == ["simulated/small"]
    assert (fork["forked_from"], fork["turns"]) == (conversation, 1)
    assert [each["id"] for each in api.get(f"/conversations?user_id={user}").json["items"]] == [
        fork["id"],
        conversation,
    ]
    assert api.delete(f"/conversations/{conversation}").status_code == 204
    assert api.get(f"/conversations/{conversation}").status_code == 404
    assert api.get(f"/conversations/{fork['id']}").status_code == 200


def test_a_stream_tells_the_turn_with_its_end(api: Api) -> None:
    conversation = begun(api)

    response = api.post(f"/conversations/{conversation}/turns", {"content": "hello", "stream": True})
    told = events(response.text)

    assert [name for name, _ in told][-1] == "done"
    assert "".join(data["text"] for name, data in told if name == "delta") == told[-1][1]["text"]
    assert told[-1][1]["conversation"]["turn_id"] == response.headers["X-MM-Turn-Id"]
    assert turns(api, conversation)[0]["reply"]["content"] == told[-1][1]["text"]


def test_a_stream_that_breaks_leaves_a_partial_turn(api: Api) -> None:
    conversation = begun(api)
    cut = {"content": "hello", "stream": True, "options": {"faults": {"cut_stream": 1}}}

    told = events(api.post(f"/conversations/{conversation}/turns", cut).text)

    (turn,) = turns(api, conversation)
    assert told[-1][0] == "error"
    assert (turn["state"], turn["error"]) == ("partial", told[-1][1]["code"])


def test_a_use_case_answers_and_its_session_is_the_conversations(api: Api) -> None:
    code = api.use_case(**CHAT)
    conversation = begun(api, use_case=code)

    whole = said(api, conversation)
    streamed = events(api.post(f"/conversations/{conversation}/turns", {"content": "x", "stream": True}).text)
    asked = api.post(
        f"/use-cases/{code}/generate",
        {"conversation_id": conversation, "messages": [{"role": "user", "content": "hi"}]},
    ).json

    assert whole["correlation_id"] == conversation
    assert next(name for name, _ in streamed) == "started"
    assert {whole["session_id"], streamed[-1][1]["session_id"], asked["session_id"]} == {whole["session_id"]}
    assert [turn["run_id"] for turn in turns(api, conversation)] == [
        whole["run_id"],
        streamed[-1][1]["run_id"],
        asked["run_id"],
    ]


def test_a_question_that_names_a_conversation_is_its_next_turn(api: Api) -> None:
    conversation = begun(api)

    by_prompt = api.post("/generate", {"conversation_id": conversation, "prompt": "one"}).json
    by_message = api.post(
        "/generate",
        {
            "conversation_id": conversation,
            "model": "simulated/medium",
            "messages": [{"role": "user", "content": "two"}],
        },
    ).json

    assert [by_prompt["conversation"]["number"], by_message["conversation"]["turns_shown"]] == [1, 1]
    assert [turn["model"] for turn in turns(api, conversation)] == ["simulated/small", "simulated/medium"]


@pytest.mark.parametrize("stream", [False, True])
def test_openai_clients_name_the_conversation_in_a_header(api: Api, client: FlaskClient, stream: bool) -> None:
    code = api.use_case(**CHAT)
    conversation = begun(api)
    headers = {"Authorization": f"Bearer {api.secret}", "X-Conversation-Id": conversation}
    for model in ("simulated/small", f"use-case/{code}"):
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": stream}
        response = client.post("/v1/chat/completions", json=body, headers=headers)
        assert response.status_code == 200, response.text
        assert response.headers["X-MM-Conversation-Id"] == conversation
        assert "[DONE]" in response.text or not stream

    assert [turn["state"] for turn in turns(api, conversation)] == ["answered", "answered"]


def test_a_repeated_turn_is_taken_once(api: Api) -> None:
    conversation = begun(api)
    headers = {"Idempotency-Key": f"turn-{conversation}"}

    answers = [
        api.post(f"/conversations/{conversation}/turns", {"content": "once"}, headers=headers).text for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert len(turns(api, conversation)) == 1


def test_a_failed_turn_can_be_asked_again(api: Api) -> None:
    conversation = begun(api)
    failing = {"content": "lost", "options": {"faults": {"unavailable": 1}}}
    assert api.post(f"/conversations/{conversation}/turns", failing).status_code == 502
    (failed,) = turns(api, conversation)

    again = api.post(f"/conversations/{conversation}/turns", {"again": failed["id"]}).json

    assert turns(api, conversation)[1]["said"] == failed["said"]
    assert api.post(f"/conversations/{conversation}/turns", {"again": again["conversation"]["turn_id"]}).json[
        "code"
    ] == ("turn-answered")


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 300}}


def test_an_image_is_kept_and_one_too_large_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = begun(api, model="simulated/large")
    said(api, conversation, [{"type": "text", "text": "what?"}, IMAGE])
    monkeypatch.setattr("app.api.turn_payloads.LARGEST_IMAGE", 200)

    refused = api.post(f"/conversations/{conversation}/turns", {"content": [IMAGE]})

    assert turns(api, conversation)[0]["said"][0]["content"][1]["image_url"] == IMAGE["image_url"]["url"]  # type: ignore[index]  # an object
    assert (refused.status_code, refused.json["field"]) == (422, "content")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "use_case"),
        ({**SMALL, "use_case": "x"}, "use_case"),
        ({**SMALL, "task": "chat"}, "model"),
        ({"model": "nobody/knows"}, "model"),
        ({**SMALL, "when_long": "forget"}, "when_long"),
        ({**SMALL, "window_tokens": 1}, "window_tokens"),
        ({**SMALL, "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({**SMALL, "expires_at": "2101-01-01T00:00:00"}, "expires_at"),
        ({**SMALL, "summary": {"choice": {"models": ["simulated/small"]}}}, "summary"),
        ({**SMALL, "when_long": "summarise", "summary": {"choice": {"models": ["no/model"]}}}, "summary.choice"),
        ({**SMALL, "more": 1}, "more"),
    ],
)
def test_a_conversation_that_cannot_be_meant_is_refused_by_name(api: Api, body: object, field: str) -> None:
    response = api.post("/conversations", body)

    assert (response.status_code, response.json["field"]) == (422, field), response.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": "x", "again": str(uuid4())}, "content"),
        ({"content": 1}, "content"),
        ({"content": "x", "model": "nobody/knows"}, "model"),
        ({"content": "x", "model": "simulated/small", "task": "chat"}, "model"),
        ({"again": "x"}, "again"),
        ({"tool_answers": [{"tool_call_id": "t", "content": "x"}]}, "tool_answers[0].tool_call_id"),
        ({"content": "x", "messages": []}, "messages"),
    ],
)
def test_a_turn_that_cannot_be_meant_is_refused_by_name(api: Api, body: object, field: str) -> None:
    conversation = begun(api)

    response = api.post(f"/conversations/{conversation}/turns", body)

    assert (response.status_code, response.json["field"]) == (422, field), response.text
    assert [turn for turn in turns(api, conversation) if turn["state"] == "answered"] == []


@pytest.mark.parametrize(
    ("path", "more", "field"),
    [
        ("/generate", {"prompt": "x", "system": "y"}, "system"),
        ("/generate", {"messages": [{"role": "system", "content": "y"}]}, "messages[0].role"),
        ("/generate", {}, "messages"),
        ("/use-cases/x/generate", {"inputs": {}}, "messages"),
        ("/use-cases/x/generate", {"correlation_id": "c"}, "correlation_id"),
    ],
)
def test_a_conversation_knows_what_was_said_before(api: Api, path: str, more: dict[str, Any], field: str) -> None:
    response = api.post(path, {"conversation_id": begun(api), **more})

    assert (response.status_code, response.json["field"]) == (422, field), response.text


def test_a_conversation_that_is_not_there_is_named_by_the_field_that_asked_for_it(
    api: Api, client: FlaskClient
) -> None:
    nobody = str(uuid4())

    asked = api.post("/generate", {"conversation_id": nobody, "prompt": "x"})
    headers = {"Authorization": f"Bearer {api.secret}", "X-Conversation-Id": "no-id"}
    body = {**SMALL, "messages": [{"role": "user", "content": "hi"}]}
    chat = client.post("/v1/chat/completions", json=body, headers=headers)

    assert (asked.status_code, asked.json["field"]) == (404, "conversation_id")
    assert api.post(f"/conversations/{nobody}/turns", {"content": "x"}).status_code == 404
    assert (chat.status_code, chat.json["error"]["param"]) == (400, "X-Conversation-Id")


def test_reading_needs_read_or_run_and_talking_needs_run(api: Api, client: FlaskClient) -> None:
    conversation = begun(api)
    reader = Api(client, api.made("/keys", {"name": "reader", "scopes": ["read"]})["secret"])

    assert reader.get(f"/conversations/{conversation}/turns").status_code == 200
    assert reader.post(f"/conversations/{conversation}/turns", {"content": "x"}).status_code == 403
    assert reader.delete(f"/conversations/{conversation}").status_code == 403
