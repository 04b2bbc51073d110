"""A key that may write names the flow and version that answer, over both doors; other keys may not."""

from typing import Any

import pytest

from tests.api.conftest import Api, step_of

WORD = {"inputs": {"word": "hi"}}


def drafted(api: Api) -> str:
    """A use case whose flow `a` has a draft at version 2 which nobody is served by."""
    code = api.use_case()
    api.patch(f"/use-cases/{code}/flows/a", {"steps": [step_of(prompt="Draft {{ word }}")], "publish": False})
    return code


def test_a_tester_asks_a_draft_and_the_session_says_so(api: Api) -> None:
    code = drafted(api)

    answer = api.post(f"/use-cases/{code}/generate", {**WORD, "correlation_id": "t", "flow": "a", "label": "draft"})
    users = api.post(f"/use-cases/{code}/generate", {**WORD, "correlation_id": "u"})
    again = api.post(f"/use-cases/{code}/pick", {"correlation_id": "t"}).json

    assert answer.status_code == 200, answer.text
    assert (answer.json["flow_version"], answer.json["forced"], answer.json["calls"][0]["reason"]) == (2, True, "first")
    assert (users.json["flow_version"], users.json["forced"]) == (1, False)
    assert (again["flow_version"], again["forced"], again["steps"][0]["prompt"]) == (2, True, "Draft {{ word }}")
    (session,) = api.get("/sessions/t").json["items"]
    assert (session["forced"], session["propensity"], session["experiment_id"]) == (True, 0, None)
    assert [call["source"] for call in api.get(f"/calls?use_case={code}").json["items"]] == ["served", "test"]


def test_a_stream_says_that_it_was_forced(api: Api) -> None:
    code = drafted(api)

    told = api.post(f"/use-cases/{code}/generate", {**WORD, "stream": True, "flow": "a", "version": 2}).text

    assert '"flow_version":2' in told
    assert '"forced":true' in told


def test_the_openai_door_names_flow_and_version_behind_the_use_case(api: Api) -> None:
    code = api.use_case(prompt="{{ prompt }}")
    api.patch(f"/use-cases/{code}/flows/a", {"steps": [step_of(prompt="Draft {{ prompt }}")], "publish": False})
    said = {"messages": [{"role": "user", "content": "hi"}]}

    def ask(name: str) -> Any:
        headers = {"Authorization": f"Bearer {api.secret}"}
        return api.client.post("/v1/chat/completions", json={**said, "model": f"use-case/{name}"}, headers=headers)

    versions = {}
    for name in (f"{code}@a", f"{code}@a:draft", f"{code}@a:2", code):
        answered = ask(name)
        assert answered.status_code == 200, answered.text
        run = api.get(f"/runs/{answered.headers['X-MM-Run-Id']}").json
        versions[name.removeprefix(code)] = run["flow_version"]

    assert versions == {"@a": 1, "@a:draft": 2, "@a:2": 2, "": 1}
    for name, status in ((f"{code}@none", 404), (f"{code}@a:none", 404), (f"{code}@", 404)):
        assert ask(name).status_code == status


def test_a_key_that_may_only_run_names_no_flow(api: Api) -> None:
    code = drafted(api)
    secret = api.made("/keys", {"name": "runner", "scopes": ["run"]})["secret"]
    runner = Api(api.client, secret)

    for path in ("generate", "pick"):
        refused = runner.post(f"/use-cases/{code}/{path}", {"flow": "a"})
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert runner.post(f"/use-cases/{code}/pick", {}).status_code == 200


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"version": 1}, 422, "flow"),
        ({"label": "draft"}, 422, "flow"),
        ({"flow": "a", "version": 1, "label": "draft"}, 422, "label"),
        ({"flow": "a", "version": 0}, 422, "version"),
        ({"flow": "a", "version": "1"}, 422, "version"),
        ({"flow": "a", "version": 9}, 404, "version"),
        ({"flow": "a", "label": "none"}, 404, "label"),
        ({"flow": "none"}, 404, "flow"),
    ],
)
def test_what_cannot_be_forced_names_its_field(api: Api, given: dict[str, object], status: int, field: str) -> None:
    code = drafted(api)

    refused = api.post(f"/use-cases/{code}/generate", {**WORD, **given})

    assert (refused.status_code, refused.json["field"]) == (status, field)
