"""Picks are proportional to weights, repeatable, and move only where a weight grew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import chdtrc

from app.domain.errors import NoFlowAvailable
from app.domain.rendezvous import pick

UNITS = [f"session-{i}" for i in range(20_000)]


def test_picks_are_proportional_to_weights() -> None:
    weights = {"a": 5000, "b": 3000, "c": 1500, "d": 500}

    picked = [pick("salt", unit, weights) for unit in UNITS]

    expected = {flow: len(UNITS) * weight / 10_000 for flow, weight in weights.items()}
    chi2 = sum((picked.count(flow) - n) ** 2 / n for flow, n in expected.items())
    assert chdtrc(len(weights) - 1, chi2) > 0.001


def test_units_only_move_to_the_flow_whose_weight_grew() -> None:
    before = {"a": 5000, "b": 5000, "c": 0}
    after = {"a": 5000, "b": 5000, "c": 2500}

    moved = [(pick("s", unit, before), pick("s", unit, after)) for unit in UNITS]

    assert {new for old, new in moved if old != new} == {"c"}
    assert sum(old != new for old, new in moved) == pytest.approx(len(UNITS) / 5, rel=0.05)


def test_another_salt_is_an_independent_split() -> None:
    weights = {"a": 5000, "b": 5000}

    both = sum(pick("one", unit, weights) == pick("two", unit, weights) for unit in UNITS)

    assert both == pytest.approx(len(UNITS) / 2, rel=0.05)


@given(st.text(max_size=20), st.text(max_size=255), st.permutations(["a", "b", "c"]))
def test_a_pick_repeats_whatever_the_order_of_flows(salt: str, unit: str, order: list[str]) -> None:
    weights = {"a": 1000, "b": 4000, "c": 5000}

    assert pick(salt, unit, {flow: weights[flow] for flow in order}) == pick(salt, unit, weights)


@given(st.text(max_size=255))
def test_a_flow_without_weight_is_never_picked(unit: str) -> None:
    assert pick("s", unit, {"a": 0, "b": 1, "c": 0}) == "b"


def test_a_lone_surrogate_in_a_correlation_id_is_served() -> None:
    assert pick("s", "\ud800", {"a": 10_000}) == "a"


@pytest.mark.parametrize("weights", [{}, {"a": 0}])
def test_nothing_is_picked_when_no_flow_has_weight(weights: dict[str, int]) -> None:
    with pytest.raises(NoFlowAvailable):
        pick("s", "u", weights)
