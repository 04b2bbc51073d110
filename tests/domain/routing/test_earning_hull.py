"""No mixture of points is better than the hull says, and the hull's own mixtures are what they say they are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.earning_hull import Mixed, at_cost, at_quality, upper_hull

POINTS = [(1.0, 0.5), (2.0, 0.8), (4.0, 0.9), (3.0, 0.7), (5.0, 0.85)]
PLACES = st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda each: (float(each[0]), each[1] / 20))


def value(points: list[tuple[float, float]], mixed: Mixed) -> tuple[float, float]:
    """Cost and quality of the mixture."""
    cost = sum(share * points[place][0] for place, share in mixed.shares.items())
    return cost, sum(share * points[place][1] for place, share in mixed.shares.items())


def test_what_is_dearer_and_no_better_is_not_on_the_hull() -> None:
    assert upper_hull(POINTS) == [0, 1, 2]


def test_between_two_points_the_mixture_costs_what_is_wanted() -> None:
    mixed = at_cost(POINTS, 3.0)

    assert mixed.shares == {1: 0.5, 2: 0.5}
    assert mixed.slope == pytest.approx(0.05)
    assert value(POINTS, mixed) == (pytest.approx(3.0), pytest.approx(0.85))


def test_between_two_points_the_mixture_is_as_good_as_is_wanted() -> None:
    assert value(POINTS, at_quality(POINTS, 0.65)) == (pytest.approx(1.5), pytest.approx(0.65))


@pytest.mark.parametrize(("cost", "place"), [(0.5, 0), (1.0, 0), (4.0, 2), (9.0, 2)])
def test_beyond_the_ends_one_point_stands_alone(cost: float, place: int) -> None:
    assert at_cost(POINTS, cost) == Mixed({place: 1.0}, None)


@pytest.mark.parametrize(("quality", "place"), [(0.1, 0), (0.5, 0), (0.9, 2), (1.0, 2)])
def test_beyond_the_ends_of_quality_one_point_stands_alone(quality: float, place: int) -> None:
    assert at_quality(POINTS, quality) == Mixed({place: 1.0}, None)


@given(st.lists(PLACES, min_size=1, max_size=8), st.floats(0, 1), st.data())
def test_no_mixture_of_two_points_beats_the_hull(
    points: list[tuple[float, float]], share: float, data: st.DataObject
) -> None:
    one, other = (data.draw(st.sampled_from(points)) for _ in range(2))
    cost = one[0] * share + other[0] * (1 - share)
    quality = one[1] * share + other[1] * (1 - share)

    assert value(points, at_cost(points, cost))[1] >= quality - 1e-9
    assert value(points, at_quality(points, quality))[0] <= cost + 1e-9


@given(st.lists(PLACES, min_size=1, max_size=8))
def test_along_the_hull_cost_and_quality_rise_and_the_rise_gets_flatter(points: list[tuple[float, float]]) -> None:
    hull = [points[place] for place in upper_hull(points)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(hull)]

    assert all(slope > 0 for slope in slopes)
    assert slopes == sorted(slopes, reverse=True)
