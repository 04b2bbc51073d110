"""A shadow is set over HTTP with a budget, answers unseen, and is listed apart."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.api import world as worlds
from app.services import mirroring
from app.services.mirrors import Mirrors
from app.services.world import World
from tests.api.conftest import Api
from tests.waiting import until

SET = {"share": 10_000, "budget_usd": "0.5"}


@pytest.fixture
def mirrors(app: Flask, world: World) -> Iterator[Mirrors]:
    """The application's world, in which shadows work for one test."""
    mirrors = Mirrors()
    busy = replace(world, mirrors=mirrors)
    worlds.attach(app, busy)
    mirrors.start(lambda copy: mirroring.perform(busy, copy), threads=1)
    yield mirrors
    mirrors.close()
    worlds.attach(app, world)


def shadowed(api: Api, **body: Any) -> str:
    """A use case served by flow `a`, whose flow `b` is its shadow."""
    code = api.use_case("a", "b")
    assert api.put(f"/use-cases/{code}/weights", {"weights": {"a": 10_000}}).status_code == 200
    response = api.put(f"/use-cases/{code}/flows/b/shadow", {**SET, **body})
    assert response.status_code == 200, response.text
    return code


def asked(api: Api, code: str, correlation_id: str) -> Any:
    """An answer of flow `a`."""
    body = {"correlation_id": correlation_id, "inputs": {"word": "hi"}}
    response = api.post(f"/use-cases/{code}/generate", body)
    assert response.status_code == 200, response.text
    return response.json


def test_a_shadow_is_set_read_changed_and_removed(api: Api) -> None:
    code = shadowed(api, share=250)

    found = api.get(f"/use-cases/{code}/flows/b/shadow").json
    assert (found["flow"], found["share"]) == ("b", 250)
    budget = found["budget"]
    assert (budget["budget_usd"], budget["spent_usd"], budget["active"]) == ("0.5", "0", True)
    assert budget["resets_at"] is not None
    stored = api.get(f"/budgets/{budget['id']}").json
    assert (stored["scope"], stored["period"], stored["action"]) == ("tag", "day", "block")

    changed = api.put(f"/use-cases/{code}/flows/b/shadow", {"share": 500, "budget_usd": "2"}).json
    assert (changed["share"], changed["budget"]["budget_usd"]) == (500, "2")
    assert changed["budget"]["id"] == budget["id"]

    assert api.delete(f"/use-cases/{code}/flows/b/shadow").status_code == 204
    gone = api.get(f"/use-cases/{code}/flows/b/shadow").json
    assert (gone["share"], gone["budget"]["active"], gone["versions"]) == (0, False, [])


@pytest.mark.parametrize(
    "body",
    [
        {"share": 100},
        {"budget_usd": "1"},
        {"share": 10_001, "budget_usd": "1"},
        {"share": -1, "budget_usd": "1"},
        {"share": 100, "budget_usd": 1},
        {"share": 100, "budget_usd": "-1"},
        {"share": 100, "budget_usd": "1", "budget": "x"},
    ],
)
def test_a_shadow_without_a_budget_or_with_a_wrong_share_is_refused(api: Api, body: dict[str, object]) -> None:
    code = api.use_case("a", "b")

    assert api.put(f"/use-cases/{code}/flows/b/shadow", body).status_code == 422
    assert api.get(f"/use-cases/{code}/flows/b/shadow").json["budget"] is None


def test_unknown_flows_and_use_cases_are_not_found(api: Api) -> None:
    code = api.use_case("a")

    assert api.put(f"/use-cases/{code}/flows/x/shadow", SET).status_code == 404
    assert api.get(f"/use-cases/{code}/flows/x/shadow").status_code == 404
    assert api.delete(f"/use-cases/{code}/flows/x/shadow").status_code == 404
    assert api.get("/use-cases/no-such-case/shadows").status_code == 404


def test_what_a_shadow_says_is_listed_apart_and_never_answered(api: Api, mirrors: Mirrors) -> None:
    code = shadowed(api)

    answer = asked(api, code, f"{code}-visitor")
    until(lambda: bool(mirrors.figures().runs))

    assert (answer["flow"], mirrors.figures().runs) == ("a", {"succeeded": 1})
    (calls,) = [api.get(f"/calls?use_case={code}&source=shadow").json["items"]]
    (call,) = calls
    assert (call["flow"], call["source"], call["key_id"], call["user_id"]) == ("b", "shadow", None, None)
    assert call["id"] not in [each["id"] for each in api.get(f"/calls?use_case={code}&source=served").json["items"]]
    (figures,) = api.get(f"/use-cases/{code}/shadows").json["items"]
    assert (figures["source"], figures["flow"], figures["flow_version"]) == ("shadow", "b", 1)
    assert (figures["sessions"], figures["runs"], figures["failed"], figures["error_rate"]) == (1, 1, 0, 0.0)
    assert (figures["feedback"], figures["mean_reward"]) == (0, None)
    assert float(figures["cost_usd"]) > 0
    assert figures["latency_ms"] >= 0


def test_the_sessions_of_a_correlation_id_tell_which_one_is_a_shadow(api: Api, mirrors: Mirrors) -> None:
    code = shadowed(api)
    visitor = f"{code}-visitor"
    asked(api, code, visitor)
    until(lambda: bool(mirrors.figures().runs))

    items = api.get(f"/sessions/{visitor}").json["items"]

    assert {each["flow"]: (each["shadow"], each["live"]) for each in items} == {"a": (False, True), "b": (True, False)}
    assert asked(api, code, visitor)["flow"] == "a"


def test_a_key_that_may_only_run_sets_no_shadow(api: Api) -> None:
    code = api.use_case("a", "b")
    secret = api.made("/keys", {"name": f"runner-{code}", "scopes": ["run"]})["secret"]
    runner = replace(api, secret=secret)

    assert runner.put(f"/use-cases/{code}/flows/b/shadow", SET).status_code == 403


def test_figures_tell_of_shadows(api: Api, mirrors: Mirrors, client: Any) -> None:
    code = shadowed(api)
    asked(api, code, f"{code}-visitor")
    until(lambda: bool(mirrors.figures().runs))

    text = client.get("/metrics", headers={"Authorization": f"Bearer {api.secret}"}).text

    assert 'model_match_shadow_runs_total{status="succeeded"} 1.0' in text
    assert "model_match_shadow_queued 0.0" in text
