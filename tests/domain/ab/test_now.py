"""What holds at every look is seldom wrong however often one looks, and turns with the metric's direction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ab.metric import Metric, metric_of
from app.domain.ab.now import FEWEST, NO_LOOK, valid_now
from app.domain.ab.planned import at_planned
from app.domain.ab.readout import Least, ValidNow
from app.domain.ab.sums import NOTHING, Sums
from app.domain.statistics.anytime import asymptotic_sequence
from tests.domain.ab.designed import QUALITY, RATING, THUMB, design, of_rates, of_values, whole

LOOKS = (10, 20, 40, 70, 99, 100, 130, 170, 220, 300, 400, 550, 700, 900)
RUNS = 150
RATES = st.integers(0, 400)


def now(metric: Metric, a: Sums, b: Sums, *, least: Least = NO_LOOK, **given: Any) -> ValidNow:
    """Arm b against arm a."""
    return valid_now(design(metric, **given), metric, a, b, least=least)


@given(RATES, RATES, st.integers(400, 1_200))
def test_a_look_that_may_be_repeated_never_claims_more_than_one_that_may_not(wins_a: int, wins_b: int, n: int) -> None:
    a, b = of_rates(wins_a, n), of_rates(wins_b, n)

    fixed = at_planned(design(THUMB), THUMB, whole(THUMB, {"a": a, "b": b}), is_reached=True)["b"]

    assert fixed.p_value is not None
    if fixed.p_value > 1e-6:  # beyond it the pooled variance of the z test makes the difference
        assert now(THUMB, a, b).p_value >= fixed.p_value


def drawn(metric: str, chance: np.random.Generator) -> Sequence[float]:
    """Values of one arm."""
    n = LOOKS[-1]
    match metric:
        case "rare":
            return (chance.random(n) < 0.03).astype(float).tolist()
        case "rating":
            return chance.choice([0, 0.25, 0.5, 0.75, 1], n, p=(0.1, 0.1, 0.2, 0.3, 0.3)).tolist()
        case _:
            return chance.beta(0.3, 3, n).tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "metric"), [("rare", THUMB), ("rating", RATING), ("skewed", QUALITY)])
def test_identical_arms_are_claimed_to_differ_in_at_most_alpha_of_many_looks(kind: str, metric: Metric) -> None:
    chance = np.random.default_rng(11)
    alpha, claims, misses = 0.1, 0, 0
    for _ in range(RUNS):
        a, b = drawn(kind, chance), drawn(kind, chance)
        seen = [now(metric, of_values(a[:n]), of_values(b[:n]), alpha=alpha, need=400) for n in LOOKS]
        claims += any(look.p_value <= alpha for look in seen)
        misses += any(not _covers(look, 0.0) for look in seen)

    assert claims <= alpha * RUNS
    assert misses <= alpha * RUNS


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.01, 0.03, 0.97])
def test_rare_answers_in_unequal_arms_are_claimed_to_differ_in_at_most_alpha_of_many_looks(rate: float) -> None:
    """A small arm of which no answer was rare yet seems not to vary at all."""
    chance, alpha, claims = np.random.default_rng(13), 0.1, 0
    for _ in range(RUNS):
        a, b = (chance.random(3_000) < rate).tolist(), (chance.random(300) < rate).tolist()
        claims += any(
            now(THUMB, of_rates(sum(a[: 10 * n]), 10 * n), of_rates(sum(b[:n]), n), alpha=alpha).p_value <= alpha
            for n in range(60, 301, 20)
        )

    assert claims <= alpha * RUNS


def test_a_true_difference_is_found_and_lies_in_the_interval_at_every_look() -> None:
    chance = np.random.default_rng(5)
    found, covered = 0, 0
    for _ in range(40):
        a, b = (chance.random(900) < 0.4).tolist(), (chance.random(900) < 0.6).tolist()
        seen = [now(THUMB, of_values(a[:n]), of_values(b[:n]), need=200) for n in LOOKS]
        found += seen[-1].p_value <= 0.05
        covered += all(_covers(look, 0.2) for look in seen)

    assert found >= 38
    assert covered >= 36


def _covers(look: ValidNow, truth: float) -> bool:
    return look.low is None or look.high is None or look.low <= truth <= look.high


def test_two_procedures_and_all_treatments_share_alpha() -> None:
    a, b = of_rates(200, 500), of_rates(250, 500)
    alone = asymptotic_sequence(a.sample, b.sample, alpha=0.05 / 2, planned=1_000)
    of_three = asymptotic_sequence(a.sample, b.sample, alpha=0.05 / 6, planned=2_000)

    two = now(THUMB, a, b, need=500)
    four = now(THUMB, a, b, need=500, arms=4)

    assert alone.p_value is not None
    assert of_three.p_value is not None
    assert (two.method, two.low, two.high) == ("asymptotic", alone.low, alone.high)
    assert two.p_value == pytest.approx(2 * alone.p_value)
    assert (four.low, four.high) == (of_three.low, of_three.high)
    assert four.p_value == pytest.approx(min(1, 6 * of_three.p_value))


def test_an_interval_leaves_out_zero_before_or_when_its_own_p_value_is_alpha() -> None:
    looks = [now(QUALITY, of_values([0.4, 0.5] * 300), of_values([0.4, 0.5 + k / 500] * 300)) for k in range(60)]

    for look in looks:
        assert look.low is not None
        if look.low > 0:
            assert look.p_value <= 0.05


def test_arms_that_are_swapped_mirror_every_figure() -> None:
    for n in (40, 400):
        a, b = of_rates(n // 4, n), of_rates(n // 2, n)
        there, back = now(THUMB, a, b), now(THUMB, b, a)

        assert there.p_value == pytest.approx(back.p_value)
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low))  # type: ignore[operator]  # both are known
        assert (there.log_e_above, there.log_e_under) == pytest.approx((back.log_e_under, back.log_e_above))


def test_evidence_points_to_the_side_on_which_the_treatment_lies() -> None:
    above = now(THUMB, of_rates(10, 60), of_rates(50, 60))

    assert above.method == "exact"
    assert above.log_e_above > 3 > above.log_e_under
    assert above.p_value < 0.05
    assert above.low is not None
    assert 0 < above.low < above.diff  # type: ignore[operator]  # both are known


def test_the_least_p_value_of_former_looks_stays() -> None:
    a, b = of_rates(50, 120), of_rates(51, 120)

    former, first = now(THUMB, a, b, least=Least(0.01, -0.3)), now(THUMB, a, b)

    assert (former.running_p, former.running_diff) == (0.01, -0.3)
    assert former.p_value > 0.5
    assert (first.running_p, first.running_diff) == (first.p_value, first.diff)


def test_figures_are_in_units_of_the_metric() -> None:
    plain, scaled = QUALITY, metric_of("number", name="n", low=100, high=1_100)
    a, b = of_values([0.25, 0.5, 0.75] * 50), of_values([0.5, 0.75, 1] * 50)

    one, other = now(plain, a, b), now(scaled, a, b)

    assert other.diff == pytest.approx(1_000 * one.diff)  # type: ignore[operator]  # both are known
    assert other.low == pytest.approx(1_000 * one.low)  # type: ignore[operator]  # both are known
    assert other.p_value == one.p_value


def test_nothing_is_told_without_values_or_where_nothing_varies() -> None:
    empty = now(THUMB, NOTHING, of_rates(5, 10))
    same = now(QUALITY, of_values([0.5] * FEWEST), of_values([0.5] * FEWEST))

    assert (empty.diff, empty.low, empty.p_value) == (None, None, 1.0)
    assert (same.method, same.diff, same.p_value) == ("exact", 0.0, 1.0)
    assert same.low is not None
    assert same.low < 0


def test_the_method_changes_at_a_hundred_values_an_arm() -> None:
    assert now(THUMB, of_rates(40, 99), of_rates(400, 900)).method == "exact"
    assert now(THUMB, of_rates(40, 100), of_rates(400, 900)).method == "asymptotic"
