"""The planned look is the test that any statistics library makes of the raw values."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.ab.metric import Metric, metric_of
from app.domain.ab.planned import adjusted, at_planned, reached, with_adjusted
from app.domain.ab.readout import AtPlanned
from app.domain.ab.sums import NOTHING, Sums
from tests.domain.ab.designed import CONVERSION, QUALITY, RATING, THUMB, design, of_rates, of_values, whole

SIDES = ["two-sided", "greater", "less"]
SCIPY = {"two-sided": "two-sided", "greater": "greater", "less": "less"}
RATED = np.array([0, 0.25, 0.5, 0.75, 1])


def compared(metric: Metric, a: Sums, b: Sums, **given: Any) -> AtPlanned:
    """Arm b against arm a."""
    made = design(metric, **given)
    return at_planned(made, metric, whole(metric, {"a": a, "b": b}), is_reached=True)["b"]


@pytest.mark.parametrize("side", SIDES)
@given(st.integers(6, 94), st.integers(6, 194))
def test_rates_are_compared_by_the_pooled_z_test(side: str, wins_a: int, wins_b: int) -> None:
    found = compared(THUMB, of_rates(wins_a, 100), of_rates(wins_b, 200), side=side)

    if found.test != "two-proportion z":
        assert min(wins_a + wins_b, 300 - wins_a - wins_b) * 100 / 300 < 5
        return
    pooled = (wins_a + wins_b) / 300
    z = (wins_b / 200 - wins_a / 100) / (pooled * (1 - pooled) * (1 / 100 + 1 / 200)) ** 0.5
    p = {"two-sided": 2 * stats.norm.sf(abs(z)), "greater": stats.norm.sf(z), "less": stats.norm.cdf(z)}[side]
    assert found.statistic == pytest.approx(z, rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(p, rel=1e-9)
    assert found.diff == pytest.approx(wins_b / 200 - wins_a / 100)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.diff <= found.high
    assert found.relative == pytest.approx((wins_b / 200 - wins_a / 100) / (wins_a / 100))


@given(st.integers(0, 4), st.integers(0, 9))
def test_rare_events_are_compared_by_fishers_exact_test(wins_a: int, wins_b: int) -> None:
    found = compared(THUMB, of_rates(wins_a, 60), of_rates(wins_b, 200))

    theirs = stats.fisher_exact([[wins_b, 200 - wins_b], [wins_a, 60 - wins_a]])
    assert found.test == "Fisher exact"
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-6)
    if found.statistic is not None:
        assert found.statistic == pytest.approx(theirs.statistic)


def test_fishers_test_of_one_side_never_finds_the_other() -> None:
    less, more = of_rates(0, 50), of_rates(7, 50)
    two_sided = compared(THUMB, less, more).p_value

    assert compared(THUMB, less, more, side="greater").p_value == two_sided
    assert compared(THUMB, less, more, side="less").p_value == 1.0
    assert compared(THUMB, more, less, side="less").p_value == two_sided
    one_sided = stats.fisher_exact([[7, 43], [0, 50]], alternative="greater").pvalue
    assert two_sided is not None
    assert two_sided >= one_sided


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("seed", range(5))
def test_means_are_compared_by_welchs_test(side: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    a, b = chance.beta(2, 3, 90).round(6), chance.beta(3, 3, 140).round(6)
    score = metric_of("number", name="score", low=10, high=30)

    found = compared(score, of_values(a), of_values(b), side=side, alpha=0.1)

    theirs = stats.ttest_ind(10 + 20 * b, 10 + 20 * a, equal_var=False, alternative=SCIPY[side])
    interval = stats.ttest_ind(20 * b, 20 * a, equal_var=False).confidence_interval(0.9)
    assert found.test == "Welch t"
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-5)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-4)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-4)
    assert found.relative == pytest.approx(20 * (b.mean() - a.mean()) / (10 + 20 * a.mean()), rel=1e-6)
    assert (found.ranks, found.table) == (None, None)


@pytest.mark.parametrize("side", SIDES)
def test_ratings_are_compared_by_ranks_and_as_a_table_too(side: str) -> None:
    chance = np.random.default_rng(3)
    a = chance.choice(RATED, 120, p=(0.1, 0.2, 0.3, 0.2, 0.2))
    b = chance.choice(RATED, 150, p=(0.1, 0.1, 0.2, 0.3, 0.3))

    found = compared(RATING, of_values(a), of_values(b), side=side)

    ranks = stats.mannwhitneyu(b, a, alternative=SCIPY[side], method="asymptotic")
    table = stats.chi2_contingency([[int((one == level).sum()) for level in RATED] for one in (a, b)])
    assert found.ranks is not None
    assert found.table is not None
    assert found.ranks.u_b == ranks.statistic
    assert found.ranks.p_value == pytest.approx(ranks.pvalue, rel=1e-9)
    assert found.table.p_value == pytest.approx(table.pvalue, rel=1e-9)
    assert found.diff == pytest.approx(4 * (b.mean() - a.mean()))


def test_a_rate_stands_beside_its_table() -> None:
    found = compared(THUMB, of_rates(30, 100), of_rates(45, 100))

    theirs = stats.chi2_contingency([[70, 30], [55, 45]], correction=False)
    assert found.table is not None
    assert found.table.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)


def test_thumbs_between_yes_and_no_are_compared_by_their_means() -> None:
    found = compared(THUMB, of_values([0, 0.5, 1, 1]), of_values([0.5, 0.5, 0, 1]))

    assert found.test == "Welch t"


def test_nothing_is_told_without_values_and_no_p_value_without_variance() -> None:
    empty = compared(THUMB, NOTHING, of_rates(1, 2))
    same = compared(QUALITY, of_values([0.5, 0.5]), of_values([0.5, 0.5]))

    assert (empty.test, empty.p_value, empty.diff) == ("none", None, None)
    assert (same.p_value, same.diff) == (None, 0.0)


def test_a_control_of_zero_or_below_has_no_relative_difference() -> None:
    score = metric_of("number", name="score", low=-1, high=1)

    assert compared(THUMB, of_rates(0, 50), of_rates(20, 50)).relative is None
    assert compared(score, of_values([0.1, 0.2]), of_values([0.5, 0.6])).relative is None


@given(st.lists(st.none() | st.floats(1e-6, 1), max_size=8))
def test_p_values_are_adjusted_as_scipy_does_and_what_has_none_stays(p_values: list[float | None]) -> None:
    known = [p for p in p_values if p is not None]

    primary, others = adjusted(p_values, primary=True), adjusted(p_values, primary=False)

    assert [p is None for p in primary] == [p is None for p in others] == [p is None for p in p_values]
    if known:
        theirs = list(stats.false_discovery_control(known, method="bh"))
        assert [p for p in others if p is not None] == pytest.approx(theirs, rel=1e-9)
        order = sorted(range(len(known)), key=known.__getitem__)
        steps = np.maximum.accumulate([(len(known) - at) * known[which] for at, which in enumerate(order)])
        expected = dict(zip(order, np.minimum(1, steps), strict=True))
        assert [p for p in primary if p is not None] == pytest.approx([expected[at] for at in range(len(known))])


def test_the_plan_is_reached_once_every_arm_has_its_values() -> None:
    made = design(CONVERSION, need=50)
    enough = whole(CONVERSION, {"a": of_rates(1, 30), "b": of_rates(2, 50)}, units=50)

    assert reached(made, enough)
    assert not reached(made, {**enough, "b": replace(enough["b"], units=49, metrics={})})
    assert not reached(design(THUMB, need=50), whole(THUMB, {"a": of_rates(1, 49), "b": of_rates(2, 50)}, units=90))


def test_an_adjusted_p_value_stands_beside_the_own() -> None:
    found = compared(THUMB, of_rates(30, 100), of_rates(45, 100))

    assert with_adjusted(found, 0.5) == replace(found, p_adjusted=0.5)
