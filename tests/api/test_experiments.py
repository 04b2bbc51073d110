"""An experiment is started, read out and stopped; while it runs it owns the weights."""

import pytest

from tests.api.conftest import Api


def test_a_running_experiment_is_read_out_flow_by_flow(api: Api) -> None:
    code = api.use_case("a", "b")
    experiment = api.made("/experiments", {"use_case": code, "scale": "binary", "baseline": "b"})
    for number in range(4):
        session = {"use_case": code, "correlation_id": f"s{number}"}
        api.post(f"/use-cases/{code}/pick", {"correlation_id": session["correlation_id"]})
        api.made("/feedback", {"kind": "thumb", "value": 1, **session})

    readout = api.get(f"/experiments/{experiment['id']}").json["readout"]

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
    assert api.get(f"/experiments/{experiment['id']}").json.items() >= experiment.items()


def test_a_draft_is_written_changed_started_and_then_frozen(api: Api) -> None:
    code = api.use_case("a", "b")
    draft = api.made("/experiments", {"use_case": code, "draft": True, "warmup": {"minutes": 5}})
    path = f"/experiments/{draft['id']}"

    assert (draft["status"], draft["config"]["warmup"]["minutes"]) == ("draft", 5)
    assert api.get(path).json["readout"] is None
    assert api.get(f"/experiments?use_case={code}&status=draft").json["items"] == [draft]
    assert api.put(f"/use-cases/{code}/weights", {"weights": {"a": 9_000, "b": 1_000}}).status_code == 200

    changed = api.put(path, {"max_feedback": 77, "warmup": {"minutes": 10, "goals": {"b": 5_000}}}).json
    assert (changed["status"], changed["config"]["max_feedback"]) == ("draft", 77)
    begun = api.call("POST", f"{path}/start").json
    assert (begun["id"], begun["status"], begun["phase"]) == (draft["id"], "running", "warmup")
    assert begun["config"] == changed["config"]

    for response in (api.put(path, {}), api.delete(path), api.call("POST", f"{path}/start")):
        assert (response.status_code, response.json["code"]) == (409, "experiment-started")
    assert api.get(path).json["config"] == changed["config"]


def test_a_draft_is_deleted_and_gone(api: Api) -> None:
    draft = api.made("/experiments", {"use_case": api.use_case("a", "b"), "draft": True})
    path = f"/experiments/{draft['id']}"

    assert api.delete(path).status_code == 204

    assert [api.get(path).status_code, api.delete(path).status_code, api.put(path, {}).status_code] == [404] * 3
    assert api.call("POST", f"{path}/start").status_code == 404


def test_a_draft_that_no_longer_fits_is_refused_at_its_start_and_stays_as_it_was(api: Api) -> None:
    """wire.md C5: what is refused leaves nothing half done."""
    code = api.use_case("a", "b", "c")
    rule = {"b": {"lower_score": 0.2, "rollback": {"c": 10_000}}}
    draft = api.made("/experiments", {"use_case": code, "draft": True, "escape": rule})
    path = f"/experiments/{draft['id']}"
    assert api.patch(f"/use-cases/{code}/flows/c", {"active": False}).status_code == 200

    response = api.call("POST", f"{path}/start")

    assert (response.status_code, response.json["field"]) == (422, "escape.b.rollback.c")
    assert api.get(path).json.items() >= draft.items()
    assert api.patch(f"/use-cases/{code}/flows/c", {"active": True}).status_code == 200
    assert api.call("POST", f"{path}/start").json["status"] == "running"


def test_a_draft_waits_while_another_one_runs_and_ends_one_that_is_decided(api: Api) -> None:
    code = api.use_case("a", "b")
    first = api.made("/experiments", {"use_case": code})["id"]
    draft = api.made("/experiments", {"use_case": code, "draft": True})["id"]

    waiting = api.call("POST", f"/experiments/{draft}/start")
    api.post(f"/experiments/{first}/complete", {"flow": "b"})
    begun = api.call("POST", f"/experiments/{draft}/start")

    assert (waiting.status_code, waiting.json["code"]) == (409, "experiment-running")
    assert begun.json["status"] == "running"
    before = api.get(f"/experiments/{first}").json
    assert (before["status"], before["outcome"], before["winner"]) == ("ended", "completed", "b")


def test_what_is_read_back_can_be_sent_again(api: Api) -> None:
    code = api.use_case("a", "b")
    given = {
        "metric": {"kind": "thumb"},
        "objective": {"cost": 0.2, "dearest_usd": "0.01"},
        "warmup": {"sessions": 50, "goals": {"b": 4_000}},
        "escape": {"b": {"max_cost_usd_per_session": "0.5", "rollback": {"a": 10_000}}},
    }
    first = api.made("/experiments", {"use_case": code, **given})
    api.call("POST", f"/experiments/{first['id']}/stop")

    second = api.made("/experiments", {"use_case": code, **first["config"]})

    assert second["config"] == first["config"]
    for name, value in given.items():
        held = first["config"][name]
        assert {key: held[key] for key in value if key != "b"} == {
            key: each for key, each in value.items() if key != "b"
        }
    assert first["config"]["escape"]["b"].items() >= given["escape"]["b"].items()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id": "00000000-0000-7000-8000-000000000000"}, "id"),
        ({"warmup": {}}, "warmup"),
        ({"warmup": {"minutes": 1, "sessions": 1}}, "warmup"),
        ({"warmup": {"minutes": 0}}, "warmup.minutes"),
        ({"warmup": {"minutes": 1, "goals": {"a": 6_000, "b": 6_000}}}, "warmup.goals"),
        ({"warmup": {"minutes": 1, "goals": {"a": 4_000, "b": 4_000}}}, "warmup.goals"),
        ({"warmup": {"minutes": 1, "goals": {"b": None}}}, "warmup.goals.b"),
        ({"warmup": {"minutes": 1, "goals": {"z": 1}}}, "warmup.goals.z"),
        ({"escape": {"z": {"lower_score": 0.2}}}, "escape.z"),
        ({"escape": {"b": {}}}, "escape.b.lower_score"),
        ({"escape": {"b": {"lower_score": 0.2, "rollback": {"b": 10_000}}}}, "escape.b.rollback.b"),
        ({"escape": {"b": {"lower_score": 0.2, "rollback": {"a": 1}}}}, "escape.b.rollback"),
        ({"escape": {"b": {"max_cost_usd_per_session": "1e3"}}}, "escape.b.max_cost_usd_per_session"),
        ({"objective": {"cost": 1}}, "objective.dearest_usd"),
        ({"objective": {"latency": 1}}, "objective.slowest_ms"),
        ({"objective": {"latency": 1, "slowest_ms": 9}, "scale": "binary"}, "scale"),
        ({"best_guess": True}, "best_guess"),
        ({"policy": "greedy"}, "policy"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_by_its_path(api: Api, given: dict[str, object], field: str) -> None:
    """wire.md B4, B5, B9, of a start, a draft and a draft's change alike."""
    code = api.use_case("a", "b")
    draft = api.made("/experiments", {"use_case": code, "draft": True})["id"]

    answers = [
        api.post("/experiments", {"use_case": code, **given}),
        api.post("/experiments", {"use_case": code, "draft": True, **given}),
        api.put(f"/experiments/{draft}", given),
    ]

    assert [(answer.status_code, answer.json["field"]) for answer in answers] == [(422, field)] * 3
    assert [item["id"] for item in api.get(f"/experiments?use_case={code}").json["items"]] == [draft]
