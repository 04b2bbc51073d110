"""Intervals and tests of proportions agree with published figures and with other ways to the same number."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2_contingency

from app.domain.statistics.proportions import newcombe, two_proportion_z, wilson

SEEN = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_agrees_with_published_ones(successes: int, n: int, low: float, high: float) -> None:
    """Source: R. G. Newcombe 1998, Statistics in Medicine 17, table I, method 3."""
    assert wilson(successes, n) == pytest.approx((low, high), abs=5.1e-5)


@given(SEEN, st.floats(0.5, 0.999))
def test_the_interval_agrees_with_scipy(seen: tuple[int, int], confidence: float) -> None:
    theirs = binomtest(*seen).proportion_ci(confidence, method="wilson")

    assert wilson(*seen, confidence=confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_without_observations_everything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert newcombe(0, 0, 3, 4) == (-1.0, 1.0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_proportion_and_stays_within_bounds(seen: tuple[int, int]) -> None:
    low, high = wilson(*seen)

    assert 0 <= low <= seen[0] / seen[1] + 1e-12
    assert seen[0] / seen[1] - 1e-12 <= high <= 1


@given(st.integers(1, 1000), st.floats(0.5, 0.98))
def test_more_confidence_is_a_wider_interval(n: int, confidence: float) -> None:
    narrow, wide = wilson(n / 2, n, confidence=confidence), wilson(n / 2, n, confidence=0.99)

    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((48, 80), (56, 70), -0.3339, -0.0524),
        ((3, 10), (9, 10), -0.8090, -0.1705),
    ],
)
def test_the_interval_of_a_difference_agrees_with_published_ones(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float
) -> None:
    """Source: R. G. Newcombe 1998, Statistics in Medicine 17, table II, method 10, arms exchanged."""
    found = newcombe(*b, *a)

    assert found == pytest.approx((low, high), abs=5.1e-5)


@given(SEEN, SEEN)
def test_the_interval_of_a_difference_holds_it_and_turns_with_the_arms(a: tuple[int, int], b: tuple[int, int]) -> None:
    low, high = newcombe(*a, *b)
    diff = b[0] / b[1] - a[0] / a[1]

    assert -1 - 1e-12 <= low <= diff + 1e-12
    assert diff - 1e-12 <= high <= 1 + 1e-12
    assert newcombe(*b, *a) == pytest.approx((-high, -low), abs=1e-12)


@given(SEEN, SEEN)
def test_the_square_of_z_is_chi_square(a: tuple[int, int], b: tuple[int, int]) -> None:
    found = two_proportion_z(*a, *b)
    if a[0] + b[0] in (0, a[1] + b[1]):
        assert (found.z, found.p_value) == (None, None)
        return
    chi2, p_value, *_ = chi2_contingency([[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]], correction=False)

    assert found.z is not None
    assert found.z**2 == pytest.approx(chi2, rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(p_value, rel=1e-9)
    assert math.copysign(1, found.z) == math.copysign(1, found.diff) or found.diff == 0


def test_a_side_is_half_of_both_and_the_other_side_the_rest() -> None:
    both, above, under = (
        two_proportion_z(120, 1000, 150, 1000, side=side).p_value for side in ("two-sided", "greater", "less")
    )

    assert both is not None
    assert (above, under) == pytest.approx((both / 2, 1 - both / 2))
