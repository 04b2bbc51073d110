"""A/B tests over HTTP: drafted, started, fed, read in two columns, widened, rolled out; what does not fit is named."""

from typing import Any

import pytest

from tests.api.conftest import Api

ARMS = [{"flow": "a"}, {"flow": "b"}]
GIVEN: dict[str, Any] = {
    "policy": "fixed",
    "arms": ARMS,
    "metric": {"kind": "conversion"},
    "mde": 0.2,
    "baseline": {"mean": 0.4, "answering": 1},
    "share": 10_000,
    "min_units": 10,
}


@pytest.fixture
def code(api: Api) -> str:
    """A use case of two flows."""
    return api.use_case("a", "b")


def begun(api: Api, code: str, **given: Any) -> Any:
    """A running test."""
    return api.made("/experiments", {**GIVEN, "use_case": code, **given})


def readout(api: Api, test: Any) -> Any:
    """What is known of it."""
    return api.get(f"/experiments/{test['id']}").json["readout"]


def picked(api: Api, code: str, name: str, **given: Any) -> str:
    """The flow of a new session."""
    response = api.post(f"/use-cases/{code}/pick", {"correlation_id": name, **given})
    assert response.status_code == 200, response.text
    return str(response.json["flow"])


def converted(api: Api, code: str, name: str, *, value: float = 1.0) -> None:
    api.made("/feedback", {"use_case": code, "correlation_id": name, "kind": "conversion", "value": value})


def won(api: Api, code: str, units: int = 160) -> Any:
    """A test of which every unit of arm b converts, and none of arm a."""
    test = begun(api, code, auto_stop=False)
    for number in range(units):
        if picked(api, code, f"s{number}") == "b":
            converted(api, code, f"s{number}")
    return test


def test_a_test_is_read_in_both_columns_with_units(api: Api, code: str) -> None:
    test = won(api, code)

    found = readout(api, test)

    assert (test["policy"], test["status"], test["use_case"]) == ("fixed", "running", code)
    assert (found["control"], found["share"], found["trusted"], found["same"]) == ("a", 10_000, True, False)
    (metric,) = found["metrics"]
    assert (metric["metric"], metric["measured_in"], metric["better"]) == ("conversion", "share", "higher")
    assert {arm["arm"]: arm["mean"] for arm in metric["arms"]} == {"a": 0.0, "b": 1.0}
    assert sum(arm["units"] for arm in metric["arms"]) == 160
    (compared,) = metric["against_control"]
    assert compared["at_planned"]["diff"] == compared["valid_now"]["diff"] == 1.0
    assert max(compared["at_planned"]["p_value"], compared["valid_now"]["running_p"]) <= 0.05
    assert compared["at_planned"]["p_adjusted"] == compared["at_planned"]["p_value"]
    assert compared["described"]["p_better"] > 0.999
    (verdict,) = found["verdicts"]
    assert verdict["word"] == "win"
    assert verdict["sentence"].startswith("b is better than a. Conversion of b less that of a: +100.00 points")
    assert found["best"] == "b"


def test_what_its_author_wrote_is_read_back_and_starts_the_same_test(api: Api, code: str) -> None:
    test = begun(api, code, secondary=[{"kind": "latency"}, {"kind": "cost", "high_usd": "0.5"}], name="greeting")
    api.call("POST", f"/experiments/{test['id']}/stop")

    again = api.made("/experiments", {**test["config"], "policy": "fixed", "use_case": code})

    assert again["config"] == test["config"]
    assert again["id"] != test["id"]
    assert [metric["measured_in"] for metric in readout(api, again)["metrics"]] == ["share", "ms", "nano_usd"]


def test_a_draft_is_written_changed_started_stopped_and_frozen(api: Api, code: str) -> None:
    draft = begun(api, code, draft=True)
    path = f"/experiments/{draft['id']}"

    assert (draft["status"], api.get(path).json["readout"]) == ("draft", None)
    changed = api.put(path, {**GIVEN, "mde": 0.3}).json
    assert changed["config"]["mde"] == 0.3
    assert api.put(path, {"warmup": {"minutes": 5}}).status_code in (409, 422)
    started = api.call("POST", f"{path}/start").json
    assert (started["id"], started["status"]) == (draft["id"], "running")
    refused = api.put(path, GIVEN)
    assert (refused.status_code, refused.json["code"]) == (409, "experiment-started")
    stopped = api.call("POST", f"{path}/stop").json
    assert (stopped["status"], stopped["outcome"]) == ("ended", "stopped")
    assert readout(api, draft)["verdicts"][0]["word"] == "keep running"


