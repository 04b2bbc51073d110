"""Steps tell their position and the inputs they name, and are ordered by positions when they are sent with them."""

import pytest

from tests.api.conftest import Api

CHOICE = {"models": ["simulated/small"]}


def two_steps(api: Api, code: str) -> str:
    """A use case of two steps and its flow."""
    api.made("/use-cases", {"code": code, "steps": [{"code": "one"}, {"code": "two"}]})
    steps = [{"code": name, "prompt": f"{{{{ {name} }}}} <<NAME>>", "choice": CHOICE} for name in ("one", "two")]
    api.made(f"/use-cases/{code}/flows", {"code": "a", "steps": steps})
    api.patch(f"/use-cases/{code}/flows/a", {"active": True})
    api.patch(f"/use-cases/{code}", {"active": True})
    return code


def test_steps_tell_position_and_placeholders_wherever_they_are_told(api: Api) -> None:
    code = two_steps(api, "positions-told")

    flow = api.get(f"/use-cases/{code}/flows/a").json["steps"]
    picked = api.post(f"/use-cases/{code}/pick", {"step": "two"}).json["steps"]
    declared = api.get(f"/use-cases/{code}").json["steps"]

    assert [(step["code"], step["position"], step["placeholders"]) for step in flow] == [
        ("one", 0, ["NAME", "one"]),
        ("two", 1, ["NAME", "two"]),
    ]
    assert [(step["code"], step["position"]) for step in picked] == [("two", 1)]
    assert [(step["code"], step["position"]) for step in declared] == [("one", 0), ("two", 1)]


def test_what_was_read_can_be_sent_back(api: Api) -> None:
    code = two_steps(api, "positions-back")
    steps = api.get(f"/use-cases/{code}/flows/a").json["steps"]

    sent = api.patch(f"/use-cases/{code}/flows/a", {"steps": steps[::-1]})
    declared = api.patch(f"/use-cases/{code}", {"steps": api.get(f"/use-cases/{code}").json["steps"][::-1]})

    assert (sent.status_code, sent.json["version"], sent.json["steps"]) == (200, 1, steps)
    assert [step["code"] for step in declared.json["steps"]] == ["one", "two"]


def test_positions_order_the_steps_of_a_use_case_and_of_its_flows(api: Api) -> None:
    code = two_steps(api, "positions-turned")

    turned = api.patch(
        f"/use-cases/{code}", {"steps": [{"code": "one", "position": 7}, {"code": "two", "position": 2}]}
    )

    assert [step["code"] for step in turned.json["steps"]] == ["two", "one"]
    flow = api.get(f"/use-cases/{code}/flows/a").json
    assert ([step["code"] for step in flow["steps"]], flow["version"]) == (["two", "one"], 2)


@pytest.mark.parametrize(
    ("positions", "field"),
    [([0, None], "steps[1].position"), ([1, 1], "steps[1].position"), ([-1, 0], "steps[0].position")],
)
def test_positions_that_give_no_order_are_refused(api: Api, positions: list[int | None], field: str) -> None:
    steps = [{"code": name, "position": at} for name, at in zip(("one", "two"), positions, strict=True)]

    refused = api.post("/use-cases", {"code": "positions-refused", "steps": steps})

    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_a_mark_is_filled_when_it_is_served(api: Api) -> None:
    code = api.use_case(prompt="Say <<NAME>> to <<NOBODY>>")

    run = api.post(f"/use-cases/{code}/generate", {"inputs": {"NAME": "{{ word }}"}})

    assert run.status_code == 200, run.text
    call = api.get(f"/calls/{run.json['calls'][0]['id']}").json
    assert "Say {{ word }} to <<NOBODY>>" in str(call)
