"""The report on the router is read over HTTP: verdict, figures with intervals, money as text."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from app.services.routing import earning
from app.services.world import World
from tests.api.conftest import Api
from tests.services.routing.test_earning import BEST, CHEAP, many, store

TASK = "reported"


@pytest.fixture(scope="module")
def judged(world: World) -> Iterator[str]:
    """The task of a useful router with many outcomes."""
    store(world, many(world, 900, useful=True, learner=f"task:{TASK}", task=TASK))
    list(earning.judge_all(world))
    return TASK


def test_a_report_tells_whether_the_router_earns_its_keep(api: Api, judged: str) -> None:
    told = api.get(f"/reports/routing?task={judged}").json

    assert (told["verdict"], told["outcomes"], told["routes"], told["outcome_share"]) == ("earns its keep", 900, 900, 1)
    assert told["sentence"].startswith("The router earns its keep")
    assert 0 < told["gain"]["low"] < told["gain"]["value"] < told["gain"]["high"]
    assert Decimal(told["saved_usd"]["low"]) <= Decimal(told["saved_usd"]["value"])
    assert [each["model"] for each in told["singles"]] == [BEST, CHEAP]
    assert (told["router"]["model"], told["router"]["share"]) == (None, 1)
    assert Decimal(told["router"]["cost_usd"]["value"]) > 0
    assert (told["against_strongest"]["model"], told["against_cheapest"]["model"]) == (BEST, CHEAP)
    assert told["against_strongest"]["saved_share"] > 0 > told["against_cheapest"]["saved_share"]
    assert (told["single"], told["needed"], told["stands_down"], told["cut"]) == (None, None, False, False)
    assert told["standing"]["verdict"] == "earns its keep"
    assert "intervals" in told["basis"]
    assert api.get(f"/reports/routing?task={judged}").json == told  # with the moment it was made in `as_of`


def test_without_any_route_it_is_too_early(api: Api) -> None:
    told = api.get("/reports/routing?task=never&days=3").json

    assert (told["verdict"], told["routes"], told["outcome_share"]) == ("too early", 0, None)
    assert (told["gain"], told["router"], told["singles"], told["standing"]) == (None, None, [], None)


def test_a_report_on_a_use_case_is_asked_for_by_its_code(api: Api) -> None:
    code = api.use_case("a")

    assert api.get(f"/reports/routing?use_case={code}").json["verdict"] == "too early"
    assert api.get("/reports/routing?use_case=nowhere").status_code == 404


@pytest.mark.parametrize("query", ["use_case=a&task=b", "days=0", "days=x", "more=1"])
def test_a_wrong_question_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/reports/routing?{query}").status_code == 422
