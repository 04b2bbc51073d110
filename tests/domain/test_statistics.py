"""Wilson's interval agrees with published figures and never leaves 0 to 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from app.domain.statistics import wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_agrees_with_published_ones(successes: int, n: int, low: float, high: float) -> None:
    """Source: R. G. Newcombe 1998, Statistics in Medicine 17, table I, method 3."""
    assert wilson(successes, n) == pytest.approx((low, high), abs=5.1e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_the_interval_agrees_with_scipy(seen: tuple[int, int], confidence: float) -> None:
    theirs = binomtest(*seen).proportion_ci(confidence, method="wilson")

    assert wilson(*seen, confidence=confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_without_observations_everything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_proportion_and_stays_within_bounds(seen: tuple[int, int]) -> None:
    low, high = wilson(*seen)

    assert 0 <= low <= seen[0] / seen[1] + 1e-12
    assert seen[0] / seen[1] - 1e-12 <= high <= 1


@given(st.integers(1, 1000), st.floats(0.5, 0.98))
def test_more_confidence_is_a_wider_interval(n: int, confidence: float) -> None:
    narrow, wide = wilson(n / 2, n, confidence=confidence), wilson(n / 2, n, confidence=0.99)

    assert wide[0] < narrow[0] < narrow[1] < wide[1]
