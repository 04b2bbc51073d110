"""Tests of tables agree with scipy and say nothing of what is empty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.statistics.tables import chi_square, fisher_exact

CELL = st.integers(0, 60)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=4)
)


@given(TABLES, st.booleans())
def test_chi_square_agrees_with_scipy_once_empty_rows_and_columns_are_gone(table: list[list[int]], yates: bool) -> None:
    found = chi_square(table, yates=yates)
    seen = np.array(table)
    left = seen[seen.sum(axis=1) > 0][:, seen.sum(axis=0) > 0]
    if min(left.shape) < 2:
        assert (found.chi2, found.p_value, found.dof) == (0.0, 1.0, 0)
        return
    theirs = stats.chi2_contingency(left, correction=yates)

    assert (found.chi2, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)
    assert found.dof == theirs.dof


@pytest.mark.parametrize(
    ("table", "odds_ratio", "p_value"),
    [
        ([[3, 1], [1, 3]], 9.0, 0.4857142857142857),  # the lady who tastes tea: R. A. Fisher 1935
        ([[0, 5], [5, 0]], 0.0, 2 / 252),
        ([[5, 0], [0, 5]], float("inf"), 2 / 252),
        ([[0, 0], [3, 4]], None, 1.0),
        ([[0, 3], [0, 4]], None, 1.0),
    ],
)
def test_fisher_counts_the_tables_that_are_no_likelier(
    table: list[list[int]], odds_ratio: float | None, p_value: float
) -> None:
    found = fisher_exact(table)

    assert found.odds_ratio == odds_ratio
    assert found.p_value == pytest.approx(p_value, rel=1e-12)
