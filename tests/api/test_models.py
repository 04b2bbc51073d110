"""The catalogue is filtered, priced and tried over HTTP."""

from app.services.world import World
from tests.api.conftest import Api


def test_models_are_filtered_by_provider_capability_and_tier(api: Api) -> None:
    every = api.get("/models").json["items"]

    simulated = api.get("/models?provider=simulated&capability=chat&tier=cheap").json["items"]

    assert {model["slug"] for model in simulated} == {
        model["slug"]
        for model in every
        if model["provider"] == "simulated" and "chat" in model["capabilities"] and model["tier"] == "cheap"
    }
    assert simulated
    assert api.get("/models?tier=splendid").json["field"] == "tier"


def test_a_model_is_told_with_its_price_and_where_it_stands(api: Api) -> None:
    model = api.get("/models/simulated/small").json

    assert model["configured"]
    assert model["price"]["source"]
    assert isinstance(model["price"]["input_usd"], str)
    assert api.get("/models/acme/none").status_code == 404


def test_a_model_without_a_key_for_its_provider_is_not_configured(api: Api) -> None:
    assert {model["configured"] for model in api.get("/models?provider=anthropic").json["items"]} == {False}


def test_tokens_are_priced_on_all_models_cheapest_first_and_unpriced_last(api: Api, world: World) -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 1_000_000}

    items = api.post("/models/estimate", {"usage": usage}).json["items"]

    costs = [item["cost_usd"] for item in items]
    known = [float(cost) for cost in costs if cost is not None]
    assert known == sorted(known)
    assert costs == [*(cost for cost in costs if cost is not None), *[None] * costs.count(None)]
    assert len(items) == len(world.catalogue.models)


def test_one_model_is_priced_exactly(api: Api) -> None:
    price = api.get("/models/simulated/small").json["price"]
    usage = {"input_tokens": 1_000_000}

    items = api.post("/models/estimate", {"usage": usage, "models": ["simulated/small"]}).json["items"]

    assert [item["cost_usd"] for item in items] == [price["input_usd"]]
    unknown = api.post("/models/estimate", {"usage": usage, "models": ["simulated/small", "acme/none"]})
    assert unknown.json["field"] == "models[1]"


def test_a_trial_really_asks_the_model_and_is_a_call(api: Api) -> None:
    answer = api.post("/models/test", {"model": "simulated/small"}).json

    call = api.get(f"/calls/{answer['calls'][0]['id']}").json["call"]
    assert (call["outcome"], call["tags"]) == ("ok", {"purpose": "test"})


def test_a_prompt_is_priced_before_it_is_sent(api: Api) -> None:
    asked = {
        "prompt": "How many eggs are in a dozen?",
        "max_tokens": 100,
        "expected_output_tokens": 10,
        "models": ["simulated/small", "simulated/unpriced"],
        "baseline": "simulated/large",
    }

    small, unpriced = api.post("/models/estimate", asked).json["items"]

    assert small["input_tokens"] > 5
    assert (small["output_tokens"], small["max_tokens"], small["fits"]) == (10, 100, True)
    assert float(small["cost_usd"]) < float(small["worst_case_usd"])
    assert small["saving_percent"] == 98.0
    assert (unpriced["cost_usd"], unpriced["worst_case_usd"], unpriced["saving_usd"]) == (None, None, None)


def test_an_estimate_of_nothing_or_of_two_things_is_refused(api: Api) -> None:
    assert api.post("/models/estimate", {}).json["field"] == "usage"
    assert api.post("/models/estimate", {"usage": {}, "prompt": "x"}).json["field"] == "usage"
    assert api.post("/models/estimate", {"messages": [{"role": "user"}]}).json["field"] == "messages[0].content"
    both = {"prompt": "x", "messages": [{"role": "system", "content": "Be brief."}]}
    assert api.post("/models/estimate", both).json["field"] == "messages"
    assert api.post("/models/estimate", {"prompt": " "}).json["field"] == "prompt"


def test_an_estimate_of_turns_counts_all_of_them(api: Api) -> None:
    system, user = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}
    asked = {"models": ["simulated/small", "simulated/small"]}

    (one,) = api.post("/models/estimate", {**asked, "messages": [user]}).json["items"]
    (two,) = api.post("/models/estimate", {**asked, "messages": [system, user]}).json["items"]

    assert two["input_tokens"] > one["input_tokens"]


def test_a_provider_or_a_capability_that_there_is_not_is_refused_by_its_field(api: Api) -> None:
    provider, capability = api.get("/models?provider=zz"), api.get("/models?capability=chat,nope")

    assert (provider.status_code, provider.json["field"]) == (422, "provider")
    assert "simulated" in provider.json["detail"]
    assert (capability.status_code, capability.json["field"]) == (422, "capability")
    assert "'nope'" in capability.json["detail"]
    assert "vision" in capability.json["detail"]


def test_models_are_found_in_the_order_that_is_wanted(api: Api) -> None:
    cheap = api.get("/models?capability=chat,vision&sort=cost&legacy=false").json["items"]
    fast = api.get("/models?sort=latency&configured=true").json["items"]
    recommended = api.get("/models?recommended=true&sort=efficiency").json["items"]

    assert cheap
    assert all({"chat", "vision"} <= set(model["capabilities"]) for model in cheap)
    assert [model["latency_ms"] for model in fast] == sorted(model["latency_ms"] for model in fast)
    assert all(model["configured"] for model in fast)
    known = [model["cost_efficiency"] for model in recommended if not model["legacy"]]
    assert all(model["recommended"] for model in recommended)
    assert known == sorted(known, reverse=True)
    assert api.get("/models?sort=beauty").json["field"] == "sort"


def test_costs_of_volumes_stand_side_by_side(api: Api) -> None:
    every = api.get("/models/costs").json["items"]
    (own,) = api.get("/models/costs?tokens=1000000,2&output_share=0&models=simulated/small").json["items"]

    assert {tuple(cost["tokens"] for cost in item["costs"]) for item in every} == {(1_000, 10_000, 100_000)}
    assert every[-1]["costs"][0]["cost_usd"] is None
    price = api.get("/models/simulated/small").json["price"]["input_usd"]
    assert own["costs"][0] == {"tokens": 1_000_000, "input_tokens": 1_000_000, "output_tokens": 0, "cost_usd": price}
    assert (own["configured"], own["recommended"], own["tier"]) == (True, False, "cheap")


def test_a_volume_is_a_number_and_a_share_lies_between_nothing_and_all(api: Api) -> None:
    for wrong in ("0", "a", "1,,2", "-5", "1," * 10 + "1"):
        refused = api.get(f"/models/costs?tokens={wrong}").json
        assert refused["field"] == "tokens"
        assert refused["detail"].startswith("tokens: one to ten numbers from 1 to")
    assert api.get("/models/costs?output_share=1.1").json["field"] == "output_share"
    assert api.get("/models/costs?models=acme/none").json["field"] == "models"
