"""Shares follow the posterior, keep a floor, and move by no more than the limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.fixed_effects import Comparisons, within_epochs
from app.domain.shares import floored, lean, moved, normal_draws, p_best, posterior, redistributed
from app.domain.weights import apportion

SHARES = st.lists(st.integers(0, 1000), min_size=5, max_size=5).filter(any).map(apportion)


@given(SHARES, SHARES, st.integers(0, 10_000))
def test_a_move_keeps_the_sum_and_its_limit(current: tuple[int, ...], target: tuple[int, ...], limit: int) -> None:
    result = moved(current, target, limit=limit)

    assert sum(result) == 10_000
    assert min(result) >= 0
    assert sum(max(b - a, 0) for a, b in zip(current, result, strict=True)) <= limit
    assert all(min(a, t) <= r <= max(a, t) for a, t, r in zip(current, target, result, strict=True))


def test_the_draws_are_antithetic_standard_normals() -> None:
    draws = normal_draws(3)

    assert draws.shape == (400, 3)
    assert np.allclose(draws.mean(axis=0), 0)
    assert draws.std(axis=0) == pytest.approx([1, 1, 1], abs=0.12)
    assert float(draws[0, 0]) == pytest.approx(0.8596279687537575, rel=1e-12)


def test_the_best_flow_is_most_often_best_and_its_closest_rival_gets_most_of_the_rest() -> None:
    mean, covariance = np.array([0.5, 0.45, 0.1]), np.eye(3) * 0.01

    best = p_best(mean, covariance)
    shares = lean(mean, covariance, best=best, margin=0.02, beta=0.6)

    assert best.sum() == pytest.approx(1)
    assert best[0] > best[1] > best[2]
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > shares[1] > shares[2] > 0


def test_a_single_flow_has_everything() -> None:
    assert lean(np.zeros(1), np.eye(1), best=np.ones(1), margin=0.1, beta=0.6).tolist() == [1.0]


def test_the_floor_is_five_percent_or_a_fifth_of_an_even_share() -> None:
    assert floored(np.array([1.0, 0.0]), floor=0.05).tolist() == pytest.approx([0.95, 0.05])
    assert floored(np.eye(10)[0], floor=0.05).tolist()[1:] == pytest.approx([0.02] * 9)


def test_the_posterior_shrinks_towards_no_difference() -> None:
    information, pull = within_epochs(np.array([[100.0, 100.0]]), np.array([[60.0, 40.0]]))
    seen = Comparisons(information, pull, np.array([100.0, 100.0]), np.array([0.25, 0.25]))

    mean, covariance = posterior(seen, tau=0.1)

    assert 0 < mean[0] - mean[1] < 0.2
    assert np.allclose(covariance, covariance.T)


def test_the_weight_of_the_gone_goes_to_the_living_in_proportion() -> None:
    assert redistributed((5000, 3000, 2000), alive=[0, 1]) == (6250, 3750, 0)
    assert redistributed((10_000, 0, 0), alive=[1, 2]) == (0, 5000, 5000)
