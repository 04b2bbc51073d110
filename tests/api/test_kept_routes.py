"""Decisions of the router are found, explained and judged over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import Api

SMALL, LARGE = "simulated/small", "simulated/large"
AUTO = {"auto": {"strategy": "best_quality", "among": [SMALL, LARGE], "max_cost_usd": "0.5"}}


def routed(api: Api, **step: Any) -> tuple[str, str]:
    """The code of a use case that was just asked by auto, and the correlation id."""
    code, correlation_id = api.use_case("a", choice=AUTO, **step), uuid4().hex
    body = {"correlation_id": correlation_id, "inputs": {"word": "hello"}}
    assert api.post(f"/use-cases/{code}/generate", body).status_code == 200
    return code, correlation_id


def only(api: Api, query: str) -> Any:
    """The one route that matches."""
    found = api.get(f"/routes?{query}").json
    assert len(found["items"]) == 1
    return found["items"][0]


def test_a_route_explains_why_its_model_was_asked(api: Api) -> None:
    code, _ = routed(api)

    route = only(api, f"use_case={code}")

    assert (route["use_case"], route["flow"], route["step"], route["strategy"]) == (code, "a", "answer", "best_quality")
    assert {each["model"] for each in route["rated"]} == {SMALL, LARGE}
    assert sum(each["chance"] for each in route["rated"]) == pytest.approx(1.0)
    assert route["model"] == route["picked"] == route["tried"][0]["model"]
    assert route["cost_usd"] == route["tried"][0]["cost_usd"]
    assert route["reasoning"]
    assert (route["outcome"], route["tried"][0]["outcome"]) == (None, None)
    assert api.get(f"/routes/{route['id']}").json == route


def test_routes_are_found_by_what_they_are_about(api: Api) -> None:
    code, correlation_id = routed(api)
    route = only(api, f"use_case={code}")

    assert only(api, f"use_case={code}&correlation_id={correlation_id}") == route
    assert only(api, f"session_id={route['session_id']}") == route
    assert only(api, f"use_case={code}&model={route['model']}&drawn={route['drawn']}") == route
    assert api.get(f"/routes?use_case={code}&model=vendor/other").json["items"] == []
    assert api.get(f"/routes?use_case={code}&task=chat").json["items"] == []


def test_routes_are_read_page_by_page(api: Api) -> None:
    code, _ = routed(api)
    for _ in range(2):
        body = {"correlation_id": uuid4().hex, "inputs": {"word": "more"}}
        assert api.post(f"/use-cases/{code}/generate", body).status_code == 200

    first = api.get(f"/routes?use_case={code}&limit=2").json
    second = api.get(f"/routes?use_case={code}&limit=2&cursor={first['next']}").json

    ids = [each["id"] for each in (*first["items"], *second["items"])]
    assert (len(set(ids)), second["next"]) == (3, None)
    assert [each["at"] for each in first["items"]] == sorted((each["at"] for each in first["items"]), reverse=True)


def test_a_caller_says_what_an_answer_was_worth(api: Api) -> None:
    code, _ = routed(api)
    id_ = only(api, f"use_case={code}")["id"]

    told = api.post(f"/routes/{id_}/outcome", {"quality": 0.4}).json
    assert told.keys() == {"id", "outcome"}
    again = api.post(f"/routes/{id_}/outcome", {"quality": 0.9}).json

    assert (told["outcome"]["quality"], told["outcome"]["source"], told["outcome"]["weight"]) == (0.4, "feedback", 1.0)
    assert again["outcome"]["quality"] == 0.9
    assert api.get(f"/routes/{id_}").json["tried"][0]["outcome"] == again["outcome"]


def test_a_key_that_may_only_run_sees_and_judges_its_own_routes_alone(api: Api) -> None:
    code, _ = routed(api)
    others = only(api, f"use_case={code}")["id"]
    secret = api.made("/keys", {"name": "runner", "scopes": ["run"]})["secret"]
    runner, reader = (
        Api(api.client, secret),
        Api(api.client, api.made("/keys", {"name": "r", "scopes": ["read"]})["secret"]),
    )
    own = runner.post("/generate", {"model": "auto", "prompt": "What is it?"}).headers["X-MM-Route-Id"]

    assert runner.get(f"/routes/{others}").status_code == 404
    assert runner.post(f"/routes/{others}/outcome", {"quality": 0.1}).status_code == 404
    assert runner.get("/routes").status_code == 403
    assert runner.get(f"/routes/{own}").json["id"] == own
    assert runner.post(f"/routes/{own}/outcome", {"quality": 0.7}).json["outcome"]["quality"] == 0.7
    assert reader.get(f"/routes/{own}").json["outcome"]["quality"] == 0.7
    assert reader.post(f"/routes/{own}/outcome", {"quality": 0.2}).status_code == 403
    assert api.post(f"/routes/{own}/outcome", {"quality": 0.3}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"quality": 1.5}, {"quality": -0.1}, {"quality": "1"}, {"quality": 1, "more": 2}])
def test_an_outcome_that_is_none_is_refused(api: Api, body: dict[str, object]) -> None:
    code, _ = routed(api)
    id_ = only(api, f"use_case={code}")["id"]

    assert api.post(f"/routes/{id_}/outcome", body).status_code == 422


def test_unknown_routes_and_sessions_are_not_found(api: Api) -> None:
    code, _ = routed(api)

    assert api.get(f"/routes/{uuid4()}").status_code == 404
    assert api.post(f"/routes/{uuid4()}/outcome", {"quality": 1}).status_code == 404
    assert api.get("/routes?use_case=nowhere").status_code == 404
    assert api.get(f"/routes?use_case={code}&correlation_id=unknown").status_code == 404


@pytest.mark.parametrize("query", ["correlation_id=c", "drawn=lots", "cursor=x", "limit=0", "more=1", "since=now"])
def test_a_wrong_filter_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/routes?{query}").status_code == 422


def test_a_session_and_a_correlation_id_exclude_each_other(api: Api) -> None:
    code, correlation_id = routed(api)

    response = api.get(f"/routes?use_case={code}&correlation_id={correlation_id}&session_id={uuid4()}")

    assert response.status_code == 422
