"""Correlations and agreement are those of the textbooks, and their intervals hold the truth as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.errors import Invalid
from app.domain.quality.calibration import MOST_PAIRED, agreement, kendall, ranks, separation, spearman

PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=60)


@given(PAIRS)
def test_both_correlations_are_those_of_scipy(pairs: list[tuple[int, int]]) -> None:
    one, other = ([float(value) for value in side] for side in zip(*pairs, strict=True))
    constant = len(set(one)) == 1 or len(set(other)) == 1

    for ours, theirs in ((spearman, stats.spearmanr), (kendall, stats.kendalltau)):
        found = ours(one, other)
        assert found.n == len(pairs)
        if constant:
            assert found.value is None
        else:
            assert found.value == pytest.approx(float(theirs(one, other).statistic), abs=1e-12)
            assert found.low is not None
            assert found.high is not None
            assert -1 <= found.low <= found.value <= found.high <= 1


@given(st.lists(st.integers(0, 9).map(float), min_size=1, max_size=60))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    assert ranks(np.array(values)).tolist() == stats.rankdata(values).tolist()


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=60))
def test_separation_is_the_area_that_mann_and_whitney_count(given_: list[tuple[int, bool]]) -> None:
    scores, said = [float(score) for score, _ in given_], [yes for _, yes in given_]
    yes, no = ([score for score, is_yes in zip(scores, said, strict=True) if is_yes is kind] for kind in (True, False))

    found = separation(scores, said)

    if yes and no:
        area = stats.mannwhitneyu(yes, no).statistic / (len(yes) * len(no))
        assert found.value == pytest.approx(float(area))
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= area <= found.high <= 1
    else:
        assert found.value is None
    assert (found.approved, found.refused) == (len(yes), len(no))


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.85])
def test_intervals_hold_the_truth_as_often_as_they_say(rho: float) -> None:
    chance, held = np.random.default_rng(7), {"spearman": 0, "kendall": 0}
    truth = {"spearman": 6 / np.pi * np.arcsin(rho / 2), "kendall": 2 / np.pi * np.arcsin(rho)}
    for _ in range(400):
        x, noise = chance.normal(size=(2, 60))
        y = rho * x + np.sqrt(1 - rho**2) * noise
        for name, found in (("spearman", spearman(x, y)), ("kendall", kendall(x, y))):
            assert found.low is not None
            assert found.high is not None
            held[name] += found.low <= truth[name] <= found.high

    assert all(0.91 <= count / 400 <= 1 for count in held.values()), held


def test_agreement_tells_how_far_and_to_which_side() -> None:
    found = agreement([90, 60, 40], [0.8, 0.5, 0.5])

    assert found.error == pytest.approx(10)
    assert found.bias == pytest.approx(10 / 3)
    assert found.spearman.value == pytest.approx(float(stats.spearmanr([90, 60, 40], [0.8, 0.5, 0.5]).statistic))


def test_nothing_is_claimed_of_nothing() -> None:
    found = agreement([], [])

    assert (found.n, found.error, found.bias, found.spearman.value) == (0, None, None, None)
    assert separation([], []).value is None


def test_three_answers_in_order_prove_little() -> None:
    found = kendall([1, 2, 3], [1, 2, 3])

    assert (found.value, found.low, found.high) == (1, -1, 1)


def test_a_smaller_confidence_is_narrower() -> None:
    one, other = [1, 2, 3, 4, 5, 6, 7.0], [2, 1, 3, 5, 4, 7, 6.0]
    wide, narrow = spearman(one, other), spearman(one, other, confidence=0.5)

    assert wide.low is not None
    assert narrow.low is not None
    assert wide.low < narrow.low


@pytest.mark.parametrize(
    ("one", "other", "confidence", "field"),
    [
        ([1.0], [], 0.95, "scores"),
        ([float("nan")], [1.0], 0.95, "scores"),
        ([1.0] * (MOST_PAIRED + 1), [1.0] * (MOST_PAIRED + 1), 0.95, "scores"),
        ([1.0, 2, 3], [1.0, 2, 3], 1.0, "confidence"),
    ],
)
def test_what_cannot_be_paired_is_refused(one: list[float], other: list[float], confidence: float, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        agreement(one, other, confidence=confidence)

    assert refused.value.field == field
