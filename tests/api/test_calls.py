"""The call log is found by any mix of filters, and calls made elsewhere stand in it with their own figures."""

import pytest

from app.api.call_payloads import AttemptOut
from app.db.calls import add_new
from app.services.world import World
from tests.api.conftest import Api
from tests.db import makers

REPORT = {"model": "simulated/small", "latency_ms": 120, "usage": {"input_tokens": 1_000, "output_tokens": 500}}


def test_a_reported_call_is_priced_by_the_catalogue(api: Api) -> None:
    call = api.made("/calls", {**REPORT, "prompt": "asked", "reply": "answered", "tags": {"trip": 1}})

    read = api.get(f"/calls/{call['id']}").json
    assert (call["source"], call["outcome"], call["cost_status"]) == ("reported", "ok", "priced")
    assert float(call["cost_usd"]) > 0
    assert call["usage"]["total_tokens"] == 1_500
    assert read == {"call": call, "text": {"prompt": "asked", "reply": "answered"}}


def test_a_stated_cost_wins(api: Api) -> None:
    call = api.made("/calls", {**REPORT, "cost_usd": "0.0125"})

    assert (call["cost_usd"], call["cost_status"]) == ("0.0125", "reported")


def test_a_model_outside_the_catalogue_is_unpriced_and_never_zero(api: Api) -> None:
    call = api.made("/calls", {**REPORT, "model": "acme/one", "provider": "acme", "error": "boom"})

    assert (call["cost_usd"], call["cost_status"], call["outcome"]) == (None, "unpriced", "error")


def test_a_reported_call_joins_the_session_it_names(api: Api) -> None:
    code = api.use_case()
    picked = api.post(f"/use-cases/{code}/pick", {"correlation_id": "c"}).json

    call = api.made("/calls", {**REPORT, "use_case": code, "correlation_id": "c", "step": "answer"})

    assert (call["session_id"], call["flow"], call["step"]) == (picked["session_id"], "a", "answer")


@pytest.mark.parametrize("cost", ["-1", "1e3", "NaN", "", 1.5])
def test_a_cost_that_is_no_plain_decimal_text_is_refused(api: Api, cost: object) -> None:
    response = api.post("/calls", {**REPORT, "cost_usd": cost})

    assert (response.status_code, response.json["field"]) == (422, "cost_usd")


def test_calls_are_found_by_filters_and_words(api: Api) -> None:
    code = api.use_case("a", "b")
    for number in range(4):
        api.post(f"/use-cases/{code}/generate", {"inputs": {"word": f"needle{number}"}, "correlation_id": f"{number}"})

    every = api.get(f"/calls?use_case={code}").json["items"]
    needle = api.get(f"/calls?use_case={code}&text=needle2").json["items"]

    assert len(every) == 4
    assert len(needle) == 1
    by_flow = [api.get(f"/calls?use_case={code}&flow={flow}").json["items"] for flow in ("a", "b")]
    assert sum(map(len, by_flow)) == 4
    assert api.get(f"/calls?use_case={code}&outcome=error").json["items"] == []
    assert api.get(f"/calls?session_id={needle[0]['session_id']}").json["items"] == needle
    since = every[1]["at"].replace("+", "%2B")
    assert api.get(f"/calls?use_case={code}&since={since}").json["items"] == every[:2]


def test_calls_are_paged_without_gap_or_repeat(api: Api) -> None:
    code = api.use_case()
    for number in range(5):
        api.made("/calls", {**REPORT, "use_case": code, "latency_ms": number})

    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/calls?use_case={code}&limit=2" + (f"&cursor={cursor}" if cursor else "")).json
        seen += [call["latency_ms"] for call in page["items"]]
        cursor = page["next"]

    assert seen == [4, 3, 2, 1, 0]


def test_a_flow_is_searched_only_with_its_use_case(api: Api) -> None:
    assert api.get("/calls?flow=a").json["field"] == "use_case"
    assert api.get("/calls?use_case=nowhere").status_code == 404


def test_an_answer_from_the_cache_is_found_and_tells_what_it_saved(api: Api, world: World) -> None:
    facts = {"endpoint": "one", "upstream_id": "req-1", "user_id": "u", "owner": "ann", "team": "red"}
    call = makers.call(outcome="cached", cost=0, cost_status="cached", saved=1_500, cache_key="ab" * 32, **facts)
    with world.store.write() as tx:
        add_new(tx, [call])

    found = api.get("/calls?outcome=cached&model=simulated/fast").json["items"]

    assert [told["id"] for told in found] == [call.id]
    assert (found[0]["cost_usd"], found[0]["saved_cost_usd"]) == ("0", "0.0000015")
    assert found[0]["cache_key"] == call.cache_key
    assert {name: found[0][name] for name in facts} == facts
    assert AttemptOut.of(call).saved_cost_usd == "0.0000015"
