"""A run is told with its inputs, outputs and calls, also when it failed."""

from tests.api.conftest import Api


def test_a_failed_run_names_step_and_error(api: Api) -> None:
    code = api.use_case(params={"options": {"faults": {"unavailable": 1}}})
    api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}})
    call = api.get(f"/calls?use_case={code}").json["items"][0]

    run = api.get(f"/runs/{call['run_id']}").json

    assert (run["status"], run["failed_step"], run["error"]) == ("failed", "answer", "provider-unavailable")
    assert [item["id"] for item in run["calls"]] == [call["id"]]
    assert run["outputs"] == {}


def test_an_unknown_run_is_not_found(api: Api) -> None:
    assert api.get("/runs/01a1fc9a-4f53-72e0-a947-dadead74fdd1").status_code == 404
