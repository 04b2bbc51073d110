"""Weights sum to 10 000 whatever is asked of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.weights import TOTAL, apportion, bulk, scaled, with_weight, without

NAMES = st.text("abcdefgh", min_size=1, max_size=3)
WEIGHTS = st.dictionaries(NAMES, st.integers(0, TOTAL), min_size=1, max_size=8)
SHARES = st.lists(st.floats(0, 1e308), min_size=1, max_size=12).filter(lambda shares: max(shares) > 1e-300)


@given(SHARES, st.integers(0, 20_000))
def test_apportioned_shares_sum_to_the_total_and_stay_within_one_of_exact(shares: list[float], total: int) -> None:
    result = apportion(shares, total)

    assert sum(result) == total
    largest = max(shares)
    whole = sum(share / largest for share in shares)
    assert all(abs(got - share / largest / whole * total) < 1 + 1e-6 for got, share in zip(result, shares, strict=True))


def test_the_largest_remainder_gets_the_odd_one_and_ties_go_to_the_earlier() -> None:
    assert apportion([1, 1, 1]) == (3334, 3333, 3333)
    assert apportion([0.2, 0.5, 0.3], 4) == (1, 2, 1)


@pytest.mark.parametrize("shares", [[], [0.0, 0.0], [1.0, -0.1], [float("nan")], [float("inf"), 1.0]])
def test_shares_that_cannot_be_apportioned_are_refused(shares: list[float]) -> None:
    with pytest.raises(Invalid) as caught:
        apportion(shares)

    assert caught.value.field == "weights"


@given(WEIGHTS, NAMES, st.integers(0, TOTAL))
def test_setting_one_weight_keeps_the_sum_and_every_flow(weights: dict[str, int], flow: str, weight: int) -> None:
    result = with_weight(weights, flow, weight)

    assert sum(result.values()) == TOTAL
    assert set(result) == {*weights, flow}
    assert result[flow] == (weight if len(result) > 1 else TOTAL)


def test_setting_a_weight_scales_the_others_in_proportion() -> None:
    assert with_weight({"a": 5000, "b": 3000, "c": 2000}, "a", 0) == {"a": 0, "b": 6000, "c": 4000}
    assert with_weight({"a": 6000, "b": 4000}, "c", 4000) == {"a": 3600, "b": 2400, "c": 4000}


def test_flows_without_weight_share_the_rest_equally() -> None:
    assert with_weight({"a": 10_000, "b": 0, "c": 0}, "a", 4000) == {"a": 4000, "b": 3000, "c": 3000}


@given(WEIGHTS, NAMES)
def test_the_flows_that_stay_sum_up_after_one_is_removed(weights: dict[str, int], flow: str) -> None:
    result = without(weights, flow)

    assert flow not in result
    assert sum(result.values()) == (TOTAL if result else 0)


def test_no_flows_have_no_weights() -> None:
    assert scaled({}) == {}


@pytest.mark.parametrize("weight", [-1, 10_001, 0.5, True])
def test_a_weight_outside_its_range_is_refused(weight: int) -> None:
    with pytest.raises(Invalid) as caught:
        with_weight({"a": 10_000}, "b", weight)

    assert caught.value.field == "weight"


def test_bulk_gives_the_listed_flows_their_weight_and_the_others_none() -> None:
    assert bulk({"a": 1, "b": 2, "c": 3}, {"c": 2500, "a": 7500}) == {"a": 7500, "b": 0, "c": 2500}


@given(st.lists(st.integers(0, TOTAL), max_size=20))
def test_bulk_takes_every_split_of_the_whole_as_it_is(cuts: list[int]) -> None:
    """wire.md B6: sums of floats refuse splits that do sum to 100 %, 37 % of them with ten flows."""
    edges = [0, *sorted(cuts), TOTAL]
    split = {f"flow-{place}": high - low for place, (low, high) in enumerate(pairwise(edges))}

    assert bulk(dict.fromkeys(split, 0), split) == split


@pytest.mark.parametrize(
    ("given_weights", "field"),
    [({"a": 9999}, "weights"), ({"x": 10_000}, "weights.x"), ({"a": 10_001, "b": -1}, "weights.a"), ({}, "weights")],
)
def test_bulk_names_what_is_wrong(given_weights: dict[str, int], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        bulk({"a": 5000, "b": 5000}, given_weights)

    assert caught.value.field == field
