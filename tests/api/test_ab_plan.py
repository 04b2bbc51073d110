"""An A/B test is planned before it begins: what it takes, by what is given or seen, and nothing is stored."""

from typing import Any

import pytest

from tests.api.conftest import Api

ARMS = [{"flow": "a"}, {"flow": "b"}]
GIVEN: dict[str, Any] = {
    "arms": ARMS,
    "metric": {"kind": "rating"},
    "mde": 0.2,
    "baseline": {"mean": 3, "deviation": 1, "answering": 1},
}


@pytest.fixture
def code(api: Api) -> str:
    """A use case of two flows."""
    return api.use_case("a", "b")


def test_what_a_test_takes_is_told_and_nothing_is_stored(api: Api, code: str) -> None:
    response = api.post(f"/use-cases/{code}/ab-plan", GIVEN)

    assert response.status_code == 200, response.text
    assert response.json["per_arm"] == {"a": 394, "b": 394}
    assert (response.json["units"], response.json["days"]) == (788, None)
    assert response.json["baseline"] == {
        "mean": 3.0, "mean_usd": None, "mean_source": "given",
        "deviation": 1.0, "deviation_usd": None, "deviation_source": "given",
        "answering": 1.0, "answering_source": "given",
    }  # fmt: skip
    assert [each["days"] for each in response.json["findable"]] == [7, 14, 28]
    assert any("No unit has come" in each for each in response.json["warnings"])
    assert api.get(f"/experiments?use_case={code}").json["items"] == []


def test_traffic_is_looked_at_where_nothing_is_given(api: Api, code: str) -> None:
    for number in range(40):
        session = {"use_case": code, "correlation_id": f"s{number}"}
        api.post(f"/use-cases/{code}/pick", {"correlation_id": f"s{number}"})
        if number % 2:
            api.made("/feedback", {"kind": "rating", "value": 1 + number % 4, **session})

    plan = api.post(f"/use-cases/{code}/ab-plan", {"arms": ARMS, "metric": {"kind": "rating"}, "mde": 0.5}).json

    assert plan["observed"] == {"units_per_day": 40.0, "units": 40, "values": 20}
    assert (plan["baseline"]["mean"], plan["baseline"]["answering"]) == (3.0, 0.5)
    assert {plan["baseline"][f"{name}_source"] for name in ("mean", "deviation", "answering")} == {"observed"}
    assert plan["days"] == pytest.approx(plan["units"] / 4)
    assert plan["findable"][2]["mde"] < plan["findable"][1]["mde"]


def test_cost_is_told_in_dollars(api: Api, code: str) -> None:
    plan = api.post(
        f"/use-cases/{code}/ab-plan",
        {
            "arms": ARMS,
            "metric": {"kind": "cost", "high_usd": "1"},
            "mde_usd": "0.002",
            "baseline": {"mean_usd": "0.02", "deviation_usd": "0.01"},
        },
    ).json

    assert (plan["baseline"]["mean"], plan["baseline"]["mean_usd"]) == (None, "0.02")
    assert plan["baseline"]["deviation_usd"] == "0.01"
    assert plan["per_arm"] == {"a": 394, "b": 394}


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"alpha": 0}, 422, "alpha"),
        ({"alpha": 0.5}, 422, "alpha"),
        ({"mde": 0}, 422, "mde"),
        ({"mde": 9}, 422, "mde"),
        ({"mde": None}, 422, "mde"),
        ({"arms": [{"flow": "a"}]}, 422, "arms"),
        ({"arms": [{"flow": "a"}, {"flow": "a"}]}, 422, "arms[1].flow"),
        ({"arms": [{"flow": "a", "weight": 5000}, {"flow": "b", "weight": 4000}]}, 422, "arms"),
        ({"arms": [{"flow": "a"}, {"flow": "z"}]}, 404, "arms[1].flow"),
        ({"metric": {"kind": "stars"}}, 422, "metric.kind"),
        ({"baseline": {}}, 422, "baseline.mean"),
        ({"control": "z"}, 422, "control"),
        ({"draft": True}, 422, "draft"),
    ],
)
def test_what_cannot_be_planned_is_refused_at_its_field(
    api: Api, code: str, given: dict[str, Any], status: int, field: str
) -> None:
    response = api.post(f"/use-cases/{code}/ab-plan", {**GIVEN, **given})

    assert (response.status_code, response.json.get("field")) == (status, field), response.text


def test_a_use_case_that_does_not_exist_is_told(api: Api) -> None:
    assert api.post("/use-cases/nowhere/ab-plan", GIVEN).status_code == 404


def test_a_flow_that_takes_no_traffic_is_told(api: Api, code: str) -> None:
    api.patch(f"/use-cases/{code}/flows/b", {"active": False})

    response = api.post(f"/use-cases/{code}/ab-plan", GIVEN)

    assert (response.status_code, response.json["code"], response.json["field"]) == (
        409,
        "flow-inactive",
        "arms[1].flow",
    )
