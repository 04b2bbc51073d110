"""The seed's door tells the month's budget in numbers, to keys that may read."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api.compat.budget import MonthOut
from app.services.monthly import Month
from tests.api.conftest import ADMIN, Api

DOLLAR = 1_000_000_000


def asked(client: FlaskClient, secret: str = ADMIN) -> TestResponse:
    """The answer to a key."""
    return client.get("/api/budget", headers={"Authorization": f"Bearer {secret}"})


def test_the_month_is_told_in_numbers(api: Api) -> None:
    before = asked(api.client).json
    usage = {"input_tokens": 1, "output_tokens": 1}
    api.made("/calls", {"model": "simulated/small", "latency_ms": 5, "usage": usage, "cost_usd": "0.25"})

    answer = asked(api.client)

    assert answer.status_code == 200
    assert list(answer.json) == [
        "year",
        "month",
        "monthly_limit",
        "total_spent",
        "remaining",
        "percentage_used",
        "request_count",
    ]
    assert answer.json["monthly_limit"] == 100.0
    assert round(answer.json["total_spent"] - before["total_spent"], 6) == 0.25
    assert answer.json["request_count"] == before["request_count"] + 1


def test_the_shape_is_the_documented_one() -> None:
    found = MonthOut.of(Month(2024, 1, 100 * DOLLAR, 12_450_000_000, 250))

    assert found.model_dump() == {
        "year": 2024,
        "month": 1,
        "monthly_limit": 100.0,
        "total_spent": 12.45,
        "remaining": 87.55,
        "percentage_used": 12.45,
        "request_count": 250,
    }


def test_of_a_limit_of_nothing_all_is_used_and_without_one_nothing_is_told() -> None:
    nothing, none = MonthOut.of(Month(2024, 1, 0, 0, 0)), MonthOut.of(Month(2024, 1, None, DOLLAR, 2))

    assert (nothing.remaining, nothing.percentage_used) == (0.0, 100.0)
    assert (none.monthly_limit, none.total_spent, none.remaining, none.percentage_used) == (None, 1.0, None, None)


def test_a_stranger_and_a_key_that_only_runs_are_told_so_as_problems(api: Api) -> None:
    key = api.made("/keys", {"name": "runner", "scopes": ["run"]})

    for secret, status in (("nobody", 401), (key["secret"], 403)):
        answer = asked(api.client, secret)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_it_stands_in_the_document(client: FlaskClient) -> None:
    described = client.get("/openapi.json").json["paths"]["/api/budget"]["get"]

    assert "200" in described["responses"]
    assert described["summary"]
