"""Budgets are edited over HTTP and tell where they stand; a call they refuse is told which and why."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from flask import Flask

from app.api import problems
from app.api.guard import public
from app.api.openai_wire import error_response
from app.api.problems import Problem
from app.domain.errors import BudgetExceeded
from app.services.world import World
from tests.api.conftest import Api

names = (f"budget-{number}" for number in count())
USAGE = {"input_tokens": 100, "output_tokens": 20}
EXCEEDED = BudgetExceeded(
    "budget 'lab' does not have what this call may cost",
    budget="lab",
    scope="user",
    who="ann",
    period="day",
    unit="usd",
    limit=2_000_000_000,
    settled=1_500_000_000,
    reserved=250_000_000,
    resets_at=datetime(2026, 11, 3, tzinfo=UTC),
    retry_after_s=3600.2,
)


def made(api: Api, **given: Any) -> Any:
    """A new budget of $5 a day."""
    return api.made("/budgets", {"name": next(names), "period": "day", "limit_usd": "5", **given})


def report(api: Api, cost: str, **given: Any) -> None:
    """A call that was made elsewhere."""
    body = {"model": "simulated/small", "latency_ms": 5, "usage": USAGE, "cost_usd": cost, **given}
    api.made("/calls", body)


def test_a_budget_is_made_read_listed_changed_and_deleted(api: Api) -> None:
    budget = made(api, limit_usd="12.50", thresholds=[90, 50, 90], time_zone="Europe/Berlin")

    assert (budget["limit_usd"], budget["limit_tokens"], budget["thresholds"]) == ("12.5", None, [50, 90])
    assert budget["state"]["settled_usd"] == "0"
    assert api.get(f"/budgets/{budget['id']}").json == budget
    assert budget in api.get("/budgets?limit=200").json["items"]
    changed = api.patch(f"/budgets/{budget['id']}", {"limit_usd": "3", "action": "alert"}).json
    assert (changed["limit_usd"], changed["action"], changed["thresholds"]) == ("3", "alert", [50, 90])
    assert api.delete(f"/budgets/{budget['id']}").status_code == 204
    assert api.get(f"/budgets/{budget['id']}").status_code == 404


def test_what_calls_have_cost_is_seen_in_the_budget(api: Api) -> None:
    budget = made(api, scope="tag", scope_value="case=seen", limit_usd="1")

    report(api, "0.25", tags={"case": "seen"})
    report(api, "0.5", tags={"case": "other"})

    state = api.get(f"/budgets/{budget['id']}").json["state"]
    assert (state["settled_usd"], state["reserved_usd"], state["remaining_usd"]) == ("0.25", "0", "0.75")
    assert (state["limit_usd"], state["limit_tokens"], state["percent"]) == ("1", None, 25.0)
    assert state["starts_at"] < state["ends_at"]


def test_tokens_are_whole_numbers(api: Api) -> None:
    budget = made(api, scope="tag", scope_value="case=tokens", limit_usd=None, limit_tokens=1000)

    report(api, "0.25", tags={"case": "tokens"})

    state = api.get(f"/budgets/{budget['id']}").json["state"]
    assert (state["settled_tokens"], state["remaining_tokens"], state["settled_usd"]) == (120, 880, None)


def test_everyones_part_is_read_page_by_page(api: Api) -> None:
    budget = made(api, scope="tag", scope_value="tenant")
    for tenant in ("a", "b", "c"):
        report(api, "0.1", tags={"tenant": tenant})

    path = f"/budgets/{budget['id']}/periods?limit=2"
    first = api.get(path).json
    second = api.get(f"{path}&cursor={first['next']}").json

    assert budget["for_each"] is True
    assert budget["state"] is None
    assert [part["who"] for part in (*first["items"], *second["items"])] == ["a", "b", "c"]
    assert {part["settled_usd"] for part in first["items"]} == {"0.1"}


def test_a_use_case_is_named_by_its_code(api: Api) -> None:
    code = api.use_case()

    budget = made(api, scope="use-case", scope_value=code)
    report(api, "0.1", use_case=code)

    assert budget["scope_value"] == code
    assert api.get(f"/budgets/{budget['id']}").json["state"]["settled_usd"] == "0.1"
    assert api.post("/budgets", {**BODY, "scope": "use-case", "scope_value": "none"}).status_code == 404


def test_owner_and_team_of_a_key_have_budgets(api: Api) -> None:
    key = api.made("/keys", {"name": "k", "scopes": ["run"], "owner": "ann", "team": "red"})
    budgets = [made(api, scope=scope, scope_value=value) for scope, value in (("owner", "ann"), ("team", "red"))]

    report(Api(api.client, key["secret"]), "0.1")
    report(api, "0.2")

    states = [api.get(f"/budgets/{budget['id']}").json["state"] for budget in budgets]
    assert [state["settled_usd"] for state in states] == ["0.1", "0.1"]


def test_a_crossed_threshold_is_listed(api: Api) -> None:
    budget = made(api, scope="tag", scope_value="case=alert", limit_usd="1", thresholds=[50, 100])

    report(api, "0.6", tags={"case": "alert"})
    report(api, "0.3", tags={"case": "alert"})

    alerts = api.get(f"/budget-alerts?budget={budget['name']}").json["items"]
    assert [(alert["kind"], alert["threshold"], alert["budget_id"]) for alert in alerts] == [
        ("threshold", 50, budget["id"])
    ]


BODY = {"name": "wrong", "period": "day", "limit_usd": "5"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"limit_usd": None}, "body"),
        ({"limit_tokens": 5}, "body"),
        ({"limit_usd": "-1"}, "limit_usd"),
        ({"limit_usd": 5}, "limit_usd"),
        ({"limit_usd": "1e3"}, "limit_usd"),
        ({"limit_usd": "1000000001"}, "limit_usd"),
        ({"period": "year"}, "period"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"scope": "planet"}, "scope"),
        ({"scope_value": "x"}, "scope_value"),
        ({"scope": "tag"}, "scope_value"),
        ({"scope": "tag", "scope_value": "=x"}, "scope_value"),
        ({"thresholds": [0]}, "thresholds[0]"),
        ({"name": "monthly"}, "name"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(api: Api, wrong: dict[str, object], field: str) -> None:
    response = api.post("/budgets", {**BODY, **wrong})

    assert (response.status_code, response.json["field"]) == (422, field)


def test_a_limit_keeps_its_unit(api: Api) -> None:
    budget = made(api)

    response = api.patch(f"/budgets/{budget['id']}", {"limit_tokens": 5})

    assert (response.status_code, response.json["field"]) == (422, "limit_tokens")


def test_a_name_is_given_once(api: Api) -> None:
    budget = made(api)

    response = api.post("/budgets", {**BODY, "name": budget["name"]})

    assert (response.status_code, response.json["code"], response.json["field"]) == (409, "duplicate-name", "name")


def test_the_budget_of_the_environment_is_shown_and_not_edited(api: Api) -> None:
    (monthly,) = [it for it in api.get("/budgets?limit=200").json["items"] if it["name"] == "monthly"]

    assert (monthly["source"], monthly["limit_usd"], monthly["period"]) == ("environment", "100", "month")
    assert (monthly["scope"], monthly["action"], monthly["time_zone"]) == ("global", "block", "UTC")
    for response in (
        api.patch(f"/budgets/{monthly['id']}", {"limit_usd": "1"}),
        api.delete(f"/budgets/{monthly['id']}"),
    ):
        assert (response.status_code, response.json["code"]) == (409, "budget-of-environment")


def test_only_an_admin_edits_budgets(api: Api) -> None:
    key = api.made("/keys", {"name": "reader", "scopes": ["write"]})
    reader = Api(api.client, key["secret"])

    assert reader.get("/budgets").status_code == 200
    assert reader.post("/budgets", BODY).status_code == 403


def test_a_refusal_names_the_budget_and_says_when_it_begins_anew(world: World) -> None:
    problem = problems.of(EXCEEDED)

    told = problem.members("r1")
    assert (told["status"], told["code"], told["budget"], told["who"]) == (402, "budget-exceeded", "lab", "ann")
    assert (told["limit_usd"], told["settled_usd"], told["reserved_usd"]) == ("2", "1.5", "0.25")
    assert told["resets_at"] == "2026-11-03T00:00:00Z"
    assert problem.headers()["Retry-After"] == "3601"


def test_a_refusal_has_openais_shape_behind_its_door() -> None:
    app = Flask("refusing")

    @app.get("/v1/x")
    @public
    def refuse() -> str:
        raise EXCEEDED

    problems.register(app, {"/v1/": error_response})
    response = app.test_client().get("/v1/x")

    error = response.json["error"]
    assert (response.status_code, error["code"], error["type"]) == (402, "budget_exceeded", "insufficient_quota")
    assert (error["budget"], error["settled_usd"]) == ("lab", "1.5")
    assert response.headers["Retry-After"] == "3601"


def test_a_budget_of_all_time_never_begins_anew() -> None:
    error = BudgetExceeded(
        "no", budget="b", scope="global", who="", period="total", unit="tokens", limit=5, settled=5, reserved=0,
        resets_at=None, retry_after_s=None,
    )  # fmt: skip
    problem: Problem = problems.of(error)

    assert "Retry-After" not in problem.headers()
    assert (problem.told["limit_tokens"], problem.told["resets_at"]) == (5, None)
