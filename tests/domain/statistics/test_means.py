"""Welch's test agrees with scipy, from sums as from values, and claims nothing where nothing varies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.statistics.means import Sample, sample_of, sample_of_histogram, welch

VALUES = st.lists(st.integers(-50, 50).map(lambda value: value / 4), min_size=2, max_size=40)


@pytest.mark.filterwarnings("ignore:Precision loss")  # scipy's, of an arm whose values are all the same
@given(VALUES, VALUES)
def test_it_agrees_with_scipy(a: list[float], b: list[float]) -> None:
    found = welch(sample_of(a), sample_of(b), alpha=0.1)
    if len(set(a)) == len(set(b)) == 1:
        assert (found.t, found.p_value, found.low, found.high) == (None, None, None, None)
        return
    theirs = stats.ttest_ind(b, a, equal_var=False)
    interval = theirs.confidence_interval(0.9)

    assert found.diff == pytest.approx(np.mean(b) - np.mean(a), abs=1e-12)
    assert (found.t, found.dof, found.p_value) == pytest.approx(
        (theirs.statistic, theirs.df, theirs.pvalue), rel=1e-7, abs=1e-12
    )
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-7, abs=1e-9)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=6).filter(lambda counts: sum(counts) > 0))
def test_a_histogram_is_the_values_that_it_counts(counts: list[int]) -> None:
    levels = [0.5 * place for place in range(len(counts))]

    found = sample_of_histogram(counts, levels)

    values = np.repeat(levels, counts)
    variance = values.var(ddof=1) if len(values) > 1 else 0.0
    assert (found.n, found.mean, found.variance) == pytest.approx((len(values), values.mean(), variance), abs=1e-12)


def test_one_value_an_arm_is_a_difference_and_no_more() -> None:
    found = welch(Sample(1, 2.0, 0.0), Sample(50, 3.0, 1.0))

    assert (found.diff, found.t, found.p_value) == (1.0, None, None)


def test_sides_are_of_b_over_a() -> None:
    a, b = Sample(100, 3.0, 1.0), Sample(100, 3.3, 1.0)

    above, under = welch(a, b, side="greater").p_value, welch(a, b, side="less").p_value

    assert above is not None
    assert above < 0.05
    assert under == pytest.approx(1 - above)
