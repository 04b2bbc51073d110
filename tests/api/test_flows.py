"""Flows are written, cloned, weighed and versioned; the weights of active ones always sum to 10 000."""

import pytest

from tests.api.conftest import Api, step_of


def weights(api: Api, code: str) -> dict[str, int]:
    """Weight by flow code."""
    return {flow["code"]: flow["weight"] for flow in api.get(f"/use-cases/{code}/flows").json["items"]}


def test_a_flow_tells_its_steps_as_they_were_written(api: Api) -> None:
    code = api.use_case(system="be kind", params={"temperature": 0.2, "stop": ["\n"]}, timeout_s=9.5, cache_ttl_s=60.0)

    step = api.get(f"/use-cases/{code}/flows/a").json["steps"][0]

    assert (step["system"], step["timeout_s"], step["cache_ttl_s"]) == ("be kind", 9.5, 60.0)
    assert (step["params"]["temperature"], step["params"]["stop"]) == (0.2, ["\n"])
    assert step["choice"] == {
        "models": ["simulated/small"],
        "task": None,
        "balance": "order",
        "weights": [],
        "auto": None,
    }


def test_models_of_a_step_share_its_calls_by_weight(api: Api) -> None:
    choice = {"models": ["simulated/small", "simulated/large"], "balance": "spread", "weights": [1, 3]}
    code = api.use_case(choice=choice)

    assert api.get(f"/use-cases/{code}/flows/a").json["steps"][0]["choice"] == {**choice, "task": None, "auto": None}


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"balance": "random"}, "steps[0].choice.balance"),
        ({"balance": "spread", "weights": [1]}, "steps[0].choice.weights"),
        ({"balance": "spread", "weights": [1, 1001]}, "steps[0].choice.weights[1]"),
        ({"balance": "least-loaded", "weights": [1, 1]}, "steps[0].choice.weights"),
    ],
)
def test_a_balance_that_cannot_be_held_is_refused(api: Api, choice: dict[str, object], field: str) -> None:
    code = api.use_case()
    models = ["simulated/small", "simulated/large"]

    refused = api.post(
        f"/use-cases/{code}/flows", {"code": "b", "steps": [step_of(choice={"models": models, **choice})]}
    )

    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_all_weights_are_set_at_once(api: Api) -> None:
    code = api.use_case("a", "b", "c")

    answered = api.put(f"/use-cases/{code}/weights", {"weights": {"a": 2_500, "c": 7_500}})

    assert answered.status_code == 200
    assert weights(api, code) == {"a": 2_500, "b": 0, "c": 7_500}


def test_one_weight_rescales_the_others(api: Api) -> None:
    code = api.use_case("a", "b", "c")

    api.patch(f"/use-cases/{code}/flows/a", {"weight": 4_000})

    assert weights(api, code) == {"a": 4_000, "b": 3_000, "c": 3_000}


@pytest.mark.parametrize("given", [{"a": 9_999}, {"a": 10_001}, {"a": -1}, {"a": 5000.5}, {}])
def test_weights_that_do_not_sum_to_10000_are_refused(api: Api, given: dict[str, float]) -> None:
    code = api.use_case("a", "b")

    assert api.put(f"/use-cases/{code}/weights", {"weights": given}).status_code == 422
    assert weights(api, code) == {"a": 5_000, "b": 5_000}


def test_a_copy_with_another_model_differs_in_that_alone(api: Api) -> None:
    code = api.use_case(system="be kind", choice={"models": ["simulated/small", "simulated/large"]}, cache_ttl_s=60.0)
    wanted = {"model": "simulated/medium", "new_code": "medium"}

    copy = api.made(f"/use-cases/{code}/flows/a/with-model", wanted)
    again = api.post(f"/use-cases/{code}/flows/a/with-model", wanted)
    unknown = api.post(f"/use-cases/{code}/flows/a/with-model", {"model": "acme/none", "new_code": "c"})

    source = api.get(f"/use-cases/{code}/flows/a").json["steps"]
    choice = {"models": ["simulated/medium"], "task": None, "balance": "order", "weights": [], "auto": None}
    assert copy["steps"] == [{**step, "choice": choice} for step in source]
    assert (copy["active"], copy["weight"], copy["title"]) == (False, 0, "a with simulated/medium")
    assert (again.status_code, again.json["code"]) == (409, "duplicate-code")
    assert (unknown.status_code, unknown.json["code"], unknown.json["field"]) == (422, "unknown-model", "model")


def test_a_copy_with_another_model_can_be_active_at_once_without_weight(api: Api) -> None:
    code = api.use_case()

    copy = api.made(
        f"/use-cases/{code}/flows/a/with-model",
        {"model": "simulated/large", "new_code": "large", "title": "Large", "activate": True},
    )

    assert (copy["active"], copy["weight"], copy["title"]) == (True, 0, "Large")
    assert weights(api, code) == {"a": 10_000, "large": 0}


def test_a_clone_is_an_inactive_copy(api: Api) -> None:
    code = api.use_case()

    clone = api.made(f"/use-cases/{code}/flows/a/clone", {"code": "copy", "title": "Copy"})

    assert (clone["active"], clone["weight"], clone["version"], clone["title"]) == (False, 0, 1, "Copy")
    assert clone["steps"] == api.get(f"/use-cases/{code}/flows/a").json["steps"]


def test_new_steps_after_serving_make_a_new_version(api: Api) -> None:
    code = api.use_case()
    api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}, "correlation_id": "old"})

    changed = api.patch(f"/use-cases/{code}/flows/a", {"steps": [step_of(prompt="Other {{ word }}")]}).json

    versions = api.get(f"/use-cases/{code}/flows/a/versions").json["items"]
    assert changed["version"] == 2
    assert [version["version"] for version in versions] == [2, 1]
    assert versions[1]["served_at"] is not None
    assert api.post(f"/use-cases/{code}/pick", {"correlation_id": "old"}).json["flow_version"] == 1
    assert api.post(f"/use-cases/{code}/pick", {"correlation_id": "new"}).json["flow_version"] == 2


def test_the_last_active_flow_stays_and_an_active_one_is_not_deleted(api: Api) -> None:
    code = api.use_case()

    stays = api.patch(f"/use-cases/{code}/flows/a", {"active": False})
    kept = api.delete(f"/use-cases/{code}/flows/a")

    assert (stays.status_code, stays.json["code"]) == (409, "last-active-flow")
    assert (kept.status_code, kept.json["code"]) == (409, "flow-active")


def test_an_inactive_flow_is_deleted(api: Api) -> None:
    code = api.use_case("a", "b")
    api.patch(f"/use-cases/{code}/flows/b", {"active": False})

    assert api.delete(f"/use-cases/{code}/flows/b").status_code == 204
    assert weights(api, code) == {"a": 10_000}
