"""Differences are measured inside epochs, so neither a common trend nor shifting shares can make one."""

import numpy as np
import pytest

from app.domain.fixed_effects import Comparisons, effects, pooled_variance, within_epochs


def compared(counts: list[list[float]], means: list[list[float]]) -> Comparisons:
    n = np.array(counts)
    information, pull = within_epochs(n, n * np.array(means))
    return Comparisons(information, pull, n.sum(axis=0), np.full(n.shape[1], 0.25))


def test_shifting_shares_under_a_common_trend_make_no_difference() -> None:
    seen = compared([[90, 10], [50, 50], [10, 90]], [[0.2, 0.2], [0.5, 0.5], [0.9, 0.9]])

    assert effects(seen).theta == pytest.approx([0, 0], abs=1e-12)


def test_a_constant_difference_is_found_under_a_trend() -> None:
    seen = compared([[900, 100], [500, 500], [100, 900]], [[0.2, 0.3], [0.5, 0.6], [0.8, 0.9]])

    found = effects(seen)

    assert found.theta[1] - found.theta[0] == pytest.approx(0.1, rel=1e-3)
    assert found.weight[0, 1] == pytest.approx(90 + 250 + 90, rel=1e-2)
    assert found.score[1, 0] == pytest.approx(found.weight[0, 1] * 0.1, rel=1e-3)
    assert found.variance[0, 1] == pytest.approx(0.25 * found.weight[0, 1])
    assert found.weight[0, 0] == found.variance[1, 1] == 0


def test_an_epoch_without_feedback_says_nothing() -> None:
    information, pull = within_epochs(np.zeros((2, 3)), np.zeros((2, 3)))

    assert not information.any()
    assert not pull.any()


def test_the_pooled_variance_is_weighted_by_feedback() -> None:
    zero = np.zeros((2, 2))

    assert pooled_variance(Comparisons(zero, zero[0], np.array([3.0, 1.0]), np.array([1.0, 2.0]))) == 1.25
    assert pooled_variance(Comparisons(zero, zero[0], np.zeros(2), np.array([1.0, 2.0]))) == 1.5
