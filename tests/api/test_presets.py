"""Presets are read, and made one's own in one call."""

import pytest

from tests.api.conftest import Api


def test_presets_are_listed_and_read(api: Api) -> None:
    listed = api.get("/presets").json["items"]
    one = api.get("/presets/translation").json

    assert len(listed) == 10
    assert one in listed
    assert [each["name"] for each in one["inputs"] if each["required"]] == ["text"]
    assert one["example"]["text"]
    assert one["flows"][0]["steps"][0]["prompt"].startswith("Translate the text")


def test_a_preset_is_used_and_answers_its_example(api: Api) -> None:
    wanted = {"preset": "translation", "code": "translate-it", "models": ["simulated/small"], "activate": True}

    made = api.made("/use-cases/from-preset", wanted)

    assert (made["use_case"]["code"], made["use_case"]["active"]) == ("translate-it", True)
    assert [(each["code"], each["weight"]) for each in made["flows"]] == [("direct", 10_000), ("reviewed", 0)]
    asked = {"correlation_id": "c1", "inputs": {"text": "Guten Tag"}}
    assert api.post("/use-cases/translate-it/generate", asked).status_code == 200


def test_the_code_is_the_presets_own_unless_it_is_said(api: Api) -> None:
    assert api.made("/use-cases/from-preset", {"preset": "classify"})["use_case"]["code"] == "classify"
    again = api.post("/use-cases/from-preset", {"preset": "classify"})
    assert (again.status_code, again.json["code"]) == (409, "duplicate-code")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"preset": "nothing"}, 404, "preset"),
        ({"preset": "extract", "models": ["nobody/none"]}, 422, "steps[0].choice.models"),
        ({"preset": "extract", "code": "U C"}, 422, "code"),
        ({}, 422, "preset"),
        ({"preset": "extract", "more": 1}, 422, "more"),
    ],
)
def test_what_cannot_be_made_is_refused_by_field(api: Api, body: dict[str, object], status: int, field: str) -> None:
    refused = api.post("/use-cases/from-preset", body)

    assert (refused.status_code, refused.json["field"]) == (status, field)
    assert api.get("/use-cases/extract").status_code == 404
