"""Paired tests agree with scipy and hold what their intervals promise."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.statistics.alternatives import Side
from app.domain.statistics.paired import MOST_DRAWS, RESAMPLES, paired_bootstrap, signed_rank

SIDES: list[Side] = ["two-sided", "greater", "less"]
FEW = st.lists(st.integers(-1000, 1000).filter(bool), min_size=1, max_size=25, unique_by=abs)
MANY = st.lists(st.integers(-6, 6), min_size=70, max_size=120).filter(lambda found: sum(map(bool, found)) > 50)
TIED = st.lists(st.integers(-3, 3), min_size=1, max_size=9).filter(any)


@pytest.mark.parametrize("side", SIDES)
@given(FEW)
def test_few_differences_without_ties_agree_with_scipys_exact_test(side: Side, found: list[int]) -> None:
    ours = signed_rank(np.array(found) / 10, side=side)

    theirs = stats.wilcoxon(found, alternative=side, method="exact")
    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert ours.exact


@pytest.mark.parametrize("side", SIDES)
@given(MANY)
def test_many_differences_agree_with_scipys_approximation_ties_and_zeros_and_all(side: Side, found: list[int]) -> None:
    ours = signed_rank(np.array(found, dtype=float), side=side)

    theirs = stats.wilcoxon(found, zero_method="wilcox", correction=True, alternative=side, method="asymptotic")
    assert (
        ours.p_value == pytest.approx(min(1.0, theirs.pvalue), abs=1e-12)
        or abs(ours.w_plus - ours.n * (ours.n + 1) / 4) <= 0.5
    )  # scipy corrects past the middle there
    assert ours.n == sum(map(bool, found))
    assert not ours.exact


@given(TIED)
def test_few_differences_with_ties_agree_with_all_their_signs_written_out(found: list[int]) -> None:
    ours = signed_rank(np.array(found, dtype=float))

    kept = np.array([value for value in found if value])
    ranks = stats.rankdata(np.abs(kept))
    signs = (np.arange(2 ** len(kept))[:, None] >> np.arange(len(kept))) & 1
    sums = signs @ ranks
    seen = float(ranks[kept > 0].sum())
    assert ours.w_plus == seen
    assert ours.p_value == pytest.approx(min(1.0, 2 * min((sums >= seen).mean(), (sums <= seen).mean())))


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60))
def test_turning_all_signs_changes_nothing_but_the_side(found: list[float]) -> None:
    one, other = (signed_rank(np.array(found) * sign) for sign in (1, -1))

    assert one.p_value == pytest.approx(other.p_value)


def test_nothing_but_zeros_tells_nothing() -> None:
    assert signed_rank(np.zeros(9)).p_value == 1.0
    assert signed_rank(np.array([])).p_value == 1.0


def test_differences_that_rounding_sets_apart_are_tied() -> None:
    assert signed_rank(np.array([0.3 - 0.2, -0.1, 1e-17])) == signed_rank(np.array([0.1, -0.1]))


def test_six_differences_of_one_sign_are_just_enough() -> None:
    assert signed_rank(np.ones(6)).p_value == pytest.approx(2 / 64)


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_bootstrap_agrees_with_scipys(confidence: float) -> None:
    values = np.random.default_rng(7).exponential(size=40) - 0.8

    ours = paired_bootstrap(values, seed="s", confidence=confidence)

    theirs = stats.bootstrap(
        (values,), np.mean, confidence_level=confidence, n_resamples=20_000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.02)
    assert ours.high == pytest.approx(theirs.high, abs=0.02)
    assert ours.mean == values.mean()


def test_the_bootstrap_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for at in range(300):
        found = paired_bootstrap(rng.normal(0.3, 1.0, size=40), seed=str(at), resamples=1_000)
        held += found.low <= 0.3 <= found.high

    assert 0.89 <= held / 300 <= 0.98


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.text())
def test_the_interval_is_the_same_for_the_same_seed_and_lies_within_the_differences(
    found: list[float], seed: str
) -> None:
    values = np.array(found)

    shift = paired_bootstrap(values, seed=seed, resamples=200)

    assert shift == paired_bootstrap(values, seed=seed, resamples=200)
    assert values.min() - 1e-9 <= shift.low <= shift.high <= values.max() + 1e-9


def test_another_seed_draws_other_resamples() -> None:
    values = np.arange(20.0)

    assert paired_bootstrap(values, seed="a") != paired_bootstrap(values, seed="b")


def test_differences_that_are_all_alike_have_an_interval_of_no_width() -> None:
    assert paired_bootstrap(np.full(8, 0.1), seed="s").low == pytest.approx(0.1)


def test_very_many_differences_do_not_take_long() -> None:
    values = np.arange(10_000) % 7 - 2.9
    assert MOST_DRAWS // len(values) == RESAMPLES // 10
    begun = time.process_time()

    found = paired_bootstrap(values, seed="s")

    assert time.process_time() - begun < 2
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 100, rel=0.1)