def test_feedback_names_its_unit_its_metric_and_its_event(api: Api, code: str) -> None:
    revenue = {"kind": "number", "name": "revenue", "low": 0, "high": 100, "aggregate": "sum", "missing": "zero"}
    given = {"metric": revenue, "mde": 10, "baseline": {"mean": 20, "deviation": 20}, "unit": "user_id"}
    test = begun(api, code, **given)
    picked(api, code, "s1", user_id="anna")
    picked(api, code, "s2", user_id="anna")
    said = {"use_case": code, "user_id": "anna", "kind": "number", "metric": "revenue"}

    for event, value in (("1", 10), ("2", 25), ("1", 15)):
        api.made("/feedback", {**said, "event": event, "value": value})
    api.made("/feedback", {**said, "metric": "visits", "value": 90})

    (arm,) = [arm for arm in readout(api, test)["metrics"][0]["arms"] if arm["units"]]
    assert (arm["units"], arm["values"], arm["mean"]) == (1, 1, pytest.approx(40.0))


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"user_id": "nobody", "kind": "conversion", "value": 1}, 404, "user_id"),
        ({"user_id": "anna", "kind": "number", "value": 1}, 422, "metric"),
        ({"user_id": "anna", "kind": "thumb", "value": 1, "metric": "revenue"}, 422, "metric"),
    ],
)
def test_feedback_that_names_nothing_is_refused(
    api: Api, code: str, given: dict[str, Any], status: int, field: str
) -> None:
    picked(api, code, "s1", user_id="anna")

    response = api.post("/feedback", {"use_case": code, **given})

    assert (response.status_code, response.json["field"]) == (status, field)


def test_a_share_grows_and_never_shrinks(api: Api, code: str) -> None:
    test = begun(api, code, share=2_000)
    path = f"/experiments/{test['id']}/share"

    wider = api.post(path, {"share": 5_000})
    less = api.post(path, {"share": 5_000})
    second = api.post("/experiments", {**GIVEN, "use_case": code, "share": 6_000})

    assert (wider.status_code, wider.json["config"]["share"]) == (200, 5_000)
    assert readout(api, test)["share"] == 5_000
    assert (less.status_code, less.json["field"]) == (422, "share")
    assert (second.status_code, second.json["code"], second.json["field"]) == (409, "layer-full", "share")


def test_a_second_test_of_a_use_case_shares_its_layer(api: Api, code: str) -> None:
    begun(api, code, share=2_000)

    other = api.post("/experiments", {**GIVEN, "use_case": code, "share": 1_000, "layer": "another"})

    assert (other.status_code, other.json["code"], other.json["field"]) == (409, "layer-differs", "layer")


def test_testers_have_arms_of_their_own_and_count_for_nothing(api: Api, code: str) -> None:
    test = begun(api, code)
    path = f"/experiments/{test['id']}/overrides"

    changed = api.put(path, {"overrides": {"tester-1": "a", "tester-2": "b"}})
    unknown = api.put(path, {"overrides": {"tester-1": "z"}})

    assert changed.status_code == 200
    assert [picked(api, code, f"tester-{number}") for number in (1, 2)] == ["a", "b"]
    assert sum(arm["units"] for arm in readout(api, test)["metrics"][0]["arms"]) == 0
    assert (unknown.status_code, unknown.json["field"]) == (422, "overrides.tester-1")


def test_a_winner_is_rolled_out_and_kept_unless_it_is_worse(api: Api, code: str) -> None:
    test = won(api, code)

    rollout = api.made(f"/experiments/{test['id']}/roll-out", {})

    assert (rollout["policy"], rollout["status"], rollout["phase"]) == ("progressive", "running", "warmup")
    assert rollout["config"]["baseline"] == "b"
    assert rollout["config"]["escape"] == {}  # of silence a rollout knows nothing
    assert rollout["config"]["warmup"]["goals"] == {"b": 5_000}
    assert api.get(f"/experiments/{test['id']}").json["status"] == "ended"
    again = api.post(f"/experiments/{test['id']}/roll-out", {})
    assert (again.status_code, again.json["code"]) == (409, "experiment-running")


