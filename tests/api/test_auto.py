"""`auto` is taken wherever a model is: by both doors, in steps, and it tells why it picked whom it picked."""

from typing import Any

import orjson
import pytest

from tests.api.conftest import Api, step_of

THREE = ["simulated/small", "simulated/medium", "simulated/large"]
CHEAPEST = {"strategy": "best_cost", "among": THREE}


@pytest.fixture(autouse=True)
def _sure(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left to chance."""
    object.__setattr__(world.policy, "hold_out", 0.0)


def test_a_question_by_auto_tells_its_route(api: Api) -> None:
    answer = api.post("/generate", {"auto": CHEAPEST, "prompt": "What is two and two?"})

    told = answer.json["route"]
    assert (answer.status_code, answer.json["model"]) == (200, "simulated/small")
    assert (told["picked"], told["strategy"], told["met"]) == ("simulated/small", "best_cost", True)
    assert told["reasoning"]
    assert answer.headers["X-MM-Route-Id"] == told["id"]
    assert answer.headers["X-MM-Model"] == "simulated/small"


def test_a_named_model_has_no_route(api: Api) -> None:
    answer = api.post("/generate", {"model": "simulated/small", "prompt": "hi"})

    assert answer.json["route"] is None
    assert "X-MM-Route-Id" not in answer.headers


@pytest.mark.parametrize("name", ["auto", "auto/best_cost", "auto/fastest", "auto/tiers"])
def test_auto_is_a_models_name_at_both_doors(api: Api, name: str) -> None:
    native = api.post("/generate", {"model": name, "prompt": "hi"})
    theirs = api.client.post(
        "/v1/chat/completions",
        json={"model": name, "messages": [{"role": "user", "content": "hi"}]},
        headers={"Authorization": f"Bearer {api.secret}"},
    )

    assert native.json["route"]["picked"].startswith("simulated/")
    assert theirs.json["model"].startswith("simulated/")
    assert theirs.headers["X-MM-Route-Id"]


def test_a_stream_by_auto_names_its_route_at_its_end(api: Api) -> None:
    answer = api.post("/generate", {"auto": CHEAPEST, "prompt": "hi", "stream": True})

    assert b'"strategy":"best_cost"' in answer.data
    assert b"event: done" in answer.data


def test_a_stream_through_the_other_door_names_its_route_in_the_chunk_that_ends_it(api: Api) -> None:
    answer = api.client.post(
        "/v1/chat/completions",
        json={"model": "auto", "messages": [{"role": "user", "content": "hi"}], "stream": True},
        headers={"Authorization": f"Bearer {api.secret}"},
    )
    lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
    chunks = [orjson.loads(line.removeprefix("data: ")) for line in lines]

    (route_id,) = [chunk["route_id"] for chunk in chunks if "route_id" in chunk]
    assert chunks[-1]["choices"][0]["finish_reason"] is not None
    assert api.get(f"/routes/{route_id}").json["id"] == route_id


def test_a_step_takes_auto_and_its_use_case_learns(api: Api) -> None:
    code = api.use_case("a", choice={"auto": CHEAPEST})

    answer = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "yes"}, "correlation_id": "c1"})
    shown = api.get(f"/use-cases/{code}/flows/a").json["steps"][0]["choice"]

    assert answer.json["route"]["picked"] == "simulated/small"
    assert (shown["models"], shown["auto"]["strategy"], shown["auto"]["among"]) == ([], "best_cost", THREE)


@pytest.mark.parametrize(
    ("auto", "field"),
    [
        ({"strategy": "luckiest"}, "auto.strategy"),
        ({"preference": 2}, "auto.preference"),
        ({"strategy": "fastest", "preference": 0.5}, "auto.preference"),
        ({"among": ["acme/none"]}, "auto.among"),
        ({"excluded": ["acme/none"]}, "auto.excluded"),
        ({"among": ["simulated/small"], "excluded": ["simulated/small"]}, "auto.excluded"),
        ({"capabilities": ["telepathy"]}, "auto.capabilities"),
        ({"min_quality": 70}, "auto.min_quality"),
        ({"max_cost_usd": "-1"}, "auto.max_cost_usd"),
        ({"max_cost_usd": 0.5}, "auto.max_cost_usd"),
        ({"strict": True}, "auto.strict"),
        ({"triggers": ["fraud", ""]}, "auto.triggers[1]"),
        ({"triggers": [" . "]}, "auto.triggers[0]"),
        ({"escalation": {"min_score": 2}}, "auto.escalation.min_score"),
        ({"escalation": {"judge": "acme/none"}}, "auto.escalation.judge"),
        ({"council": {"size": 1}}, "auto.council.size"),
        ({"council": {}, "escalation": {}}, "auto.escalation"),
        ({"cheap": True}, "auto.cheap"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_by_its_field(api: Api, auto: dict[str, object], field: str) -> None:
    answer = api.post("/generate", {"auto": auto, "prompt": "hi"})

    assert (answer.status_code, answer.json["field"]) == (422, field)


@pytest.mark.parametrize(
    "target",
    [
        {"auto": {}, "model": "simulated/small"},
        {"auto": {}, "models": ["simulated/small"]},
        {"model": "auto/luckiest"},
        {"model": "auto/"},
    ],
)
def test_a_target_that_is_no_target_is_refused(api: Api, target: dict[str, object]) -> None:
    answer = api.post("/generate", {**target, "prompt": "hi"})

    assert (answer.status_code, answer.json["field"]) == (422, "model")


def test_limits_that_no_model_meets_list_what_removed_each(api: Api) -> None:
    answer = api.post("/generate", {"auto": {"among": THREE, "max_cost_usd": "0"}, "prompt": "hi"})

    removed = answer.json["removed"]
    assert (answer.status_code, answer.json["code"]) == (422, "no-model-fits")
    assert {each["model"] for each in removed} == set(THREE)
    assert {each["limit"] for each in removed} == {"max_cost"}
    assert all(each["why"] for each in removed)


def test_a_step_with_auto_and_models_or_unknown_names_is_refused(api: Api) -> None:
    code = api.use_case("a")

    both = api.post(
        f"/use-cases/{code}/flows",
        {"code": "b", "steps": [step_of(choice={"auto": {}, "models": ["simulated/small"]})]},
    )
    unknown = api.post(
        f"/use-cases/{code}/flows",
        {"code": "b", "steps": [step_of(choice={"auto": {"among": ["acme/none"]}})]},
    )

    assert (both.status_code, both.json["field"]) == (422, "steps[0].choice.models")
    assert (unknown.status_code, unknown.json["field"]) == (422, "steps[0].choice.auto.among")


def test_embeddings_are_not_picked(api: Api) -> None:
    answer = api.client.post(
        "/v1/embeddings", json={"model": "auto", "input": "hi"}, headers={"Authorization": f"Bearer {api.secret}"}
    )

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "unsupported_parameter")


def test_auto_stands_in_the_list_of_models(api: Api) -> None:
    listed = api.client.get("/v1/models", headers={"Authorization": f"Bearer {api.secret}"}).json["data"]

    assert {"auto", "auto/best_quality", "auto/tiers"} <= {entry["id"] for entry in listed}
