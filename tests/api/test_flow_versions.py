"""Versions are read, told apart, labelled and rolled back over HTTP."""

from typing import Any

import pytest

from tests.api.conftest import Api, step_of


def edited(api: Api, code: str, prompt: str, **more: Any) -> Any:
    """The flow after an edit."""
    response = api.patch(f"/use-cases/{code}/flows/a", {"steps": [step_of(prompt=prompt)], **more})
    assert response.status_code == 200, response.text
    return response.json


def test_a_version_is_read_by_number_or_label(api: Api) -> None:
    code = api.use_case()
    edited(api, code, "Other {{ word }}", note="why not")

    one = api.get(f"/use-cases/{code}/flows/a/versions/1").json
    live = api.get(f"/use-cases/{code}/flows/a/versions/live").json

    assert (one["version"], one["note"]) == (1, None)
    assert (live["version"], live["note"], live["steps"][0]["prompt"]) == (2, "why not", "Other {{ word }}")
    assert live["actor"]
    assert api.get(f"/use-cases/{code}/flows/a/versions/3").status_code == 404
    assert api.get(f"/use-cases/{code}/flows/none/versions/1").status_code == 404


def test_two_versions_are_told_apart_as_fields_and_as_text(api: Api) -> None:
    code = api.use_case(prompt="Say {{ word }}")
    edited(api, code, "Tell {{ word }}")

    told = api.get(f"/use-cases/{code}/flows/a/versions/1/diff/live").json
    text = api.get(f"/use-cases/{code}/flows/a/versions/1/diff/2?format=text")
    same = api.get(f"/use-cases/{code}/flows/a/versions/2/diff/live").json

    assert (told["before"], told["after"], told["same"]) == ("a/1", "a/2", False)
    fields = [(each["field"], each["before"], each["after"]) for each in told["changed"][0]["fields"]]
    assert fields == [("prompt", "Say {{ word }}", "Tell {{ word }}")]
    assert text.mimetype == "text/plain"
    assert "-    Say {{ word }}\n+    Tell {{ word }}\n" in text.text
    assert (same["same"], same["text"]) == (True, "")


def test_two_flows_are_told_apart(api: Api) -> None:
    code = api.use_case("a", "b")
    edited(api, code, "Only a {{ word }}")

    live = api.get(f"/use-cases/{code}/flows/a/diff/b").json
    first = api.get(f"/use-cases/{code}/flows/a/diff/b?version=1").json

    assert (live["before"], live["after"], live["same"]) == ("a/2", "b/1", False)
    assert first["same"]
    assert api.get(f"/use-cases/{code}/flows/a/diff/b?other_version=2").status_code == 404


def test_a_draft_is_promoted_by_labels_and_rolled_back(api: Api) -> None:
    code = api.use_case()
    at = f"/use-cases/{code}/flows/a"

    drafted = edited(api, code, "Two {{ word }}", publish=False)
    staged = api.post(f"{at}/labels/staging", {"version": "draft"}).json
    live = api.post(f"{at}/labels/live", {"version": 2}).json
    restored = api.post(f"{at}/versions/1/restore", {"note": "two was worse"}).json

    assert (drafted["version"], drafted["labels"]) == (1, {"live": 1, "draft": 2})
    assert (staged["version"], staged["labels"]["staging"]) == (1, 2)
    assert (live["version"], live["labels"]) == (2, {"live": 2, "draft": 2, "staging": 2})
    assert (restored["version"], restored["labels"]["live"]) == (3, 3)
    assert restored["steps"] == api.get(f"{at}/versions/1").json["steps"]
    moves = api.get(f"{at}/label-moves?limit=2").json
    assert len(moves["items"]) == 2
    assert len(api.get(f"{at}/label-moves?limit=2&cursor={moves['next']}").json["items"]) == 2
    assert {each["label"]: each["version"] for each in api.get(f"{at}/labels").json["items"]} == restored["labels"]


def test_labels_are_taken_away_and_live_stays(api: Api) -> None:
    code = api.use_case()
    at = f"/use-cases/{code}/flows/a/labels"
    api.post(f"{at}/good", {"version": 1})

    assert api.delete(f"{at}/good").status_code == 204
    assert api.delete(f"{at}/good").status_code == 404
    kept = api.delete(f"{at}/live")
    assert (kept.status_code, kept.json["code"]) == (409, "label-live")


@pytest.mark.parametrize(
    ("label", "body", "field"),
    [
        ("12", {"version": 1}, "label"),
        ("Upper", {"version": 1}, "label"),
        ("ok", {"version": 0}, "version"),
        ("ok", {"version": True}, "version"),
        ("ok", {}, "version"),
        ("ok", {"version": 1, "more": 1}, "more"),
    ],
)
def test_a_label_that_cannot_be_names_its_field(api: Api, label: str, body: object, field: str) -> None:
    code = api.use_case()

    refused = api.post(f"/use-cases/{code}/flows/a/labels/{label}", body)

    assert refused.status_code == 422
    assert refused.json["field"].startswith(field)
