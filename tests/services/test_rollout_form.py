"""The form refuses what has another shape, field by field, and what it writes can be sent again as it is."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.errors import Invalid
from app.domain.rollout import Metric, Objective
from app.services.rollout_form import RolloutForm, written
from app.services.rollouts import Wanted, WantedRule, WantedWarmup

WHOLE: dict[str, object] = {
    "scale": "decimal",
    "metric": {"kind": "score", "failures": "ignore", "window_days": 3},
    "objective": {"quality": 2, "cost": 1, "latency": 0.5, "dearest_usd": "0.05", "slowest_ms": 3_000},
    "baseline": "a",
    "epsilon": 0.05,
    "delta": 0.01,
    "min_feedback": 30,
    "max_step_pct": 5,
    "max_sessions": 10_000,
    "max_feedback": 900,
    "max_days": 0.5,
    "certification": "both",
    "mode": "certify",
    "best_guess": False,
    "tick_s": 5,
    "warmup": {"minutes": 90, "shape": "ladder", "goals": {"b": 5_000}, "hold": False},
    "escape": {
        "b": {
            "lower_score": 0.25,
            "min_feedback": 12,
            "max_error_rate": 0.1,
            "max_latency_p95_ms": 2_000,
            "max_cost_usd_per_session": "0.000000001",
            "min_runs": 40,
            "rollback": {"a": 10_000},
        }
    },
    "on_escape": "finish",
    "holdout": 500,
    "warm_start": True,
}


def refused(given: object) -> set[str]:
    """The fields that are refused."""
    with pytest.raises(ValidationError) as caught:
        RolloutForm.model_validate_json(json.dumps(given))
    return {".".join(map(str, fault["loc"])) for fault in caught.value.errors()}


def wanted(given: object) -> Wanted:
    """What the form asks for."""
    return RolloutForm.model_validate_json(json.dumps(given)).wanted()


def test_a_form_that_is_filled_in_whole_says_all_of_it() -> None:
    assert wanted(WHOLE) == Wanted(
        scale="decimal",
        metric=Metric("score", "ignore", 3),
        objective=Objective(2, 1, 0.5, 50_000_000, 3_000),
        baseline="a",
        epsilon=0.05,
        delta=0.01,
        min_feedback=30,
        max_step_pct=5,
        max_sessions=10_000,
        max_feedback=900,
        max_days=0.5,
        certification="both",
        tick_s=5,
        warmup=WantedWarmup(90, None, "ladder", {"b": 5_000}, hold=False),
        escape={"b": WantedRule(0.25, 12, 0.1, 2_000, 1, 40, {"a": 10_000})},
        on_escape="finish",
        holdout=500,
        warm_start=True,
    )


def test_an_empty_form_asks_for_what_nothing_said_asks_for() -> None:
    assert wanted({}) == Wanted()


@pytest.mark.parametrize("given", [{}, WHOLE, {"escape": {"b": {"max_error_rate": 0.5}}}, {"warmup": {"sessions": 5}}])
def test_what_is_read_back_can_be_sent_again(given: dict[str, object]) -> None:
    again = written(wanted(given))

    assert wanted(again) == wanted(given)
    assert written(wanted(again)) == again
    assert set(again) == set(WHOLE)


def test_what_is_read_back_of_a_whole_form_is_the_form() -> None:
    assert written(wanted(WHOLE)) == {**WHOLE, "warmup": {**WHOLE["warmup"], "sessions": None}}  # type: ignore[dict-item]  # an object


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id": "1"}, "id"),
        ({"use_case_id": "1"}, "use_case_id"),
        ({"warmup": {"minutes": 0}}, "warmup.minutes"),
        ({"warmup": {"minutes": 1.5}}, "warmup.minutes"),
        ({"warmup": {"sessions": 0}}, "warmup.sessions"),
        ({"warmup": {"minutes": 1, "shape": "cliff"}}, "warmup.shape"),
        ({"warmup": {"minutes": 1, "goals": {"b": None}}}, "warmup.goals.b"),
        ({"warmup": {"minutes": 1, "goals": {"b": 10_001}}}, "warmup.goals.b"),
        ({"warmup": {"minutes": 1, "goals": {"b": -1}}}, "warmup.goals.b"),
        ({"warmup": {"minutes": 1, "goals": {"b": 0.5}}}, "warmup.goals.b"),
        ({"warmup": {"minutes": 1, "goals": None}}, "warmup.goals"),
        ({"escape": {"b": None}}, "escape.b"),
        ({"escape": {"b": {"id": "1"}}}, "escape.b.id"),
        ({"escape": {"b": {"lower_score": 1}}}, "escape.b.lower_score"),
        ({"escape": {"b": {"max_error_rate": 0}}}, "escape.b.max_error_rate"),
        ({"escape": {"b": {"max_error_rate": 1}}}, "escape.b.max_error_rate"),
        ({"escape": {"b": {"max_latency_p95_ms": 0}}}, "escape.b.max_latency_p95_ms"),
        ({"escape": {"b": {"min_runs": 0}}}, "escape.b.min_runs"),
        ({"escape": {"b": {"rollback": {"a": None}}}}, "escape.b.rollback.a"),
        ({"escape": {"b": {"rollback": {"a": "10000"}}}}, "escape.b.rollback.a"),
        ({"metric": {"kind": "comment"}}, "metric.kind"),
        ({"metric": {"window_days": 0}}, "metric.window_days"),
        ({"objective": {"quality": -1}}, "objective.quality"),
        ({"delta": 0}, "delta"),
        ({"delta": "0.05"}, "delta"),
        ({"max_step_pct": 101}, "max_step_pct"),
        ({"max_days": 0}, "max_days"),
        ({"holdout": 5_001}, "holdout"),
        ({"tick_s": 0}, "tick_s"),
        ({"tick_s": float("nan")}, "tick_s"),
        ({"scale": "stars"}, "scale"),
        ({"mode": None}, "mode"),
        ({"baseline": ""}, "baseline"),
        ({"baseline": "a\nb"}, "baseline"),
    ],
)
def test_a_wrong_field_is_refused_by_its_path(given: dict[str, object], field: str) -> None:
    """wire.md B5, B9: no weight may be null, no interval 0, and no body names an id."""
    assert refused(given) == {field}


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.0", "-1", "+1", "1e3", "1,5", ".5", "5.", " 1", "1 ", "1\n", "NaN", "0.0000000001", "1000001", 1, 0.5],
)
@pytest.mark.parametrize("place", ["escape.b.max_cost_usd_per_session", "objective.dearest_usd"])
def test_money_that_is_no_amount_is_refused(text: object, place: str) -> None:
    given: Any = text
    for name in reversed(place.split(".")):
        given = {name: given}

    assert refused(given) == {place}


@pytest.mark.parametrize(("text", "nanos"), [("0.000000001", 1), ("1000000", 10**15), ("1.5", 1_500_000_000)])
def test_money_is_exact(text: str, nanos: int) -> None:
    form = {"escape": {"b": {"max_cost_usd_per_session": text}}}

    assert wanted(form).escape["b"].max_cost == nanos
    assert written(wanted(form))["escape"]["b"]["max_cost_usd_per_session"] == text  # type: ignore[index]  # an object


@pytest.mark.parametrize(("given", "field"), [("cost", "dearest_usd"), ("latency", "slowest_ms")])
def test_a_weight_without_its_measure_is_refused(given: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        wanted({"objective": {given: 1.0}})

    assert caught.value.field == f"objective.{field}"
