"""A run is worse than the last one when that is proven, and what is not comparable is not compared."""

import numpy as np
import pytest

from app.domain.comparison.comparison import Answer
from app.domain.comparison.regression import Outing, Regression, regressions
from app.domain.errors import Invalid
from tests.domain.comparison.answers import answer, answers_of


def held(before: list[Answer], now: list[Answer], *, margin: float = 0.0) -> Regression:
    (found,) = regressions(Outing(before, ["m"]), Outing(now, ["m"]), seed="s", margin=margin)
    return found


def test_a_fall_in_quality_is_flagged_and_said() -> None:
    before = answers_of([[0.9, 0.8] * 10])
    now = answers_of([[0.6, 0.7] * 10])

    found = held(before, now)

    assert (found.change, found.inputs) == ("worse", 20)
    assert found.before == pytest.approx(0.85)
    assert found.now == pytest.approx(0.65)
    assert found.quality is not None
    assert found.quality.mean == pytest.approx(-0.2)
    assert found.quality.high < 0
    assert found.sentence.startswith("m is worse than in the last run: quality 0.650 after 0.850 over 20 inputs")
    assert held(now, before).change == "better"


def test_a_fall_within_the_margin_is_not_flagged() -> None:
    before, now = answers_of([[0.9, 0.8] * 10]), answers_of([[0.85, 0.77] * 10])

    assert held(before, now).change == "worse"
    assert held(before, now, margin=0.1).change == "level"


def test_noise_is_not_flagged() -> None:
    rng = np.random.default_rng(2)
    flagged = sum(
        held(answers_of([rng.random(30).tolist()]), answers_of([rng.random(30).tolist()])).change != "level"
        for _ in range(200)
    )

    assert flagged / 200 <= 0.08


def test_inputs_are_paired_by_number_and_those_of_one_run_only_left_out() -> None:
    before = [answer(0, number, number / 10) for number in range(10)]
    now = [answer(0, number, number / 10) for number in reversed(range(4, 20)) if number < 10] + [answer(0, 99, 0.0)]

    found = held(before, now)

    assert (found.inputs, found.change) == (6, "level")
    assert found.quality is not None
    assert found.quality.mean == 0.0


def test_fewer_than_six_inputs_prove_nothing() -> None:
    found = held(answers_of([[1.0] * 5]), answers_of([[0.0] * 5]))

    assert found.change == "unknown"
    assert "at least 6 are needed" in found.sentence


def test_without_a_rule_nothing_is_compared() -> None:
    found = held([*answers_of([[None] * 9]), answer(0, 9, error="e")], answers_of([[None] * 9]))

    assert (found.change, found.inputs, found.quality, found.before) == ("unknown", 0, None, None)
    assert "no input was scored" in found.sentence


def test_failures_lower_quality_and_leave_times_alone() -> None:
    before = [answer(0, number, 1.0, latency_ms=100) for number in range(20)]
    now = [
        answer(0, number, 0.0, error="provider-timeout", latency_ms=60_000)
        if number % 2
        else answer(0, number, 1.0, latency_ms=150)
        for number in range(20)
    ]

    found = held(before, now)

    assert (found.change, found.now, found.latency_ratio) == ("worse", 0.5, 1.5)
    assert found.latency is not None
    assert found.latency.mean == 50.0


def test_costs_are_a_ratio_over_inputs_priced_in_both() -> None:
    before = [answer(0, 0, 1.0, cost=100), answer(0, 1, 1.0, cost=None), answer(0, 2, 1.0, cost=300)]
    now = [answer(0, 0, 1.0, cost=200), answer(0, 1, 1.0, cost=9), answer(0, 2, 1.0, cost=300)]
    repeated = [*now, answer(0, 2, 1.0, cost=None, repeat=1)]

    assert held(before, now).cost_ratio == pytest.approx(500 / 400)
    assert held(before, repeated).cost_ratio == 2.0
    assert held([before[1]], [now[1]]).cost_ratio is None


def test_candidates_are_matched_by_name() -> None:
    before = Outing(answers_of([[0.5] * 8, [0.9, 0.8] * 4]), ["old", "kept"])
    now = Outing(answers_of([[0.9, 0.8] * 4, [0.1] * 8]), ["kept", "new"])

    (found,) = regressions(before, now, seed="s")

    assert (found.name, found.change, found.before, found.now) == ("kept", "level", found.now, found.now)


@pytest.mark.parametrize("margin", [-0.1, 1.0, float("nan")])
def test_a_margin_that_is_none_is_refused(margin: float) -> None:
    with pytest.raises(Invalid) as refusal:
        held([], [], margin=margin)

    assert refusal.value.field == "margin"
