"""The adjustment takes out what the covariate explains, and costs nothing when it explains nothing."""

import numpy as np
import pytest
from scipy import stats

from app.domain.statistics.cuped import cuped, paired

Arm = tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]


def arm(chance: np.random.Generator, n: int, *, slope: float, lift: float = 0.0) -> Arm:
    """What units did before and after."""
    pre = chance.normal(3, 1, n)
    return pre, slope * pre + lift + chance.normal(0, 1, n)


def test_it_is_welchs_test_of_what_the_covariate_leaves() -> None:
    chance = np.random.default_rng(1)
    a, b = arm(chance, 300, slope=0.8), arm(chance, 280, slope=0.8, lift=0.2)

    found = cuped(paired(*a), paired(*b), alpha=0.05)

    within = [(x - x.mean(), y - y.mean()) for x, y in (a, b)]
    theta = sum((x * y).sum() for x, y in within) / sum((x * x).sum() for x, _ in within)
    theirs = stats.ttest_ind(b[1] - theta * b[0], a[1] - theta * a[0], equal_var=False)
    assert found.theta == pytest.approx(theta, rel=1e-9)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-7)
    interval = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-7)


def test_a_covariate_that_explains_much_narrows_the_interval() -> None:
    chance = np.random.default_rng(2)

    found = cuped(paired(*arm(chance, 2_000, slope=2.0)), paired(*arm(chance, 2_000, slope=2.0, lift=0.1)))

    assert found.variance_reduction == pytest.approx(0.8, abs=0.03)  # slope²/(slope² + 1)


def test_a_covariate_that_is_noise_widens_the_interval_by_less_than_a_hundredth() -> None:
    """allocator.md, behavioural bar 6."""
    chance = np.random.default_rng(3)
    for _ in range(200):
        found = cuped(paired(*arm(chance, 400, slope=0.0)), paired(*arm(chance, 400, slope=0.0)))
        assert found.variance_reduction is not None
        assert (1 - found.variance_reduction) ** 0.5 <= 1.01


def test_a_covariate_that_is_the_same_for_all_changes_nothing() -> None:
    chance = np.random.default_rng(4)
    left, right = chance.normal(0, 1, 50), chance.normal(0, 1, 60)

    found = cuped(paired(np.ones(50), left), paired(np.ones(60), right))

    assert (found.theta, found.variance_reduction) == (0.0, 0.0)
    assert found.p_value == pytest.approx(stats.ttest_ind(right, left, equal_var=False).pvalue)


def test_outcomes_that_do_not_vary_are_no_test() -> None:
    found = cuped(paired([1, 2, 3], [5, 5, 5]), paired([1, 2, 3], [5, 5, 5]))

    assert (found.diff, found.se, found.p_value, found.variance_reduction) == (0.0, None, None, None)
