"""The rank test agrees with scipy, ties and all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.statistics.alternatives import Side
from app.domain.statistics.ranks import mann_whitney

COUNTS = st.integers(2, 6).flatmap(
    lambda width: st.tuples(
        *(st.lists(st.integers(0, 25), min_size=width, max_size=width).filter(any) for _ in range(2))
    )
)


@pytest.mark.parametrize("side", ["two-sided", "greater", "less"])
@given(COUNTS)
def test_it_agrees_with_scipy(side: Side, counts: tuple[list[int], list[int]]) -> None:
    a, b = (np.repeat(np.arange(len(arm)), arm) for arm in counts)

    found = mann_whitney(*counts, side=side)

    theirs = stats.mannwhitneyu(b, a, method="asymptotic", alternative=side)
    assert found.u_b == theirs.statistic
    assert found.prob_superiority == pytest.approx(theirs.statistic / (len(a) * len(b)))
    if len(set(a) | set(b)) > 1:
        assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-7)
    else:
        assert found.p_value == 1.0
