"""An experiment is started, read out and stopped; while it runs it owns the weights."""

from tests.api.conftest import Api


def test_a_running_experiment_is_read_out_flow_by_flow(api: Api) -> None:
    code = api.use_case("a", "b")
    experiment = api.made("/experiments", {"use_case": code, "scale": "binary", "baseline": "b"})
    for number in range(4):
        session = {"use_case": code, "correlation_id": f"s{number}"}
        api.post(f"/use-cases/{code}/pick", {"correlation_id": session["correlation_id"]})
        api.made("/feedback", {"kind": "thumb", "value": 1, **session})

    readout = api.get(f"/experiments/{experiment['id']}/readout").json

    assert experiment["use_case"] == code
    assert sum(flow["feedback"] for flow in readout["flows"]) == 4
    assert sum(flow["weight"] for flow in readout["flows"]) == 10_000
    assert all(0 <= flow["interval"][0] <= flow["interval"][1] <= 1 for flow in readout["flows"])


def test_an_experiment_owns_the_weights_until_it_is_stopped(api: Api) -> None:
    code = api.use_case("a", "b")
    experiment = api.made("/experiments", {"use_case": code})
    wanted = {"weights": {"a": 1_000, "b": 9_000}}

    owned = api.put(f"/use-cases/{code}/weights", wanted)
    second = api.post("/experiments", {"use_case": code})
    stopped = api.call("POST", f"/experiments/{experiment['id']}/stop").json
    again = api.call("POST", f"/experiments/{experiment['id']}/stop")

    assert (owned.status_code, owned.json["code"]) == (409, "experiment-running")
    assert (second.status_code, second.json["code"]) == (409, "experiment-running")
    assert (stopped["status"], stopped["outcome"]) == ("ended", "stopped")
    assert (again.status_code, again.json["code"]) == (409, "experiment-ended")
    assert api.put(f"/use-cases/{code}/weights", wanted).status_code == 200


def test_one_flow_is_too_few(api: Api) -> None:
    response = api.post("/experiments", {"use_case": api.use_case()})

    assert (response.status_code, response.json["code"]) == (409, "too-few-flows")


def test_a_baseline_that_is_no_flow_is_refused(api: Api) -> None:
    response = api.post("/experiments", {"use_case": api.use_case("a", "b"), "baseline": "z"})

    assert (response.status_code, response.json["field"]) == (422, "baseline")


def test_experiments_are_listed_by_use_case(api: Api) -> None:
    code = api.use_case("a", "b")
    experiment = api.made("/experiments", {"use_case": code, "escape": {"a": {"lower_score": 0.2}}})

    listed = api.get(f"/experiments?use_case={code}").json["items"]

    assert [item["id"] for item in listed] == [experiment["id"]]
    assert api.get(f"/experiments/{experiment['id']}").json == experiment