def test_nothing_is_rolled_out_without_proof_unless_it_is_forced(api: Api, code: str) -> None:
    test = begun(api, code)
    path = f"/experiments/{test['id']}/roll-out"

    unproven, unnamed = api.post(path, {}), api.post(path, {"force": True})
    unknown = api.post(path, {"arm": "z", "force": True})
    forced = api.post(path, {"arm": "b", "force": True})

    assert (unproven.status_code, unproven.json["code"]) == (409, "no-winner")
    assert (unnamed.status_code, unnamed.json["field"]) == (422, "arm")
    assert (unknown.status_code, unknown.json["field"]) == (422, "arm")
    assert (forced.status_code, forced.json["policy"]) == (201, "progressive")
    assert forced.json["config"]["escape"] == {}


def test_a_flow_that_has_all_traffic_is_not_rolled_out(api: Api, code: str) -> None:
    api.put(f"/use-cases/{code}/weights", {"weights": {"a": 0, "b": 10_000}})
    test = begun(api, code)

    response = api.post(f"/experiments/{test['id']}/roll-out", {"arm": "b", "force": True})

    assert (response.status_code, response.json["code"]) == (409, "nothing-to-roll-out")


def test_false_alarms_are_counted_of_identical_arms_alone(api: Api, code: str) -> None:
    same = begun(api, code, arms=[{"flow": "a"}, {"flow": "a"}], same=True, share=5_000)
    other = begun(api, code, share=5_000)

    few = api.get(f"/experiments/{same['id']}/false-alarms")
    refused = api.get(f"/experiments/{other['id']}/false-alarms")

    assert (few.status_code, few.json) == (200, {"seen": None})
    assert (refused.status_code, refused.json["code"]) == (409, "not-an-aa-test")
    rolled = api.post(f"/experiments/{same['id']}/roll-out", {"arm": "A", "force": True})
    assert (rolled.status_code, rolled.json["code"]) == (409, "no-winner")


def test_what_is_for_one_kind_of_experiment_is_refused_to_the_other(api: Api, code: str) -> None:
    test = begun(api, code)
    rollout = api.made("/experiments", {"use_case": api.use_case("a", "b")})

    for path, body in (("share", {"share": 5_000}), ("roll-out", {})):
        response = api.post(f"/experiments/{rollout['id']}/{path}", body)
        assert (response.status_code, response.json["code"]) == (409, "not-an-ab-test")
    refused = api.call("POST", f"/experiments/{test['id']}/pause")
    assert (refused.status_code, refused.json["code"]) == (409, "not-a-rollout")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"arms": [{"flow": "a"}]}, "arms"),
        ({"arms": []}, "arms"),
        ({"arms": [{"flow": "a"}, {"flow": "a"}]}, "arms[1].flow"),
        ({"arms": [{"flow": "a", "name": "x"}, {"flow": "b", "name": "x"}]}, "arms[1].name"),
        ({"arms": [{"flow": "a", "weight": 5_000}, {"flow": "b", "weight": 4_000}]}, "arms"),
        ({"arms": [{"flow": "a", "weight": 5_000}, {"flow": "b"}]}, "arms[1].weight"),
        ({"arms": [{"flow": "a", "weight": 0}, {"flow": "b", "weight": 10_000}]}, "arms[0].weight"),
        ({"arms": [{"flow": "a", "colour": "red"}, {"flow": "b"}]}, "arms[0].colour"),
        ({"alpha": 0}, "alpha"),
        ({"alpha": 0.5}, "alpha"),
        ({"alpha": -0.1}, "alpha"),
        ({"alpha": "0.05"}, "alpha"),
        ({"power": 1}, "power"),
        ({"mde": None}, "mde"),
        ({"mde": 0}, "mde"),
        ({"mde": 0.9}, "mde"),
        ({"margin": 0}, "margin"),
        ({"mde_usd": "0.1"}, "mde_usd"),
        ({"control": "z"}, "control"),
        ({"share": 0}, "share"),
        ({"share": 10_001}, "share"),
        ({"side": "both"}, "side"),
        ({"unit": "cookie"}, "unit"),
        ({"metric": {"kind": "happiness"}}, "metric.kind"),
        ({"metric": {"kind": "rating", "colour": 1}}, "metric.colour"),
        ({"metric": {"kind": "rating", "low": 0}}, "metric.low"),
        ({"metric": {"kind": "rating", "aggregate": "sum"}}, "metric.aggregate"),
        ({"metric": {"kind": "number", "high": 5}}, "metric.name"),
        ({"metric": {"kind": "number", "name": "n"}}, "metric.high"),
        ({"metric": {"kind": "cost", "high": 5}, "mde": None, "mde_usd": "0.01", "baseline": {}}, "metric.high"),
        ({"secondary": [{"kind": "conversion"}]}, "secondary[0].name"),
        ({"secondary": [{"kind": "rating"}, {"kind": "number"}]}, "secondary[1].name"),
        ({"overrides": {"anna": "z"}}, "overrides.anna"),
        ({"baseline": {"mean": 1.5}}, "baseline.mean"),
        ({"baseline": {"answering": 0}}, "baseline.answering"),
        ({"window_days": 0}, "window_days"),
        ({"min_units": 1}, "min_units"),
        ({"weights": {"a": 1}}, "weights"),
    ],
)
def test_each_bad_field_is_named_and_nothing_is_stored(api: Api, code: str, given: dict[str, Any], field: str) -> None:
    response = api.post("/experiments", {**GIVEN, "use_case": code, **given})

    assert response.status_code == 422, response.text
    assert response.json["field"] == field
    assert api.get(f"/experiments?use_case={code}").json["items"] == []


