"""Adjusted p-values agree with worked examples, keep their order and never fall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from app.domain.statistics.multiplicity import benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_steps_down_and_never_falls() -> None:
    assert holm([0.5, 0.001, 0.013]) == pytest.approx((0.5, 0.003, 0.026))
    assert holm([0.04, 0.03, 0.01]) == pytest.approx((0.06, 0.06, 0.03))
    assert holm([]) == ()


@given(P_VALUES)
def test_the_false_discovery_rate_agrees_with_scipy(p_values: list[float]) -> None:
    assert benjamini_hochberg(p_values) == pytest.approx(tuple(false_discovery_control(p_values)), rel=1e-9)


@given(P_VALUES)
def test_adjusted_p_values_lie_between_their_own_and_bonferronis(p_values: list[float]) -> None:
    for adjusted in (holm(p_values), benjamini_hochberg(p_values)):
        for own, found in zip(p_values, adjusted, strict=True):
            assert own - 1e-12 <= found <= min(1.0, own * len(p_values)) + 1e-12


@given(P_VALUES, st.randoms())
def test_they_follow_their_tests_in_any_order(p_values: list[float], chance) -> None:  # type: ignore[no-untyped-def]  # hypothesis's Random
    order = list(range(len(p_values)))
    chance.shuffle(order)

    for adjust in (holm, benjamini_hochberg):
        found = adjust(p_values)
        assert adjust([p_values[at] for at in order]) == tuple(found[at] for at in order)
