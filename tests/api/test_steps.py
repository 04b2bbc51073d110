"""What a step says is written and read in the same words, and what no run could follow is refused at its field."""

from typing import Any

import pytest

from tests.api.conftest import Api, step_of

SCHEMA = {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"]}
SILENT = {
    "own": False,
    "after": None,
    "when": None,
    "retries": 0,
    "on_error": {"action": "fail", "value": None, "step": None},
    "output_schema": None,
    "each": None,
    "repeat": None,
    "hooks": [],
}
SPOKEN = [
    step_of(output_schema=SCHEMA, on_error={"action": "value", "value": '{"kind": "a"}'}),
    step_of(code="b", own=True, when="parsed.answer.kind == 'a'", retries=3, on_error="skip"),
    step_of(
        code="c",
        own=True,
        after=["answer"],
        each={"over": "list", "most": 5, "at_once": 2},
        on_error={"action": "step", "step": "d"},
    ),
    step_of(code="d", own=True, each={"over": "list"}),
    step_of(code="e", own=True, after=["b", "c"], repeat={"most": 2, "until": "last == 'x'"}),
    step_of(code="f", own=True, after=[], repeat={"most": 20}),
]


def flow(api: Api, steps: list[dict[str, Any]], **given: Any) -> Any:
    """A new flow, as it is told."""
    code = api.use_case()
    return api.made(f"/use-cases/{code}/flows", {"code": "b", "steps": steps, **given})


def test_a_step_that_says_nothing_of_it_is_told_as_it_always_was(api: Api) -> None:
    (step,) = flow(api, [step_of()])["steps"]

    assert {name: step[name] for name in SILENT} == SILENT


def test_all_that_steps_say_is_told_in_the_same_words(api: Api) -> None:
    answer, b, c, d, e, f = flow(api, SPOKEN)["steps"]

    assert (answer["output_schema"], answer["on_error"]) == (
        SCHEMA,
        {"action": "value", "value": '{"kind": "a"}', "step": None},
    )
    assert (b["own"], b["when"], b["retries"], b["after"]) == (True, "parsed.answer.kind == 'a'", 3, None)
    assert b["on_error"] == {"action": "skip", "value": None, "step": None}
    assert (c["after"], c["each"]) == (["answer"], {"over": "list", "most": 5, "at_once": 2})
    assert c["on_error"] == {"action": "step", "value": None, "step": "d"}
    assert d["each"] == {"over": "list", "most": 100, "at_once": 8}
    assert (e["after"], e["repeat"]) == (["b", "c"], {"most": 2, "until": "last == 'x'"})
    assert (f["after"], f["repeat"]) == ([], {"most": 20, "until": None})


def test_what_was_told_can_be_written_again_and_changes_nothing(api: Api) -> None:
    code = api.use_case()
    made = api.made(f"/use-cases/{code}/flows", {"code": "b", "steps": SPOKEN, "limits": {"max_cost_usd": "0.5"}})

    again = api.patch(f"/use-cases/{code}/flows/b", {"steps": made["steps"], "limits": made["limits"]})
    copy = api.made(f"/use-cases/{code}/flows/b/clone", {"code": "c"})

    assert again.status_code == 200
    assert (again.json["steps"], again.json["version"]) == (made["steps"], 1)
    assert (copy["steps"], copy["limits"]) == (made["steps"], made["limits"])


def test_limits_are_told_in_dollars_and_changed_alone(api: Api) -> None:
    code = api.use_case()
    plain = api.get(f"/use-cases/{code}/flows/a").json

    changed = api.patch(f"/use-cases/{code}/flows/a", {"limits": {"deadline_s": 2.5, "max_cost_usd": "0.25"}}).json
    kept = api.patch(f"/use-cases/{code}/flows/a", {"title": "Other"}).json
    gone = api.patch(f"/use-cases/{code}/flows/a", {"limits": {}}).json

    assert plain["limits"] == {"deadline_s": None, "max_cost_usd": None}
    assert changed["limits"] == kept["limits"] == {"deadline_s": 2.5, "max_cost_usd": "0.25"}
    assert gone["limits"] == plain["limits"]
    assert changed["steps"] == plain["steps"]


def test_limits_belong_to_the_version_that_served(api: Api) -> None:
    code = api.use_case()
    api.post(f"/use-cases/{code}/pick", {"correlation_id": "old"})

    changed = api.patch(f"/use-cases/{code}/flows/a", {"limits": {"deadline_s": 9}}).json

    assert changed["version"] == 2
    newest, served = api.get(f"/use-cases/{code}/flows/a/versions").json["items"]
    assert (newest["limits"]["deadline_s"], served["limits"]["deadline_s"]) == (9, None)


def test_the_use_case_may_declare_more_while_a_flow_has_steps_of_its_own(api: Api) -> None:
    code = api.use_case()
    own = [step_of(), step_of(code="polish", own=True)]
    assert api.patch(f"/use-cases/{code}/flows/a", {"steps": own}).status_code == 200

    titled = api.patch(f"/use-cases/{code}", {"steps": [{"code": "answer", "title": "The answer"}]})
    in_use = api.patch(f"/use-cases/{code}", {"steps": [{"code": "answer"}, {"code": "polish"}]})

    assert titled.status_code == 200
    assert (in_use.status_code, in_use.json["code"]) == (409, "steps-in-use")
    assert [step["own"] for step in api.get(f"/use-cases/{code}/flows/a").json["steps"]] == [False, True]


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"after": "answer"}, "steps[1].after"),
        ({"after": ["nobody"]}, "steps[1].after[0]"),
        ({"after": ["b"]}, "steps[1].after[0]"),
        ({"when": ""}, "steps[1].when"),
        ({"when": "x" * 1_001}, "steps[1].when"),
        ({"when": "a b"}, "steps[1].when"),
        ({"when": "outputs.b"}, "steps[1].when"),
        ({"retries": 6}, "steps[1].retries"),
        ({"retries": "1"}, "steps[1].retries"),
        ({"on_error": "value"}, "steps[1].on_error"),
        ({"on_error": "retry"}, "steps[1].on_error"),
        ({"on_error": {"action": "value"}}, "steps[1].on_error.value"),
        ({"on_error": {"action": "skip", "value": "x"}}, "steps[1].on_error.value"),
        ({"on_error": {"action": "step", "step": "answer"}}, "steps[1].on_error.step"),
        ({"on_error": {"action": "fail", "more": 1}}, "steps[1].on_error.more"),
        ({"output_schema": {"type": "text"}}, "steps[1].output_schema"),
        ({"output_schema": {"$ref": "https://example.com/schema"}}, "steps[1].output_schema"),
        ({"output_schema": True}, "steps[1].output_schema"),
        ({"each": {"over": "list", "most": 1_001}}, "steps[1].each.most"),
        ({"each": {"over": "list", "at_once": 33}}, "steps[1].each.at_once"),
        ({"each": {"over": "list |"}}, "steps[1].each.over"),
        ({"each": {}}, "steps[1].each.over"),
        ({"repeat": {"most": 21}}, "steps[1].repeat.most"),
        ({"repeat": {}}, "steps[1].repeat.most"),
        ({"repeat": {"most": 2, "until": "last.upper()"}}, "steps[1].repeat.until"),
        ({"repeat": {"most": 2}, "each": {"over": "list"}}, "steps[1].repeat"),
        ({"prompt": "{{ outputs.later }}"}, "steps[1].prompt"),
        ({"own": False}, "steps[1].code"),
        ({"code": "Not a code"}, "steps[1].code"),
        ({"hooks": [{}]}, "steps[1].hooks[0].name"),
    ],
)
def test_a_step_that_no_run_could_follow_is_refused_and_changes_nothing(
    api: Api, step: dict[str, object], field: str
) -> None:
    code = api.use_case()
    before = api.get(f"/use-cases/{code}/flows/a").json

    steps = [step_of(), step_of(**{"code": "b", "own": True, **step})]
    refused = api.patch(f"/use-cases/{code}/flows/a", {"steps": steps})

    assert (refused.status_code, refused.json["field"]) == (422, field)
    assert api.get(f"/use-cases/{code}/flows/a").json == before


def test_steps_that_wait_for_each_other_are_named(api: Api) -> None:
    code = api.use_case()
    steps = [step_of(after=["c"]), step_of(code="b", own=True), step_of(code="c", own=True)]

    refused = api.post(f"/use-cases/{code}/flows", {"code": "b", "steps": steps})

    assert (refused.status_code, refused.json["field"]) == (422, "steps[0].after")
    assert "'answer' after 'c' after 'b' after 'answer'" in refused.json["detail"]


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"deadline_s": 0}, "limits.deadline_s"),
        ({"deadline_s": 86_401}, "limits.deadline_s"),
        ({"max_cost_usd": "-1"}, "limits.max_cost_usd"),
        ({"max_cost_usd": 1}, "limits.max_cost_usd"),
        ({"max_cost": "1"}, "limits.max_cost"),
    ],
)
def test_limits_that_bound_nothing_are_refused(api: Api, limits: dict[str, object], field: str) -> None:
    code = api.use_case()

    refused = api.patch(f"/use-cases/{code}/flows/a", {"limits": limits})

    assert (refused.status_code, refused.json["field"]) == (422, field)
