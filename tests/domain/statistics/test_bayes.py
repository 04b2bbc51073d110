"""The posterior agrees with the closed sum and turns with the arms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

from app.domain.statistics.bayes import beta_binomial

SEEN = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def closed(a: tuple[int, int], b: tuple[int, int]) -> float:
    """P(B > A) under uniform priors. Source: E. Miller 2014, "Formulas for Bayesian A/B testing"."""
    alpha_a, beta_a, alpha_b, beta_b = a[0] + 1, a[1] - a[0] + 1, b[0] + 1, b[1] - b[0] + 1
    whole = betaln(alpha_a, beta_a)
    return math.fsum(
        math.exp(betaln(alpha_a + i, beta_a + beta_b) - math.log(beta_b + i) - betaln(1 + i, beta_b) - whole)
        for i in range(alpha_b)
    )


@given(SEEN, SEEN)
def test_the_chance_that_b_is_better_agrees_with_the_closed_sum(a: tuple[int, int], b: tuple[int, int]) -> None:
    assert beta_binomial(*a, *b).p_b_gt_a == pytest.approx(closed(a, b), rel=1e-6, abs=1e-9)


@given(SEEN, SEEN)
def test_losses_differ_by_the_lift_and_turn_with_the_arms(a: tuple[int, int], b: tuple[int, int]) -> None:
    found, turned = beta_binomial(*a, *b), beta_binomial(*b, *a)

    assert found.expected_loss_choose_a - found.expected_loss_choose_b == pytest.approx(found.lift_mean, abs=1e-9)
    assert found.expected_loss_choose_a == pytest.approx(turned.expected_loss_choose_b, abs=1e-9)
    assert found.p_b_gt_a + turned.p_b_gt_a == pytest.approx(1.0, abs=1e-6)


def test_a_million_observations_and_a_steep_prior_are_no_harder() -> None:
    large = beta_binomial(100_000, 1_000_000, 101_000, 1_000_000)
    steep = beta_binomial(0, 0, 0, 0, prior=(0.5, 0.5))

    assert large.p_b_gt_a == pytest.approx(0.99068, abs=1e-4)  # Φ(.001/√(2·.09045/10⁶)) within the normal's error
    assert steep.p_b_gt_a == pytest.approx(0.5, abs=1e-6)
    assert steep.expected_loss_choose_a == pytest.approx(steep.expected_loss_choose_b)
