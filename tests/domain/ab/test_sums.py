"""Sums say what the values say: mean and variance, levels, and what units did before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ab.metric import UNIT, metric_of
from app.domain.ab.sums import NOTHING, ArmSums, cell, paired, square
from app.domain.statistics import cuped
from tests.domain.ab.designed import CONVERSION, QUALITY, RATING, THUMB, of_rates, summed

PARTS = st.integers(0, UNIT)
RATINGS = st.sampled_from([0, UNIT // 4, UNIT // 2, 3 * UNIT // 4, UNIT])


@given(st.lists(PARTS, min_size=2, max_size=200))
def test_the_sample_is_that_of_the_values(values: list[int]) -> None:
    found = summed(values).sample

    raw = np.array(values) / UNIT
    assert found.n == len(values)
    assert found.mean == pytest.approx(float(np.mean(raw)), abs=1e-12)
    assert found.variance == pytest.approx(float(np.var(raw, ddof=1)), abs=2e-6)


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_rarer_answer_carries_a_rate(wins: int, losses: int) -> None:
    assert of_rates(wins, wins + losses).carriers == pytest.approx(min(wins, losses))


@given(st.lists(PARTS, min_size=1, max_size=50))
def test_no_more_values_carry_the_mean_than_there_are(values: list[int]) -> None:
    raw = np.array(values) / UNIT
    each = [float(x.sum() ** 2 / (x**2).sum()) if (x**2).sum() > 1e-3 else 0.0 for x in (raw, 1 - raw)]

    found = summed(values).carriers

    assert found <= len(values) * (1 + 1e-3) + 1e-3
    if min(each) > 0:
        assert found == pytest.approx(min(each), rel=0.05)


def test_one_value_has_no_variance() -> None:
    assert summed([UNIT // 2]).sample.variance == 0


@given(st.lists(RATINGS, min_size=1, max_size=50))
def test_ratings_on_the_scale_have_levels(values: list[int]) -> None:
    assert summed(values).levels(RATING) == tuple(values.count(at * UNIT // 4) for at in range(5))


@given(st.lists(RATINGS, max_size=50), st.integers(1, UNIT - 1).filter(lambda value: value % UNIT // 4))
def test_values_between_levels_have_none(values: list[int], between: int) -> None:
    assert summed([*values, between]).levels(RATING) == ()
    assert summed([between]).levels(THUMB) == ()


@given(st.integers(0, 40), st.integers(0, 40))
def test_yes_and_no_are_two_levels(wins: int, losses: int) -> None:
    found = of_rates(wins, wins + losses)

    assert found.levels(THUMB) == (losses, wins)
    assert found.levels(QUALITY) == ()
    if wins + losses:
        assert found.evidence(THUMB).cells == (losses, wins)


@given(st.lists(PARTS, min_size=1, max_size=50), st.integers(0, 30))
def test_units_without_a_value_count_as_zero_where_the_metric_has_it_so(values: list[int], lacking: int) -> None:
    revenue = metric_of("number", name="revenue", low=-1, high=1, aggregate="sum", missing="zero")
    known = summed(values)

    found = ArmSums(len(values) + lacking, {"revenue": known}).of(revenue)

    assert found == summed([*values, *[UNIT // 2] * lacking])


def test_units_without_a_value_are_left_out_otherwise() -> None:
    known = of_rates(2, 3)

    assert ArmSums(10, {"thumb": known}).of(THUMB) == known
    assert ArmSums(10, {}).of(THUMB) == NOTHING
    assert ArmSums(10, {}).of(CONVERSION) == of_rates(0, 10)


@given(
    st.lists(st.tuples(PARTS, st.none() | PARTS), min_size=3, max_size=60).filter(
        lambda units: any(before is not None for _, before in units)
    )
)
def test_pairs_are_those_of_the_units_where_the_unknown_had_the_mean(units: list[tuple[int, int | None]]) -> None:
    values, before = [value for value, _ in units], [before for _, before in units]
    known = [one / UNIT for one in before if one is not None]
    unknown = sum(known) / len(known)

    found = paired(summed(values, before), unknown=unknown)

    theirs = cuped.paired([unknown if x is None else x / UNIT for x in before], [y / UNIT for y in values])
    assert found is not None
    assert (found.pre.n, found.post.n) == (theirs.pre.n, theirs.post.n)
    assert found.pre.mean == pytest.approx(theirs.pre.mean, abs=1e-9)
    assert found.post.mean == pytest.approx(theirs.post.mean, abs=1e-9)
    assert found.pre.variance == pytest.approx(theirs.pre.variance, abs=2e-6)
    assert found.covariance == pytest.approx(theirs.covariance, abs=2e-6)


def test_the_pairs_of_units_that_count_as_zero_are_those_of_raw_values() -> None:
    """Three units have a value, two count as 0; of four it is known what they did before."""
    values, before = [UNIT, UNIT, UNIT // 2, 0, 0], [3 * UNIT // 4, None, UNIT // 4, UNIT // 2, 0]
    without_facts = summed(values[:3], before[:3])
    known = summed(values, before).before
    arm = ArmSums(5, {"conversion": type(without_facts)(3, without_facts.total, without_facts.squares,
                                                        without_facts.cells, known)})  # fmt: skip

    found = paired(arm.of(CONVERSION), unknown=0.375)

    theirs = cuped.paired([0.75, 0.375, 0.25, 0.5, 0], [1, 1, 0.5, 0, 0])
    assert found is not None
    assert found.covariance == pytest.approx(theirs.covariance, abs=1e-6)
    assert found.pre.variance == pytest.approx(theirs.pre.variance, abs=1e-6)
    assert found.post.mean == pytest.approx(theirs.post.mean, abs=1e-9)


def test_fewer_than_two_values_are_no_pair() -> None:
    assert paired(summed([UNIT], [UNIT]), unknown=0.5) is None


@given(PARTS, PARTS)
def test_squares_are_exact_and_cells_are_the_nearest(left: int, right: int) -> None:
    assert square(left) - square(right) == (left - right) * (left + right)
    assert abs(cell(left) - 4 * left / UNIT) <= 0.5
