"""An operator pauses, resumes, forces and opens again over HTTP; what cannot be done is refused by its field."""

import pytest

from tests.api.conftest import Api


def started(api: Api, *flows: str, **config: object) -> tuple[str, str]:
    """Code of a new use case and id of its running experiment."""
    code = api.use_case(*(flows or ("a", "b", "c")))
    return code, api.made("/experiments", {"use_case": code, **config})["id"]


def weights(api: Api, code: str) -> dict[str, int]:
    """Weights by flow code."""
    return {flow["code"]: flow["weight"] for flow in api.get(f"/use-cases/{code}/flows").json["items"]}


def test_an_experiment_is_paused_and_goes_on(api: Api) -> None:
    _, id_ = started(api)

    paused = api.call("POST", f"/experiments/{id_}/pause").json
    twice = api.call("POST", f"/experiments/{id_}/pause")
    resumed = api.call("POST", f"/experiments/{id_}/resume").json
    again = api.call("POST", f"/experiments/{id_}/resume")

    assert (paused["status"], paused["paused_at"] is not None) == ("running", True)
    assert (twice.status_code, twice.json["code"]) == (409, "experiment-paused")
    assert (resumed["status"], resumed["paused_at"]) == ("running", None)
    assert (again.status_code, again.json["code"]) == (409, "experiment-not-paused")


def test_a_flow_is_forced_out_another_chosen_and_all_opened_again(api: Api) -> None:
    code, id_ = started(api)

    out = api.post(f"/experiments/{id_}/escape", {"flow": "b", "rollback": {"a": 7_000, "c": 3_000}}).json
    assert (out["phase"], out["outcome"], out["decided_by"]) == ("escaped", "escaped", "operator")
    assert weights(api, code) == {"a": 7000, "b": 0, "c": 3000}

    chosen = api.post(f"/experiments/{id_}/complete", {"flow": "c"}).json
    assert (chosen["phase"], chosen["outcome"], chosen["winner"]) == ("completed", "completed", "c")
    assert weights(api, code) == {"a": 0, "b": 0, "c": 10_000}

    opened = api.post(f"/experiments/{id_}/reopen", {"pardon": True}).json
    assert (opened["phase"], opened["outcome"], opened["winner"], opened["decided_by"]) == (
        "adaptive",
        None,
        None,
        None,
    )
    kinds = [event["kind"] for event in api.get(f"/experiments/{id_}/events?limit=200").json["items"]]
    assert kinds == ["started", "escaped", "moved", "completed", "moved", "reopened"]
    actors = [move["actor"] for move in api.get(f"/use-cases/{code}/moves?limit=3").json["items"]]
    assert actors == ["ADMIN_KEY"] * 3


@pytest.mark.parametrize(
    ("command", "body", "field"),
    [
        ("escape", {}, "flow"),
        ("escape", {"flow": "nobody"}, "flow"),
        ("escape", {"flow": "b", "id": "1"}, "id"),
        ("escape", {"flow": "b", "rollback": {"a": None}}, "rollback.a"),
        ("escape", {"flow": "b", "rollback": {"a": 10_001}}, "rollback.a"),
        ("escape", {"flow": "b", "rollback": {"a": 9_999}}, "rollback"),
        ("escape", {"flow": "b", "rollback": {}}, "rollback"),
        ("escape", {"flow": "b", "rollback": {"b": 10_000}}, "rollback.b"),
        ("escape", {"flow": "b", "rollback": {"nobody": 10_000}}, "rollback.nobody"),
        ("complete", {"flow": "nobody"}, "flow"),
        ("complete", {"flow": None}, "flow"),
        ("complete", {"flow": "a", "weights": {}}, "weights"),
        ("reopen", {"pardon": "yes"}, "pardon"),
        ("reopen", {"id": "1"}, "id"),
    ],
)
def test_a_command_that_nobody_could_mean_is_refused(api: Api, command: str, body: object, field: str) -> None:
    """wire.md B4, B5, B9."""
    code, id_ = started(api, "a", "b")
    before = weights(api, code)

    response = api.post(f"/experiments/{id_}/{command}", body)

    assert (response.status_code, response.json["field"]) == (422, field)
    assert weights(api, code) == before


def test_the_present_state_may_refuse_it(api: Api) -> None:
    code, id_ = started(api, "a", "b")
    under_way = api.post(f"/experiments/{id_}/reopen", {})
    api.post(f"/experiments/{id_}/escape", {"flow": "b"})
    gone = api.post(f"/experiments/{id_}/complete", {"flow": "b"})
    last = api.post(f"/experiments/{id_}/escape", {"flow": "a"})
    api.call("POST", f"/experiments/{id_}/stop")
    ended = api.post(f"/experiments/{id_}/complete", {"flow": "a"})
    draft = api.made("/experiments", {"use_case": code, "draft": True})["id"]
    waiting = api.call("POST", f"/experiments/{draft}/pause")
    unknown = api.call("POST", "/experiments/00000000-0000-7000-8000-000000000000/pause")

    assert (under_way.status_code, under_way.json["code"]) == (409, "experiment-running")
    assert (gone.status_code, gone.json["code"]) == (409, "flow-escaped")
    assert (last.status_code, last.json["code"]) == (409, "last-flow")
    assert (ended.status_code, ended.json["code"]) == (409, "experiment-ended")
    assert (waiting.status_code, waiting.json["code"]) == (409, "experiment-not-running")
    assert unknown.status_code == 404
    assert weights(api, code) == {"a": 10_000, "b": 0}
