"""Benchmarks are written down, run and forgotten over HTTP, with inputs of one's own or synthetic ones."""

from typing import Any
from uuid import uuid4

from app.services.comparing.here import run_here
from app.services.world import World
from tests.api.conftest import Api
from tests.api.test_comparisons import BODY


def put(api: Api, **given: Any) -> str:
    """The code of a new benchmark."""
    code = f"bench-{uuid4().hex[:8]}"
    response = api.put(f"/benchmarks/{code}", {**BODY, **given})
    assert response.status_code == 200, response.text
    return code


def test_a_benchmark_is_written_down_read_rewritten_and_forgotten(api: Api) -> None:
    code = put(api, title="Nightly", every_hours=24)
    told = api.get(f"/benchmarks/{code}").json

    assert (told["title"], told["inputs"], told["every_hours"]) == ("Nightly", 8, 24)
    assert told["next_at"] is not None
    assert told["config"]["scoring"]["rule"] == "contains"
    assert "inputs" not in told["config"]
    assert code in [each["code"] for each in api.get("/benchmarks?limit=200").json["items"]]
    assert api.put(f"/benchmarks/{code}", {**BODY, "inputs": BODY["inputs"][:3]}).json["inputs"] == 3
    assert api.get(f"/benchmarks/{code}").json["every_hours"] is None
    assert api.delete(f"/benchmarks/{code}").status_code == 204
    assert api.get(f"/benchmarks/{code}").status_code == 404
    assert api.delete(f"/benchmarks/{code}").status_code == 404


def test_a_run_is_held_against_the_one_before(api: Api, world: World) -> None:
    code = put(api)
    runs = []
    for _ in range(2):
        response = api.call("POST", f"/benchmarks/{code}/run")
        assert (response.status_code, response.json["benchmark"]) == (201, code)
        run_here(world, response.json["id"], lambda _: None)
        runs.append(response.json["id"])

    assert [each["id"] for each in api.get(f"/benchmarks/{code}/runs").json["items"]] == runs[::-1]
    change = api.get(f"/comparisons/{runs[1]}").json["readout"]["change"]
    assert (change["before"], change["inputs"], change["comparable"]) == (runs[0], 8, True)
    assert [each["change"] for each in change["candidates"]] == ["level", "level"]


def test_a_run_that_is_sent_again_is_not_run_again(api: Api) -> None:
    code = put(api)
    key = {"Idempotency-Key": uuid4().hex}

    first, again = (api.call("POST", f"/benchmarks/{code}/run", headers=key) for _ in range(2))

    assert first.json["id"] == again.json["id"]


def test_synthetic_prompts_are_taken_as_they_come(api: Api, world: World) -> None:
    asked = {"count": 6, "levels": ["easy", "hard"], "seed": "s", "jsonl": True}
    told = api.post("/benchmarks/prompts", asked).json

    assert [each["label"] for each in told["items"][:2]] == ["easy", "hard"]
    assert told["jsonl"].count("\n") == len(told["items"]) == 6
    assert told == api.post("/benchmarks/prompts", asked).json
    upload = {"format": "jsonl", "content": told["jsonl"]}
    code = put(api, inputs=None, upload=upload, scoring={"rule": told["scoring"]["rule"]})
    id_ = api.call("POST", f"/benchmarks/{code}/run").json["id"]
    run_here(world, id_, lambda _: None)
    read = api.get(f"/comparisons/{id_}").json
    assert [group["label"] for group in read["readout"]["labels"]] == ["easy", "hard"]
    answered = {each["input"]["number"]: each["input"] for each in api.get(f"/comparisons/{id_}/answers").json["items"]}
    assert list(answered.values()) == told["items"]


def test_without_a_wish_for_a_file_there_is_none(api: Api) -> None:
    assert api.post("/benchmarks/prompts", {"count": 1}).json["jsonl"] is None


def test_what_cannot_be_a_benchmark_is_refused(api: Api) -> None:
    assert api.put("/benchmarks/Not A Code", BODY).json["field"] == "code"
    assert api.put("/benchmarks/x", {**BODY, "every_hours": 0}).status_code == 422
    assert api.put("/benchmarks/x", {**BODY, "candidates": []}).json["field"] == "candidates"
    assert api.post("/benchmarks/prompts", {"count": 0}).status_code == 422
    assert api.post("/benchmarks/prompts", {"levels": ["easy", "easy"]}).json["field"] == "levels"
    assert api.post("/benchmarks/prompts", {"kinds": ["nothing"]}).status_code == 422
    assert api.call("POST", "/benchmarks/nowhere/run").status_code == 404
    assert api.get("/benchmarks/nowhere/runs").status_code == 404
    assert api.get("/benchmarks/prompts").status_code == 404
    assert api.put("/benchmarks/prompts", BODY).json["field"] == "code"


def test_a_run_takes_nothing_and_says_so(api: Api) -> None:
    code = put(api)

    refused = api.post(f"/benchmarks/{code}/run", {"repeats": 2})

    assert (refused.status_code, refused.json["field"]) == (422, "repeats")
    assert api.post(f"/benchmarks/{code}/run", {}).status_code == 201
    assert api.call("POST", f"/benchmarks/{code}/run").status_code == 201
