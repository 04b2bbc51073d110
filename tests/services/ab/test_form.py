"""The form of an A/B test refuses what has another shape, and what it writes can be sent again as it is."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.ab.metric import Metric
from app.domain.errors import Conflict, Invalid
from app.services.ab.form import AbForm, written
from app.services.ab.wanted import WantedArm, WantedTest
from app.services.ab.wanted_json import wanted_of, wanted_to_json
from tests.db import makers

SLOWEST_MS = 90_000.0
LEAST: dict[str, Any] = {"arms": [{"flow": "a"}, {"flow": "b"}], "metric": {"kind": "rating"}, "mde": 0.2}
WHOLE: dict[str, Any] = {
    "arms": [{"flow": "a", "name": "old", "weight": 7_000}, {"flow": "b", "name": "new", "weight": 3_000}],
    "metric": {
        "kind": "number", "name": "words", "low": -5, "high": 50.5, "better": "lower", "aggregate": "sum",
        "missing": "zero",
    },
    "mde": 1.5,
    "margin": 0.5,
    "power": 0.9,
    "alpha": 0.01,
    "side": "less",
    "baseline": {"mean": -2, "deviation": 4, "answering": 0.5},
    "secondary": [{"kind": "cost", "high_usd": "0.05"}, {"kind": "latency", "high": 3_000}, {"kind": "failures"}],
    "control": "old",
    "share": 2_500,
    "layer": "prompts",
    "unit": "user_id",
    "max_days": 21,
    "min_units": 50,
    "auto_stop": False,
    "window_days": 7,
    "pre_days": 0,
    "overrides": {"tester": "new"},
    "same": False,
    "name": "shorter answers",
}  # fmt: skip
COSTS: dict[str, Any] = {
    **LEAST,
    "metric": {"kind": "cost", "high_usd": "2"},
    "mde": None,
    "mde_usd": "0.001",
    "margin_usd": "0.000000001",
    "baseline": {"mean_usd": "0.02", "deviation_usd": "0.01"},
}


def form(given: object) -> AbForm:
    """As it comes in."""
    return AbForm.model_validate_json(json.dumps(given))


def wanted(given: object) -> WantedTest:
    """What the form asks for."""
    return form(given).wanted(SLOWEST_MS)


def refused(given: object) -> set[str]:
    """The fields that the shape refuses."""
    with pytest.raises(ValidationError) as caught:
        form(given)
    return {".".join(map(str, fault["loc"])) for fault in caught.value.errors()}


def test_a_form_that_is_filled_in_whole_says_all_of_it() -> None:
    assert wanted(WHOLE) == WantedTest(
        arms=(WantedArm("a", "old", 7_000), WantedArm("b", "new", 3_000)),
        metric=Metric("words", "number", -5.0, 50.5, "lower", "sum", "zero"),
        mde=1.5,
        name="shorter answers",
        control="old",
        secondary=(
            Metric("cost", "cost", high=50_000_000.0, better="lower", aggregate="sum"),
            Metric("latency", "latency", high=3_000.0, better="lower"),
            Metric("failures", "failures", better="lower", aggregate="any"),
        ),
        margin=0.5,
        power=0.9,
        alpha=0.01,
        side="less",
        baseline_mean=-2.0,
        baseline_deviation=4.0,
        answering=0.5,
        share=2_500,
        layer="prompts",
        unit="user_id",
        max_days=21.0,
        min_units=50,
        auto_stop=False,
        window_days=7,
        pre_days=0,
        overrides={"tester": "new"},
    )


def test_what_is_left_out_is_as_the_service_has_it() -> None:
    assert wanted(LEAST) == WantedTest(
        arms=(WantedArm("a"), WantedArm("b")), metric=Metric("rating", "rating", 1.0, 5.0), mde=0.2
    )


def test_the_range_of_latency_ends_where_calls_do() -> None:
    assert wanted({**LEAST, "metric": {"kind": "latency"}}).metric.high == SLOWEST_MS


def test_cost_is_told_in_dollars_and_kept_in_nano_dollars() -> None:
    found = wanted(COSTS)

    assert (found.metric.high, found.mde, found.margin) == (2e9, 1e6, 1.0)
    assert (found.baseline_mean, found.baseline_deviation) == (2e7, 1e7)


@pytest.mark.parametrize("given", [LEAST, WHOLE, COSTS], ids=["least", "whole", "costs"])
def test_what_is_written_can_be_sent_again_and_says_the_same(given: dict[str, Any]) -> None:
    assert wanted(written(wanted(given))) == wanted(given)


@pytest.mark.parametrize("given", [LEAST, WHOLE, COSTS], ids=["least", "whole", "costs"])
def test_what_is_stored_comes_back_equal(given: dict[str, Any]) -> None:
    stored = json.loads(json.dumps(wanted_to_json(wanted(given))))
    experiment = makers.experiment(makers.use_case(), config={"wanted": stored})

    assert wanted_of(experiment) == wanted(given)


@pytest.mark.parametrize("config", [{}, {"wanted": {}}, {"wanted": 3}, {"wanted": {"arms": 3}}])
def test_what_was_not_stored_so_is_no_surprise(config: dict[str, object]) -> None:
    with pytest.raises(Conflict) as caught:
        wanted_of(makers.experiment(makers.use_case(), config=config))

    assert caught.value.code == "experiment-broken"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"alpha": 0}, "alpha"),
        ({"alpha": 0.5}, "alpha"),
        ({"power": 1}, "power"),
        ({"mde": 0}, "mde"),
        ({"mde": "0.2"}, "mde"),
        ({"margin": -1}, "margin"),
        ({"side": "both"}, "side"),
        ({"share": 0}, "share"),
        ({"share": 10_001}, "share"),
        ({"min_units": 1}, "min_units"),
        ({"arms": [{"flow": "a"}]}, "arms"),
        ({"arms": [{"flow": "a"}, {"flow": "b", "weight": 0}]}, "arms.1.weight"),
        ({"arms": [{"flow": "a"}, {"flow": ""}]}, "arms.1.flow"),
        ({"metric": {"kind": "stars"}}, "metric.kind"),
        ({"secondary": [{"kind": "rating", "best": 3}]}, "secondary.0.best"),
        ({"baseline": {"deviation": 0}}, "baseline.deviation"),
        ({"baseline": {"answering": 1.1}}, "baseline.answering"),
        ({"overrides": {"tester": 3}}, "overrides.tester"),
        ({"winner": "a"}, "winner"),
    ],
)
def test_another_shape_is_refused_at_its_field(given: dict[str, object], field: str) -> None:
    assert refused({**LEAST, **given}) == {field}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mde": None}, "mde"),
        ({"mde_usd": "1"}, "mde_usd"),
        ({"margin_usd": "1"}, "margin_usd"),
        ({"baseline": {"mean_usd": "1"}}, "baseline.mean_usd"),
        ({"metric": {"kind": "rating", "high": 7}}, "metric.high"),
        ({"metric": {"kind": "rating", "high_usd": "7"}}, "metric.high_usd"),
        ({"metric": {"kind": "number", "high": 7}}, "metric.name"),
        ({"metric": {"kind": "number", "name": "words"}}, "metric.high"),
        ({"secondary": [{"kind": "cost"}]}, "secondary[0].high_usd"),
        ({"secondary": [{"kind": "rating", "aggregate": "any"}]}, "secondary[0].aggregate"),
        ({"metric": {"kind": "cost", "high": 2}}, "mde"),
        ({**COSTS, "mde": 2}, "mde"),
        ({**COSTS, "mde_usd": None}, "mde_usd"),
        ({**COSTS, "metric": {"kind": "cost", "high": 2}}, "metric.high"),
        ({**COSTS, "metric": {"kind": "cost", "low": 2, "high_usd": "3"}}, "metric.low"),
        ({**COSTS, "baseline": {"deviation": 2}}, "baseline.deviation"),
    ],
)
def test_what_cannot_go_together_is_refused_at_its_field(given: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        wanted({**LEAST, **given})

    assert caught.value.field == field
