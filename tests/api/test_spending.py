"""Spending is read over HTTP: money as decimal text, groups by name, and another model beside it."""

import pytest

from tests.api.conftest import Api

USAGE = {"input_tokens": 100, "output_tokens": 20}
NO_BASELINE = {"baseline_usd": None, "difference_usd": None, "difference_percent": None}


def report(api: Api, cost: str | None, **given: object) -> None:
    """A call that was made elsewhere."""
    body = {"model": "simulated/small", "latency_ms": 5, "usage": USAGE, "cost_usd": cost, **given}
    api.made("/calls", body)


def test_groups_and_their_total_are_told_with_money_as_text(api: Api) -> None:
    report(api, "0.25", user_id="spending-ann")
    report(api, "0.5", user_id="spending-ann", error="timeout")
    report(api, None, user_id="spending-bob", model="far/away", provider="far")

    found = api.get("/spending?by=user&limit=200").json

    (ann,) = [item for item in found["items"] if item["group"] == "spending-ann"]
    (bob,) = [item for item in found["items"] if item["group"] == "spending-bob"]
    assert ann == {
        "group": "spending-ann",
        "name": "spending-ann",
        "calls": 2,
        "errors": 1,
        "cached": 0,
        "input_tokens": 200,
        "output_tokens": 40,
        "cost_usd": "0.75",
        "unpriced": 0,
        "saved_usd": "0",
        **NO_BASELINE,
    }
    assert (bob["cost_usd"], bob["unpriced"]) == ("0", 1)
    assert found["by"] == "user"
    assert found["since"] < found["until"]
    assert found["total"]["calls"] >= 3


def test_a_baseline_is_named_by_its_slug_and_told_for_each_group_and_the_total(api: Api) -> None:
    report(api, "0.25", user_id="spending-baseline")

    found = api.get("/spending?by=user&limit=200&baseline=simulated/large").json

    (group,) = [item for item in found["items"] if item["group"] == "spending-baseline"]
    assert found["baseline"] == "simulated/large"
    assert float(group["difference_usd"]) == pytest.approx(float(group["baseline_usd"]) - 0.25)
    assert found["total"]["baseline_usd"] is not None


def test_a_use_case_has_its_code(api: Api) -> None:
    code = api.use_case()
    report(api, "0.1", use_case=code)

    found = api.get("/spending?by=use-case&limit=200").json["items"]

    assert [item["cost_usd"] for item in found if item["name"] == code] == ["0.1"]


def test_what_is_beyond_the_limit_is_one_sum(api: Api) -> None:
    for user in ("one", "two"):
        report(api, "0.1", user_id=f"spending-{user}")

    found = api.get("/spending?by=user&limit=1").json

    assert len(found["items"]) == 1
    assert found["items"][0]["calls"] + found["other"]["calls"] == found["total"]["calls"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("", "by"),
        ("by=planet", "by"),
        ("by=day&limit=0", "limit"),
        ("by=day&since=2026-11-01", "since"),
        ("by=day&since=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z", "until"),
        ("by=day&baseline=acme/none", "baseline"),
        ("by=day&extra=1", "extra"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(api: Api, asked: str, field: str) -> None:
    response = api.get(f"/spending?{asked}")

    assert (response.status_code, response.json["field"]) == (422, field)


def test_a_key_that_only_runs_reads_no_spending(api: Api) -> None:
    key = api.made("/keys", {"name": "runner", "scopes": ["run"]})

    assert Api(api.client, key["secret"]).get("/spending?by=day").status_code == 403


def test_an_answer_from_the_cache_saves_what_it_had_cost(api: Api) -> None:
    key = api.made("/keys", {"name": "saver", "scopes": ["run"], "team": "spending-savers"})
    saver = Api(api.client, key["secret"])
    asked = {"model": "simulated/large", "prompt": "What does it save?", "cache": "on"}
    for _ in range(3):
        assert saver.post("/generate", asked).status_code == 200

    found = api.get("/spending?by=team&limit=200").json["items"]

    (team,) = [item for item in found if item["name"] == "spending-savers"]
    assert (team["calls"], team["cached"]) == (3, 2)
    assert float(team["saved_usd"]) == pytest.approx(2 * float(team["cost_usd"]))
    assert float(team["cost_usd"]) > 0
