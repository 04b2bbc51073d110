"""A step is rendered with given inputs, priced per model, and asked once without a trace in any statistics."""

from typing import Any

import pytest

from tests.api.conftest import Api, step_of


def rendered(api: Api, code: str, **given: Any) -> Any:
    """The preview of the usual step."""
    response = api.post(f"/use-cases/{code}/flows/a/steps/answer/preview", given)
    assert response.status_code == 200, response.text
    return response.json


def test_a_step_is_shown_as_it_would_be_asked(api: Api) -> None:
    models = ["simulated/small", "simulated/large"]
    code = api.use_case(
        prompt="Say {{ word }} <<TONE>>", system="Be {{ mood }}", choice={"models": models}, params={"max_tokens": 10}
    )

    told = rendered(api, code, inputs={"word": "hi", "mood": "kind"})

    assert (told["system"], told["prompt"], told["version"], told["runs"]) == ("Be kind", "Say hi <<TONE>>", 1, None)
    assert [turn["role"] for turn in told["messages"]] == ["system", "user"]
    assert (told["placeholders"], told["unfilled"]) == (["TONE", "mood", "word"], ["TONE"])
    assert sorted(each["model"] for each in told["estimates"]) == sorted(models)
    assert told["input_tokens"] > 0
    assert {each["max_tokens"] for each in told["estimates"]} == {10}
    assert all(each["worst_case_usd"] is not None for each in told["estimates"])
    assert told["answer"] is None
    assert api.get(f"/calls?use_case={code}").json["items"] == []


def test_a_step_is_asked_once_on_wish_and_only_booked(api: Api) -> None:
    code = api.use_case(prompt="Say {{ word }}")

    told = rendered(api, code, inputs={"word": "hi"}, models=["simulated/large"], call=True, tags={"by": "me"})

    assert told["answer"]["text"]
    assert told["answer"]["model"] == "simulated/large"
    (call,) = api.get(f"/calls?use_case={code}").json["items"]
    assert (call["source"], call["step"], call["flow_version"], call["tags"]) == ("preview", "answer", 1, {"by": "me"})
    assert (call["session_id"], call["run_id"]) == (None, None)
    assert api.get(f"/models/record?use_case={code}").json["items"] == []
    assert api.get("/sessions/preview").status_code == 404


def test_a_draft_and_an_unsaved_step_are_previewed(api: Api) -> None:
    code = api.use_case(prompt="Say {{ word }}")
    api.patch(f"/use-cases/{code}/flows/a", {"steps": [step_of(prompt="Draft {{ word }}")], "publish": False})

    draft = rendered(api, code, inputs={"word": "hi"}, version="draft")
    by_number = rendered(api, code, inputs={"word": "hi"}, version=1)
    unsaved = api.post(
        f"/use-cases/{code}/preview", {"step": step_of(prompt="New {{ word }}"), "inputs": {"word": "hi"}, "call": True}
    ).json

    assert (draft["prompt"], draft["version"]) == ("Draft hi", 2)
    assert (by_number["prompt"], by_number["version"]) == ("Say hi", 1)
    assert (unsaved["prompt"], unsaved["version"]) == ("New hi", None)
    assert unsaved["answer"]["text"]


def test_what_comes_of_earlier_steps_and_lists_is_given(api: Api) -> None:
    code = api.use_case()

    def preview(step: dict[str, Any], **given: Any) -> Any:
        return api.post(f"/use-cases/{code}/preview", {"step": step_of(**step), **given}).json

    after = preview(
        {"prompt": "{{ outputs.draft }} {{ parsed.draft.n }}"}, outputs={"draft": "d"}, parsed={"draft": {"n": 3}}
    )
    first = preview({"prompt": "{{ number }}: {{ item }}", "each": {"over": "words"}}, inputs={"words": ["x", "y"]})
    second = preview(
        {"prompt": "{{ number }}: {{ item }}", "each": {"over": "words"}}, inputs={"words": []}, item="y", number=1
    )
    again = preview({"prompt": "{{ round }} {{ last }}", "repeat": {"most": 3}}, round=2, last="worse")
    when = preview({"prompt": "p", "when": "words | length > 1"}, inputs={"words": ["x"]})

    assert [each["prompt"] for each in (after, first, second, again)] == ["d 3", "0: x", "1: y", "2 worse"]
    assert when["runs"] is False


def test_an_answer_that_breaks_the_schema_says_how(api: Api) -> None:
    code = api.use_case()
    schema = {"type": "object", "required": ["never"], "properties": {"never": {"const": "this"}}}

    told = api.post(
        f"/use-cases/{code}/preview", {"step": step_of(prompt="p", output_schema=schema), "call": True}
    ).json

    assert told["violation"]
    assert len(told["answer"]["calls"]) == 1


def test_a_key_that_may_read_previews_and_asks_nothing(api: Api) -> None:
    code = api.use_case(prompt="p")
    reader = Api(api.client, api.made("/keys", {"name": "reader", "scopes": ["read"]})["secret"])

    at = f"/use-cases/{code}/flows/a/steps/answer/preview"

    assert reader.post(at, {}).status_code == 200
    assert reader.post(at, {"call": True}).status_code == 403
    assert api.get(f"/calls?use_case={code}").json["items"] == []


def test_a_preview_that_was_paid_for_is_asked_once_per_idempotency_key(api: Api) -> None:
    code = api.use_case(prompt="p")
    at = f"/use-cases/{code}/flows/a/steps/answer/preview"

    first, again = (api.post(at, {"call": True}, headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert first.json == again.json
    assert len(api.get(f"/calls?use_case={code}").json["items"]) == 1


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({}, 422, "steps.answer.prompt"),
        ({"inputs": {"word": "x", "outputs": 1}}, 422, "inputs.outputs"),
        ({"inputs": {"word": "x"}, "models": ["acme/none"]}, 422, "models[0]"),
        ({"inputs": {"word": "x"}, "item": 1}, 422, "item"),
        ({"inputs": {"word": "x"}, "round": 1}, 422, "round"),
        ({"inputs": {"word": "x"}, "version": 9}, 404, "version"),
        ({"inputs": {"word": "x"}, "nothing": 1}, 422, "nothing"),
    ],
)
def test_what_cannot_be_rendered_names_its_field(api: Api, given: dict[str, Any], status: int, field: str) -> None:
    code = api.use_case(prompt="Say {{ word }}")

    refused = api.post(f"/use-cases/{code}/flows/a/steps/answer/preview", given)

    assert (refused.status_code, refused.json["field"]) == (status, field)


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"prompt": "{{ word"}, "step.prompt"),
        ({"choice": {"models": ["acme/none"]}}, "step.choice.models"),
        ({"choice": {}}, "step.choice"),
        ({"when": "1 +"}, "step.when"),
        ({"each": {"over": "["}}, "step.each.over"),
        ({"output_schema": {"type": "nonsense"}}, "step.output_schema"),
    ],
)
def test_an_unsaved_step_that_cannot_be_names_its_field(api: Api, step: dict[str, Any], field: str) -> None:
    code = api.use_case()

    refused = api.post(f"/use-cases/{code}/preview", {"step": step_of(**{"prompt": "p", **step})})

    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_a_step_or_flow_that_is_not_there_is_not_found(api: Api) -> None:
    code = api.use_case()

    for path in ("flows/a/steps/none/preview", "flows/none/steps/answer/preview"):
        assert api.post(f"/use-cases/{code}/{path}", {}).status_code == 404
    assert api.post("/use-cases/none/preview", {"step": step_of()}).status_code == 404
