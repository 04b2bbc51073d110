"""What is described beside the tests agrees with what is drawn from the same beliefs."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.ab.described import FEWEST, adjusted, believed
from app.domain.ab.metric import UNIT, Metric, metric_of
from app.domain.ab.sums import NOTHING, ArmSums
from app.domain.statistics import cuped
from tests.domain.ab.designed import CONVERSION, QUALITY, RATING, THUMB, design, of_rates, of_values, summed, whole

DRAWS = 400_000
FAILURES = metric_of("failures")


def drawn_rates(metric: Metric, a: tuple[int, int], b: tuple[int, int]) -> tuple[float, float, float]:
    """P(B is better) and what choosing A, or B, loses; by Monte Carlo."""
    chance = np.random.default_rng(1)
    left = chance.beta(1 + a[0], 1 + a[1] - a[0], DRAWS)
    right = chance.beta(1 + b[0], 1 + b[1] - b[0], DRAWS)
    gain = (right - left) * metric.sign
    return float((gain > 0).mean()), float(np.maximum(gain, 0).mean()), float(np.maximum(-gain, 0).mean())


@pytest.mark.parametrize("metric", [THUMB, FAILURES], ids=["more is better", "less is better"])
@pytest.mark.parametrize(("a", "b"), [((10, 60), (16, 50)), ((30, 40), (20, 40)), ((0, 5), (0, 9))])
def test_rates_are_believed_as_beta_has_it(metric: Metric, a: tuple[int, int], b: tuple[int, int]) -> None:
    found = believed(metric, of_rates(*a), of_rates(*b))

    better, loss_a, loss_b = drawn_rates(metric, a, b)
    assert found is not None
    assert found.p_b_gt_a == pytest.approx(better, abs=0.004)
    assert found.expected_loss_choose_a == pytest.approx(loss_a, abs=0.001)
    assert found.expected_loss_choose_b == pytest.approx(loss_b, abs=0.001)
    assert found.lift_mean == pytest.approx((1 + b[0]) / (2 + b[1]) - (1 + a[0]) / (2 + a[1]))


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_means_are_believed_to_be_normal(better: str) -> None:
    score = metric_of("number", name="score", low=0, high=10, better=better)  # type: ignore[arg-type]  # one of the two
    chance = np.random.default_rng(2)
    a, b = chance.beta(2, 2, 80).round(6), chance.beta(2.4, 2, 120).round(6)

    found = believed(score, of_values(a), of_values(b))

    spread = 10 * (a.var(ddof=1) / 80 + b.var(ddof=1) / 120) ** 0.5
    gain = chance.normal(10 * (b.mean() - a.mean()), spread, DRAWS) * score.sign
    assert found is not None
    assert found.p_b_gt_a == pytest.approx(float((gain > 0).mean()), abs=0.004)
    assert found.expected_loss_choose_a == pytest.approx(float(np.maximum(gain, 0).mean()), abs=0.005)
    assert found.expected_loss_choose_b == pytest.approx(float(np.maximum(-gain, 0).mean()), abs=0.005)
    assert found.lift_mean == pytest.approx(10 * (b.mean() - a.mean()), rel=1e-4)


def test_nothing_is_believed_before_two_values_or_without_variance() -> None:
    assert believed(QUALITY, of_values([0.5]), of_values([0.5, 0.6])) is None
    assert believed(QUALITY, of_values([0.5, 0.5]), of_values([0.6, 0.6])) is None
    assert believed(THUMB, NOTHING, of_rates(1, 2)) is None


def test_the_past_is_taken_out_as_on_raw_values() -> None:
    chance = np.random.default_rng(3)
    raw = {}
    for arm, lift in (("a", 0.0), ("b", 0.04)):
        pre = chance.beta(3, 3, 300)
        raw[arm] = (pre.round(6), np.clip(0.7 * pre + lift + chance.normal(0, 0.05, 300), 0, 1).round(6))
    made = design(QUALITY)
    sums = {
        arm: ArmSums(300, {"quality": summed([round(y * UNIT) for y in post], [round(x * UNIT) for x in pre])})
        for arm, (pre, post) in raw.items()
    }

    found = adjusted(made, sums)["b"]

    theirs = cuped.cuped(*(cuped.paired(*map(list, raw[arm])) for arm in ("a", "b")))
    assert found.theta == pytest.approx(theirs.theta, rel=1e-4)
    assert found.diff == pytest.approx(theirs.diff, rel=1e-3)
    assert found.se == pytest.approx(theirs.se, rel=1e-3)
    assert found.variance_reduction == pytest.approx(theirs.variance_reduction, rel=1e-3)
    assert theirs.variance_reduction is not None
    assert theirs.variance_reduction > 0.5


def test_the_past_is_left_in_where_few_have_one_or_nobody_looked() -> None:
    values = [0, UNIT // 4, UNIT // 2, UNIT] * 25
    known = summed(values, values[: FEWEST - 1])
    enough = summed(values, values[:FEWEST])

    assert adjusted(design(RATING), whole(RATING, {"a": enough, "b": known})) == {}
    assert adjusted(design(RATING, pre_days=0), whole(RATING, {"a": enough, "b": enough})) == {}
    assert set(adjusted(design(RATING), whole(RATING, {"a": enough, "b": enough}))) == {"b"}


def test_units_that_count_as_zero_have_a_past_too() -> None:
    """30 units of each arm have converted, of 100; what all did before is known, and explains nothing."""
    arm = summed([UNIT] * 30 + [0] * 70, [UNIT, 0] * 50)
    only = replace(summed([UNIT] * 30), before=arm.before)

    found = adjusted(design(CONVERSION), whole(CONVERSION, {"a": only, "b": only}, units=100))["b"]

    assert found.diff == pytest.approx(0)
    assert found.theta == pytest.approx(0, abs=1e-9)
