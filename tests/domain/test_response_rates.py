"""Unequal response is told when chance does not explain it, and only where there is enough to tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from app.domain.response_rates import unequal_response
from app.domain.statistics.tables import chi_square


def test_flows_that_are_answered_unequally_are_told() -> None:
    """W10: feedback that is missing unequally biases means, and is said to."""
    found = unequal_response(("a", "b"), sessions=(1000, 1000), rated=(300, 150))

    assert found is not None
    assert found.rates == {"a": 0.3, "b": 0.15}
    assert found.p_value < 0.001
    assert found.dof == 1
    assert "30.0% of the sessions of a and 15.0% of those of b" in found.sentence


@pytest.mark.parametrize(
    ("sessions", "rated"),
    [
        ((1000, 1000), (300, 290)),
        ((1000, 1000), (0, 0)),
        ((1000, 1000), (1000, 1000)),
        ((1000, 0), (300, 0)),
        ((8, 8), (8, 0)),
        ((100_000, 6), (50_000, 0)),
        ((0, 0), (0, 0)),
    ],
)
def test_equal_or_few_answers_are_no_warning(sessions: tuple[int, int], rated: tuple[int, int]) -> None:
    assert unequal_response(("a", "b"), sessions=sessions, rated=rated) is None


def test_flows_without_sessions_are_left_out() -> None:
    found = unequal_response(("a", "b", "c"), sessions=(1000, 0, 1000), rated=(300, 0, 150))

    assert found is not None
    assert set(found.rates) == {"a", "c"}


def test_the_test_equals_its_reference() -> None:
    """Source: scipy's chi2_contingency, four arms."""
    found = chi_square([[400, 100], [420, 90], [380, 130], [401, 97]])

    assert (found.chi2, found.p_value, found.dof) == pytest.approx((10.639273035918766, 0.01384528807731553, 3))


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=2, max_size=6))
def test_the_test_agrees_with_scipy(table: list[tuple[int, int]]) -> None:
    theirs = chi2_contingency(table, correction=False)
    ours = chi_square(table)

    assert (ours.chi2, ours.p_value, ours.dof) == pytest.approx((theirs.statistic, theirs.pvalue, theirs.dof), rel=1e-9)
