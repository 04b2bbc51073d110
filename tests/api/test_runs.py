"""A run is told with its steps and calls, listed, followed, cancelled, and goes on after it failed."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from app.services.world import World
from tests.api.conftest import Api, step_of
from tests.waiting import until

UNKNOWN = "01a1fc9a-4f53-72e0-a947-dadead74fdd1"
_numbers = count(1)


def made(api: Api, *steps: dict[str, Any], **flow: Any) -> str:
    """The code of an active use case with one flow of these steps; the first is declared, the others its own."""
    code = f"runs-{next(_numbers)}"
    first, *others = (step_of(**step) for step in steps)
    api.made("/use-cases", {"code": code, "steps": [{"code": first["code"]}]})
    every = [first, *({**other, "own": True} for other in others)]
    api.made(f"/use-cases/{code}/flows", {"code": "a", "steps": every, **flow})
    assert api.patch(f"/use-cases/{code}/flows/a", {"active": True}).status_code == 200
    assert api.patch(f"/use-cases/{code}", {"active": True}).status_code == 200
    return code


def fails_at(api: Api, broken: dict[str, Any]) -> tuple[str, str]:
    """The use case and the run of a flow whose second step fails."""
    code = made(api, {"code": "a"}, {"code": "b", "params": {"options": broken}})
    refused = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}})
    assert refused.status_code == 502
    assert refused.headers["X-MM-Run-Id"] == refused.json["run_id"]
    return code, refused.json["run_id"]


def events(text: str) -> list[tuple[str, Any]]:
    """Name and data of each event of a stream."""
    parts = [dict(line.split(": ", 1) for line in part.split("\n") if ": " in line) for part in text.split("\n\n")]
    return [(part["event"], json.loads(part["data"])) for part in parts if "event" in part]


def test_a_failed_run_names_step_and_error(api: Api) -> None:
    code = api.use_case(params={"options": {"faults": {"unavailable": 1}}})
    api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}})
    call = api.get(f"/calls?use_case={code}").json["items"][0]

    run = api.get(f"/runs/{call['run_id']}").json

    assert (run["status"], run["failed_step"], run["error"]) == ("failed", "answer", "provider-unavailable")
    assert [item["id"] for item in run["calls"]] == [call["id"]]
    assert run["outputs"] == {}
    assert [(step["step"], step["state"], step["error"]) for step in run["steps"]] == [
        ("answer", "failed", "provider-unavailable")
    ]


@pytest.mark.parametrize("path", ["", "/events"])
def test_an_unknown_run_is_not_found(api: Api, path: str) -> None:
    assert api.get(f"/runs/{UNKNOWN}{path}").status_code == 404


@pytest.mark.parametrize("what", ["cancel", "resume"])
def test_nothing_is_done_to_an_unknown_run(api: Api, what: str) -> None:
    assert api.post(f"/runs/{UNKNOWN}/{what}", {}).status_code == 404


def test_steps_tell_how_each_went(api: Api) -> None:
    code = made(
        api,
        {"code": "list", "prompt": "{{ item }}", "each": {"over": "words"}},
        {"code": "never", "when": "outputs.list == ''"},
        {"code": "end", "after": ["list"], "prompt": "{{ parsed.list[0] }}"},
    )

    done = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x", "words": ["p", "q"]}}).json

    run = api.get(f"/runs/{done['run_id']}").json
    assert [(step["step"], step["state"], step["items"]) for step in run["steps"]] == [
        ("list", "answered", 2), ("never", "skipped", None), ("end", "answered", None),
    ]  # fmt: skip
    assert run["steps"][2]["output"] == done["text"] == run["outputs"]["end"]
    assert run["resumes"] is None


def test_runs_are_listed_newest_first_by_what_is_asked(api: Api) -> None:
    code = api.use_case()
    ids = [
        api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}, "correlation_id": f"c-{n}"}).json
        for n in range(3)
    ]

    listed = api.get(f"/runs?use_case={code}&limit=2").json
    rest = api.get(f"/runs?use_case={code}&limit=2&cursor={listed['next']}").json
    own = api.get(f"/runs?session_id={ids[1]['session_id']}").json

    found = [run["id"] for run in (*listed["items"], *rest["items"])]
    assert found == [answer["run_id"] for answer in reversed(ids)]
    assert [run["id"] for run in own["items"]] == [ids[1]["run_id"]]
    assert api.get(f"/runs?use_case={code}&status=failed").json == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [("status=done", 422, "status"), ("session_id=x", 422, "session_id"), ("use_case=nobody", 404, "use_case")],
)
def test_a_list_of_nothing_that_there_is_is_refused(api: Api, query: str, status: int, field: str | None) -> None:
    answer = api.get(f"/runs?{query}")

    assert (answer.status_code, answer.json.get("field")) == (status, field)


def test_a_run_is_followed_by_its_steps(api: Api) -> None:
    code = made(api, {"code": "a"}, {"code": "b"})
    done = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}}).json

    told = events(api.get(f"/runs/{done['run_id']}/events").text)

    assert [(name, data.get("step")) for name, data in told] == [
        ("step-started", "a"), ("step-ended", "a"), ("step-started", "b"), ("step-ended", "b"), ("run-ended", None),
    ]  # fmt: skip
    assert (told[-1][1]["status"], told[-1][1]["id"]) == ("succeeded", done["run_id"])


def test_a_run_is_cancelled_while_it_goes_on(api: Api) -> None:
    code = made(api, {"code": "a"}, {"code": "b", "params": {"options": {"latency_ms": 20_000}}})
    other = Api(api.client.application.test_client())

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(other.post, f"/use-cases/{code}/generate", {"inputs": {"word": "x"}})
        until(lambda: len(api.get(f"/runs?use_case={code}").json["items"]) == 1)
        run_id = api.get(f"/runs?use_case={code}&status=running").json["items"][0]["id"]
        cancelled = api.post(f"/runs/{run_id}/cancel", None)
        refused = answer.result(timeout=60)

    assert (cancelled.status_code, cancelled.json) == (202, {"id": run_id, "cancelling": True})
    assert (refused.status_code, refused.json["code"], refused.json["run_id"]) == (409, "run-cancelled", run_id)
    assert api.get(f"/runs/{run_id}").json["status"] == "cancelled"
    again = api.post(f"/runs/{run_id}/cancel", None)
    assert (again.status_code, again.json["code"]) == (409, "run-over")
    assert again.json["detail"] == f"run {run_id} is over: it was cancelled"


@pytest.mark.parametrize("stream", [False, True])
def test_a_failed_run_goes_on(api: Api, world: World, stream: bool) -> None:
    code, run_id = fails_at(api, {"faults": {"unavailable": 1}})
    world.breakers.reset("simulated")
    still = api.post(f"/runs/{run_id}/resume", {"stream": stream})
    told = still.text  # to its end

    listed = api.get(f"/runs?use_case={code}").json["items"]
    assert len(listed) == 2
    assert (listed[0]["resumes"], listed[0]["status"], listed[0]["failed_step"]) == (run_id, "failed", "b")
    calls = api.get(f"/runs/{listed[0]['id']}").json["calls"]
    assert [call["step"] for call in calls] == ["b"]
    assert still.status_code == (200 if stream else 502)  # a stream has begun by telling the step
    assert "provider-unavailable" in told


def test_what_succeeded_is_not_resumed(api: Api) -> None:
    code = made(api, {"code": "a"}, {"code": "b"})
    done = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}}).json

    refused = api.post(f"/runs/{done['run_id']}/resume", {})

    assert (refused.status_code, refused.json["code"]) == (409, "run-not-resumable")


def test_a_run_under_way_is_not_resumed(api: Api) -> None:
    code = made(api, {"code": "a"}, {"code": "b", "params": {"options": {"latency_ms": 20_000}}})
    other = Api(api.client.application.test_client())
    threading.Thread(target=other.post, args=(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}})).start()
    until(lambda: len(api.get(f"/runs?use_case={code}").json["items"]) == 1)
    run_id = api.get(f"/runs?use_case={code}").json["items"][0]["id"]

    refused = api.post(f"/runs/{run_id}/resume", {})
    api.post(f"/runs/{run_id}/cancel", None)

    assert (refused.status_code, refused.json["code"]) == (409, "run-not-resumable")
    until(lambda: api.get(f"/runs/{run_id}").json["status"] == "cancelled")


def test_a_flow_over_its_own_budget_is_refused_by_its_code(api: Api) -> None:
    code = made(api, {"code": "a"}, limits={"max_cost_usd": "0.000000001"})

    refused = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}})

    assert (refused.status_code, refused.json["code"]) == (402, "run-budget-exceeded")


def test_an_answer_that_is_no_json_of_its_schema_is_a_bad_answer(api: Api) -> None:
    schema = {"type": "object", "required": ["age"]}
    code = made(api, {"code": "a", "output_schema": schema, "params": {"options": {"answers": {".*": "none"}}}})

    refused = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}})

    assert (refused.status_code, refused.json["code"]) == (502, "output-invalid")


def test_the_openai_door_streams_a_flow_of_several_steps(api: Api) -> None:
    code = made(api, {"code": "a", "prompt": "{{ prompt }}"}, {"code": "b", "prompt": "{{ outputs.a }}"})
    asked = {"model": f"use-case/{code}", "messages": [{"role": "user", "content": "hi"}]}
    headers = {"Authorization": f"Bearer {api.secret}"}

    whole = api.client.post("/v1/chat/completions", json=asked, headers=headers).json
    told = api.client.post("/v1/chat/completions", json={**asked, "stream": True}, headers=headers).text

    chunks = [json.loads(line[6:]) for line in told.split("\n") if line.startswith("data: {")]
    text = "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    assert text == whole["choices"][0]["message"]["content"]
    assert told.rstrip().endswith("data: [DONE]")


def test_an_answer_of_a_schema_reaches_openai_clients_in_one_piece(api: Api) -> None:
    step = {"code": "a", "prompt": "{{ prompt }}", "on_error": {"action": "value", "value": "sorry"}}
    code = made(api, {**step, "params": {"options": {"faults": {"refused": 1}}}})
    asked = {"model": f"use-case/{code}", "messages": [{"role": "user", "content": "hi"}], "stream": True}

    told = api.client.post("/v1/chat/completions", json=asked, headers={"Authorization": f"Bearer {api.secret}"}).text

    assert '"content":"sorry"' in told.replace('": "', '":"')
