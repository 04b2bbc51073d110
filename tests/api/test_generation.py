"""Use cases and models answer over HTTP; each answer names its run, flow, call and cost, and is in the call log."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from app.services.world import World
from tests.api.conftest import ADMIN, NATIVE, Api
from tests.waiting import until

WORD = {"inputs": {"word": "hello"}}


def events(body: str) -> list[tuple[str, dict[str, object]]]:
    """Name and data of each event of a stream."""
    frames = [frame.split("\n", 1) for frame in body.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in frames]


def test_an_answer_names_its_run_flow_call_and_cost(api: Api) -> None:
    code = api.use_case("a", "b")

    response = api.post(f"/use-cases/{code}/generate", {**WORD, "correlation_id": "who/1", "user_id": "u"})

    answer, headers = response.json, response.headers
    assert response.status_code == 200
    assert answer["text"] == answer["outputs"]["answer"]
    assert (answer["use_case"], answer["correlation_id"]) == (code, "who/1")
    assert (headers["X-MM-Run-Id"], headers["X-MM-Flow"]) == (answer["run_id"], answer["flow"])
    assert headers["X-MM-Call-Id"] == answer["calls"][-1]["id"]
    assert headers["X-MM-Cost-Usd"] == answer["cost_usd"] == answer["calls"][0]["cost_usd"]
    assert headers["Server-Timing"].startswith("app;dur=")
    run = api.get(f"/runs/{answer['run_id']}").json
    assert (run["status"], run["flow"], run["inputs"]) == ("succeeded", answer["flow"], WORD["inputs"])
    assert [call["id"] for call in run["calls"]] == [call["id"] for call in answer["calls"]]


def test_a_session_keeps_its_flow(api: Api) -> None:
    code = api.use_case("a", "b", "c")

    flows = {api.post(f"/use-cases/{code}/generate", {**WORD, "correlation_id": "same"}).json["flow"] for _ in range(6)}

    assert len(flows) == 1


def test_the_correlation_id_may_come_in_the_header_and_the_body_wins(api: Api) -> None:
    code = api.use_case()
    header = {"X-Correlation-Id": "from-header"}

    by_header = api.post(f"/use-cases/{code}/pick", {}, headers=header).json
    by_body = api.post(f"/use-cases/{code}/pick", {"correlation_id": "from-body"}, headers=header).json

    assert (by_header["correlation_id"], by_body["correlation_id"]) == ("from-header", "from-body")


def test_without_a_correlation_id_each_request_is_a_session_of_its_own(api: Api) -> None:
    code = api.use_case()

    first, second = (api.post(f"/use-cases/{code}/pick", {}).json for _ in range(2))

    assert first["first"]
    assert second["first"]
    assert first["session_id"] != second["session_id"]


def test_a_pick_gives_the_configuration_and_calls_no_model(api: Api) -> None:
    code = api.use_case(params={"temperature": 0.3})

    picked = api.post(f"/use-cases/{code}/pick", {"correlation_id": "x", "step": "answer"}).json
    again = api.post(f"/use-cases/{code}/pick", {"correlation_id": "x"}).json

    assert picked["steps"][0]["params"]["temperature"] == 0.3
    assert (picked["first"], again["first"], again["flow"]) == (True, False, picked["flow"])
    assert api.get(f"/calls?use_case={code}").json["items"] == []


def test_a_model_is_asked_by_prompt_or_by_messages(api: Api) -> None:
    by_prompt = api.post("/generate", {"model": "simulated/small", "prompt": "hi", "system": "be short"}).json
    by_messages = api.post(
        "/generate",
        {
            "models": ["simulated/small"],
            "messages": [{"role": "system", "content": "be short"}, {"role": "user", "content": "hi"}],
        },
    ).json

    assert by_prompt["text"] == by_messages["text"]
    assert by_prompt["cost_status"] == "priced"


def test_a_task_is_asked_by_name(api: Api) -> None:
    assert api.post("/generate", {"task": "chat", "prompt": "hi"}).json["model"] == "simulated/medium"


def test_the_next_model_of_the_list_answers_when_the_first_fails(api: Api) -> None:
    body = {"models": ["simulated/flaky", "simulated/small"], "prompt": "hi"}

    answers = [api.post("/generate", {**body, "seed": seed}).json for seed in range(12)]

    assert all(answer["calls"][-1]["outcome"] == "ok" for answer in answers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"prompt": "hi"}, "model"),
        ({"model": "simulated/small", "task": "chat", "prompt": "hi"}, "model"),
        ({"model": "simulated/small"}, "messages"),
        ({"model": "simulated/small", "prompt": "hi", "messages": [{"role": "user", "content": "x"}]}, "messages"),
        ({"model": "simulated/small", "messages": [{"role": "user"}]}, "messages[0].content"),
        ({"model": "simulated/small", "messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"model": "simulated/small", "prompt": "hi", "response_format": {"type": "xml"}}, "response_format"),
        ({"model": "simulated/small", "prompt": "hi", "options": {"warp": 9}}, "options.warp"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_field(api: Api, body: dict[str, object], field: str) -> None:
    response = api.post("/generate", body)

    assert (response.status_code, response.json["field"]) == (422, field)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("rate_limited", 503, "provider-rate-limited"),
        ("unavailable", 502, "provider-unavailable"),
        ("timeout", 504, "provider-timeout"),
        ("refused", 502, "provider-refused"),
        ("content_refused", 422, "content-refused"),
        ("context_too_long", 422, "context-too-long"),
        ("bad_answer", 502, "provider-bad-answer"),
    ],
)
def test_each_failure_of_a_provider_has_its_own_status(api: Api, fault: str, status: int, code: str) -> None:
    body = {"model": "simulated/small", "prompt": "hi", "options": {"faults": {fault: 1}}}

    whole, streamed = api.post("/generate", body), api.post("/generate", {**body, "stream": True})

    assert (whole.status_code, whole.json["code"]) == (status, code)
    assert (streamed.status_code, streamed.json["code"]) == (status, code)
    assert ("Retry-After" in whole.headers) == (fault == "rate_limited")


def test_a_stream_of_a_use_case_begins_with_its_flow_and_ends_durable(api: Api) -> None:
    code = api.use_case()

    response = api.post(f"/use-cases/{code}/generate", {**WORD, "stream": True})

    told = events(response.text)
    assert response.mimetype == "text/event-stream"
    assert [name for name, _ in told][:: len(told) - 1] == ["started", "done"]
    assert {name for name, _ in told[1:-1]} == {"delta"}
    assert "".join(str(data["text"]) for _, data in told[1:-1]) == told[-1][1]["text"]
    assert response.headers["X-MM-Run-Id"] == told[0][1]["run_id"] == told[-1][1]["run_id"]
    assert api.get(f"/runs/{told[0][1]['run_id']}").json["status"] == "succeeded"


def test_a_stream_of_a_model_tells_tool_calls(api: Api) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    body = {"model": "simulated/small", "prompt": "hi", "tools": [tool], "tool_choice": "required", "stream": True}

    told = events(api.post("/generate", body).text)

    assert told[0][1]["tool_calls"][0]["name"] == "look"
    assert told[-1][1]["finish_reason"] == "tool_calls"


def test_a_stream_that_is_cut_ends_in_an_error_event(api: Api) -> None:
    code = api.use_case(params={"options": {"faults": {"cut_stream": 1}, "tokens": 20}})

    response = api.post(f"/use-cases/{code}/generate", {**WORD, "stream": True})

    *before, (name, problem) = events(response.text)
    assert (name, problem["code"], problem["status"]) == ("error", "provider-bad-answer", 502)
    assert problem["instance"] == response.headers["X-Request-Id"]
    assert "done" not in [name for name, _ in before]
    assert api.get(f"/runs/{response.headers['X-MM-Run-Id']}").json["status"] == "failed"


def test_all_steps_are_told_and_the_last_one_streams(api: Api) -> None:
    code = "two-steps"
    choice = {"models": ["simulated/small"]}
    steps = [
        {"code": "draft", "prompt": "{{ word }}", "choice": choice},
        {"code": "polish", "prompt": "{{ outputs.draft }}", "choice": choice},
    ]
    api.made("/use-cases", {"code": code, "steps": [{"code": "draft"}, {"code": "polish"}]})
    api.made(f"/use-cases/{code}/flows", {"code": "a", "steps": steps})
    api.patch(f"/use-cases/{code}/flows/a", {"active": True})
    api.patch(f"/use-cases/{code}", {"active": True})

    told = events(api.post(f"/use-cases/{code}/generate", {**WORD, "stream": True}).text)

    assert [name for name, _ in told][:5] == ["started", "step", "step", "step", "delta"]
    moved = [(step["step"], step["state"]) for name, step in told if name == "step"]
    assert moved == [("draft", "started"), ("draft", "answered"), ("polish", "started"), ("polish", "answered")]
    assert told[2][1]["text"] == told[-1][1]["outputs"]["draft"]
    assert set(told[-1][1]["outputs"]) == {"draft", "polish"}
    assert [call["step"] for call in told[-1][1]["calls"]] == ["draft", "polish"]


def test_a_client_that_leaves_a_stream_cancels_the_run_which_is_recorded(api: Api, address: str, world: World) -> None:
    code = api.use_case(params={"options": {"tokens": 400, "chunk_ms": 20}})
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    headers = {"X-Api-Key": ADMIN, "Content-Type": "application/json"}
    connection.request("POST", f"{NATIVE}/use-cases/{code}/generate", json.dumps({**WORD, "stream": True}), headers)
    response = connection.getresponse()
    run_id = response.headers["X-MM-Run-Id"]

    response.read(200)
    response.close()
    connection.close()

    until(lambda: api.get(f"/runs/{run_id}").status_code == 200)  # the server has noticed, and has written it
    run = api.get(f"/runs/{run_id}").json
    assert (run["status"], run["error"]) == ("cancelled", "client-left")
    assert run["calls"][0]["outcome"] == "cancelled"
    assert run["calls"][0]["usage"]["estimated"]
