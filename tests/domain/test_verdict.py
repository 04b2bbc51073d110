"""A verdict says how close a flow is only when that is close."""

import re

import pytest

from app.domain.verdict import TELLING
from tests.domain.allocating import plan, played


@pytest.mark.parametrize("max_sessions", [40, 900, 6_000])
def test_a_spent_budget_says_that_nothing_is_certified_and_names_only_a_close_margin(max_sessions: int) -> None:
    steps = played(plan(2, epsilon=0.0, max_sessions=max_sessions), lambda _: (0.6, 0.6), ticks=80, seed=4)

    ended = next(decision for _, _, decision in steps if decision.outcome is not None)
    margins = [float(text) for text in re.findall(r"at most ([0-9.]+) under the best", ended.reason)]

    assert ended.outcome == "inconclusive"
    assert "nothing is certified yet" in ended.reason
    assert "a is kept" in ended.reason
    assert bool(margins) == (ended.smallest_epsilon is not None and ended.smallest_epsilon <= TELLING)
    assert all(margin <= TELLING for margin in margins)
