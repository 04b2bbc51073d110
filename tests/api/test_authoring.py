"""Configuration as files over HTTP: read by whoever reads, applied whole or not at all, restricted as the doors are."""

import pytest

from tests.api.conftest import Api

FILE = """\
code: from-file
active: true
flows:
  - code: a
    active: true
    steps:
      - code: answer
        prompt: Say {{ word }}.
        choice: {models: [simulated/small]}
"""


@pytest.fixture
def limited(api: Api) -> Api:
    """A client whose key has no scope admin."""
    return Api(api.client, api.made("/keys", {"name": "ci", "scopes": ["write"]})["secret"])


def test_what_is_exported_can_be_applied_and_changes_nothing(api: Api) -> None:
    code = api.use_case("a", "b")
    found = api.get("/export").json

    assert f"use-cases/{code}.yaml" in found["files"]
    told = api.post("/apply", found).json
    assert (told["written"], told["differs"], told["secrets"]) == (True, False, {})
    assert {each["verdict"] for each in told["changes"]} == {"same"}


def test_a_dry_run_tells_and_does_nothing_then_it_is_done(api: Api) -> None:
    body = {"files": {"use-cases/from-file.yaml": FILE}}

    told = api.post("/apply?dry_run=true", body).json
    assert next(each for each in told["changes"] if each["verdict"] == "create")["diff"].startswith("--- nothing\n")
    assert api.get("/use-cases/from-file").status_code == 404

    assert api.post("/apply", body).json["written"]
    asked = {"correlation_id": "c1", "inputs": {"word": "hello"}}
    assert api.post("/use-cases/from-file/generate", asked).status_code == 200
    assert not api.post("/apply", body).json["differs"]


def test_what_is_refused_is_told_by_line(api: Api) -> None:
    body = {"files": {"use-cases/x.yaml": FILE.replace("from-file", "x").replace("simulated/small", "nobody/none")}}

    told = api.post("/apply", body).json

    assert not told["written"]
    (refused,) = [each["refused"] for each in told["changes"] if each["refused"]]
    assert (refused["code"], refused["file"], refused["line"]) == ("unknown-model", "use-cases/x.yaml", 9)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (
            {"use-cases/x.yaml": FILE.replace("prompt", "prompts")},
            "use-cases/x.yaml:8: flows[0].steps[0].prompts: unknown",
        ),
        ({"tasks.yaml": "tasks: [1"}, "tasks.yaml:2: did not find expected"),
        ({"other.yaml": "a: 1"}, "other.yaml:1: no file of a configuration"),
        ({}, "at least 1"),
        ({"tasks.yaml": 3}, "valid string"),
    ],
)
def test_files_that_cannot_be_read_are_a_422(api: Api, files: dict[str, object], why: str) -> None:
    told = api.post("/apply", {"files": files})

    assert told.status_code == 422
    assert why in told.json["detail"]


def test_budgets_and_webhooks_need_scope_admin(api: Api, limited: Api) -> None:
    assert "webhooks.yaml" not in limited.get("/export").json["files"]
    assert "webhooks.yaml" in api.get("/export").json["files"]
    for name, text in (("budgets.yaml", "budgets: []"), ("webhooks.yaml", "webhooks: []")):
        refused = limited.post("/apply?dry_run=true", {"files": {name: text}})
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert limited.post("/apply?dry_run=true", {"files": {"tasks.yaml": "tasks: {}"}}).status_code == 200
