"""The record of models is read by whom it is asked for: a use case, a task, or direct questions."""

from app.services.routing import learning
from app.services.world import World
from tests.api.conftest import Api


def test_the_record_tells_what_a_model_did_for_a_use_case_by_level(api: Api, world: World) -> None:
    among = ["simulated/small", "simulated/medium"]
    code = api.use_case(choice={"auto": {"strategy": "best_cost", "among": among}})
    for number in range(3):
        answered = api.post(
            f"/use-cases/{code}/generate", {"correlation_id": f"c{number}", "inputs": {"word": "hello"}}
        )
        assert answered.status_code == 200, answered.text
    said = {"use_case": code, "correlation_id": "c1", "kind": "score", "value": 0.25}
    assert api.post("/feedback", said).status_code == 201
    list(learning.learn(world))

    found = api.get(f"/models/record?use_case={code}").json
    items = found["items"]

    assert found["next"] is None
    assert sum(each["calls"] for each in items) == 3
    assert {each["level"] for each in items} == {"easy"}
    assert [each["quality"] for each in items if each["outcomes"]] == [0.25]
    assert all(0 < each["expected_quality_low"] < each["expected_quality"] < 1 for each in items)
    assert all(float(each["cost_each_usd"]) > 0 and each["latency_ms"] >= 0 for each in items)


def test_calls_that_no_router_chose_stand_apart(api: Api) -> None:
    assert api.put("/tasks/recorded", {"model": "simulated/small"}).status_code == 200
    assert api.post("/generate", {"task": "recorded", "prompt": "hi"}).status_code == 200
    items = api.get("/models/record?task=recorded&days=1").json["items"]

    assert [(each["model"], each["level"], each["quality"]) for each in items] == [("simulated/small", "", None)]
    assert items[0]["expected_quality"] is None
    assert api.get("/models/record?task=unheard-of").json["items"] == []


def test_a_record_is_of_one_learner_that_exists(api: Api) -> None:
    assert api.get("/models/record?use_case=none").status_code == 404
    assert api.get("/models/record?use_case=none&task=chat").json["field"] == "task"
    assert api.get("/models/record?days=0").json["field"] == "days"
    assert api.get("/models/record?strange=1").status_code == 422