def test_unknown_and_inactive_flows_are_named(api: Api, code: str) -> None:
    api.put(f"/use-cases/{code}/weights", {"weights": {"a": 10_000, "b": 0}})
    assert api.patch(f"/use-cases/{code}/flows/b", {"active": False}).status_code == 200

    unknown = api.post("/experiments", {**GIVEN, "use_case": code, "arms": [{"flow": "a"}, {"flow": "z"}]})
    inactive = api.post("/experiments", {**GIVEN, "use_case": code})

    assert (unknown.status_code, unknown.json["field"]) == (404, "arms[1].flow")
    assert (inactive.status_code, inactive.json["code"]) == (409, "flow-inactive")
    assert inactive.json["field"] == "arms[1].flow"


def test_a_form_with_arms_is_an_ab_test_whose_policy_must_be_said(api: Api, code: str) -> None:
    test = {"use_case": code, "arms": ARMS, "metric": {"kind": "conversion"}, "mde": 0.1, "baseline": {"mean": 0.5}}

    answers = [api.post("/experiments", test | given) for given in ({}, {"policy": "ab"}, {"policy": None})]

    assert [(answer.status_code, answer.json["field"]) for answer in answers] == [(422, "policy")] * 3


def test_a_pick_and_a_session_name_the_test_and_the_arm(api: Api, code: str) -> None:
    test = begun(api, code)

    picked_once = api.post(f"/use-cases/{code}/pick", {"correlation_id": "s1"}).json
    (session,) = api.get(f"/sessions/s1?use_case={code}").json["items"]

    assert picked_once["experiment_id"] == session["experiment_id"] == test["id"]
    assert picked_once["arm"] == session["arm"] == picked_once["flow"]


def test_a_number_is_a_number_and_a_thumb_may_be_true(api: Api, code: str) -> None:
    begun(api, code)
    picked(api, code, "s1")
    target = {"use_case": code, "correlation_id": "s1"}

    thumb = api.post("/feedback", {**target, "kind": "thumb", "value": True})
    number = api.post("/feedback", {**target, "kind": "number", "metric": "revenue", "value": True})
    rater = api.post("/feedback", {**target, "kind": "thumb", "value": 1, "rater": "model-match"})

    assert (thumb.status_code, thumb.json["value"]) == (201, 1.0)
    assert (number.status_code, number.json["field"]) == (422, "value")
    assert (rater.status_code, rater.json["field"]) == (422, "rater")
