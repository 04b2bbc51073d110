"""A readout goes out as plain JSON: finite numbers, money as text, and words for what they mean."""

from collections import Counter

import orjson

from app.api.experiment_readout import readout_out
from app.db import experiments
from app.db.evidence import Increments
from app.domain.experiment import Experiment
from app.services import experiments as rollouts
from app.services import readout
from app.services.rollouts import Wanted, WantedRule
from app.services.world import World
from tests.api.conftest import Api


def started(api: Api, world: World) -> Experiment:
    """A running experiment over flows a and b; a must not cost over 0.00001 USD per session."""
    code = api.use_case("a", "b")
    rule = WantedRule(lower_score=0.2, max_cost=10_000)
    return rollouts.start(world, code, Wanted(scale="binary", escape={"a": rule}))


def test_all_that_is_known_goes_out(api: Api, world: World) -> None:
    """W10: mean, interval, n, evidence, errors, cost, latency and missing feedback are all in one answer."""
    experiment = started(api, world)
    a, b = (str(flow_id) for flow_id in experiment.config["flow_ids"].values())  # type: ignore[attr-defined]  # a stored object
    with world.store.write() as tx:
        epoch = experiments.epochs_of(tx, experiment.id)[0]
        good = {"n": 400, "sum": 300_000_000, "sum_sq": 300_000_000, "cell_4": 300, "cell_0": 100, "rated": 400}
        bad = {"n": 200, "sum": 20_000_000, "sum_sq": 20_000_000, "cell_4": 20, "cell_0": 180, "rated": 200}
        served = {"sessions": 500, "runs": 500, "failed": 5, "cost": 1_250_000, "latency_ms": 20_000}
        increments = Increments()
        increments.shown[epoch.id, a, 1] = Counter({**good, **served})
        increments.shown[epoch.id, b, 1] = Counter({**bad, **served})
        increments.write(tx)

    out = orjson.loads(readout_out(readout.readout(world, experiment.id)).model_dump_json())

    first, second = out["flows"]
    assert (first["flow"], first["mean"], first["counted"], first["response_rate"]) == ("a", 0.75, 400, 0.8)
    assert first["interval"][0] < 0.75 < first["interval"][1]
    assert (first["error_rate"], first["cost_per_session_usd"], first["latency_ms"]) == (0.01, "0.0000025", 40.0)
    assert first["against"][0]["rival"] == "b"
    assert first["against"][0]["e"] == 1e12
    assert first["against"][0]["log_e"] > first["against"][0]["log_bar"]
    assert second["against"][0]["e"] < 1
    by_name = {one["watched"]: one for one in first["guardrails"]}
    assert (by_name["cost"]["limit_usd"], by_name["cost"]["seen_usd"]) == ("0.00001", "0.0000025")
    assert (by_name["cost"]["limit"], by_name["reward"]["limit"], by_name["reward"]["seen"]) == (None, 0.2, 0.75)
    assert out["unequal_response"]["rates"] == {"a": 0.8, "b": 0.4}
    assert out["if_decided"]["kept"] in ("a", "b")
    assert out["shares"][0]["weights"] == {"a": 5000, "b": 5000}


def test_nothing_seen_is_null_and_not_nought(api: Api, world: World) -> None:
    """W3: what is not known is null, never a score of 0."""
    out = orjson.loads(readout_out(readout.readout(world, started(api, world).id)).model_dump_json())

    for flow in out["flows"]:
        nothing = ("mean", "response_rate", "error_rate", "cost_per_session_usd", "latency_ms", "slow_rate")
        assert [flow[name] for name in nothing] == [None] * len(nothing)
        assert flow["interval"] == [0.0, 1.0]
    assert out["forecast"]["sessions"] is None
    assert out["unequal_response"] is None


def test_moves_are_told_with_codes_and_reasons(api: Api, world: World) -> None:
    experiment = started(api, world)
    code = world.snapshots.current.use_cases_by_id[experiment.use_case_id].code
    for number in range(120):
        name = f"{code}-{number}"
        picked = api.post(f"/use-cases/{code}/pick", {"correlation_id": name}).json
        assert picked is not None
        worth = int(picked["flow"] == "b")
        api.made("/feedback", {"kind": "thumb", "value": worth, "use_case": code, "correlation_id": name})

    out = orjson.loads(readout_out(readout.readout(world, experiment.id)).model_dump_json())

    assert out["moves"][0]["after"] == {"a": 0, "b": 10_000}
    assert out["moves"][0]["reason"]
    assert out["flows"][0]["standing"].startswith(("a escaped", "dropped"))
