"""What a policy reached is told without bias, and its interval knows how few draws it rests on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.earning_reached import reached
from app.domain.routing.earning_rows import Logged
from app.domain.routing.earning_terms import Term, combined
from tests.domain.routing.earning_worlds import COSTS, MODELS, Useful, logs, seeded


def row(asked: int, quality: float, *, by_router: int = 0, group: str = "a", forecast: float = 0.5) -> Logged:
    """A route between two models of even chances."""
    return Logged(
        models=("v/a", "v/b"),
        rated=np.array([(0.5, forecast, 100.0), (0.5, forecast, 200.0)]),
        asked=asked,
        by_router=by_router,
        first_quality=quality,
        first_cost=100.0 * (asked + 1),
        last_quality=quality,
        last_cost=100.0 * (asked + 1),
        held_out=True,
        group=group,
    )


def test_with_even_chances_it_is_the_mean_of_what_each_model_reached() -> None:
    rows = [row(0, 1.0, group="a"), row(0, 0.0, group="b"), row(1, 1.0, group="c"), row(1, 1.0, group="d")]

    router, a, b = reached(rows)

    assert (router.quality, a.quality, b.quality) == (0.5, 0.5, 1.0)
    assert (router.cost, a.cost, b.cost) == (100.0, 100.0, 200.0)
    assert (router.asked, a.asked, b.asked) == (2, 2, 2)
    assert (a.draws, a.share) == (2.0, 1.0)


def test_a_policy_that_nobody_followed_stands_at_its_forecast_with_no_draws() -> None:
    _, _, b = reached([row(0, 1.0, forecast=0.7)])

    assert (b.quality, b.asked, b.draws) == (0.7, 0, 0.0)


def test_right_answers_only_are_no_certainty() -> None:
    few = reached([row(number % 2, 1.0, group=str(number)) for number in range(20)])[1]
    many = reached([row(number % 2, 1.0, group=str(number)) for number in range(2_000)])[1]

    found, later = combined([Term(few, 1.0)]), combined([Term(many, 1.0)])
    assert found.value == later.value == 1.0
    assert found.low is not None
    assert later.low is not None
    assert found.low < 0.85
    assert later.low > 0.99


def test_rows_of_one_group_are_worth_less_than_as_many_apart() -> None:
    rng = seeded(1)
    apart = logs(Useful().requests(rng, 400), rng, hold_out=0.5)
    together = [replace(each, group=str(number // 2)) for number, each in enumerate(apart) for _ in range(2)][::2]
    twice = [each for each in apart for _ in range(2)]

    def width(rows: list[Logged]) -> float:
        found = combined([Term(reached(rows)[0], 1.0)])
        return (found.high or 0) - (found.low or 0)

    assert width(twice) == pytest.approx(width(apart), rel=0.05)  # a copy tells nothing new
    assert width([replace(each, group=f"{number}") for number, each in enumerate(twice)]) < 0.8 * width(apart)
    assert reached(together)[0].quality == reached(apart)[0].quality


def test_a_bias_of_the_forecast_of_one_model_moves_nothing() -> None:
    rng = seeded(2)
    rows = logs(Useful().requests(rng, 800), rng, hold_out=0.4)
    shifted = [replace(each, rated=each.rated + np.array([0, 0.3, 1_000.0])) for each in rows]

    for one, other in zip(reached(rows), reached(shifted), strict=True):
        assert other.quality == pytest.approx(one.quality)
        assert other.cost == pytest.approx(one.cost)


def test_where_a_model_could_not_be_asked_the_router_answers_for_it() -> None:
    only_a = replace(row(0, 0.0), rated=np.array([(1.0, 0.5, 100.0), (0.0, 0.5, 200.0)]))

    _, _, b = reached([only_a, only_a])

    assert (b.quality, b.cost, b.share) == (0.0, 100.0, 0.0)


def test_one_unknown_cost_is_taken_as_expected() -> None:
    known = [row(0, 1.0, group="a"), row(0, 1.0, group="b")]
    unknown = [known[0], replace(known[1], first_cost=np.nan, last_cost=np.nan)]

    assert reached(unknown)[0].cost == reached(known)[0].cost == 100.0


def test_a_difference_of_a_policy_with_itself_is_nothing() -> None:
    rng = seeded(3)
    router = reached(logs(Useful().requests(rng, 300), rng, hold_out=0.3))[0]

    router = replace(router, beyond=0.0)

    found = combined([Term(router, 1.0, 2.0), Term(router, -1.0, -2.0)])

    assert found.value == pytest.approx(0.0)
    assert found.high is not None
    assert found.high < 1e-6


@given(st.permutations(range(40)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rng = seeded(4)
    rows = logs(Useful().requests(rng, 40), rng, hold_out=0.5)

    for one, other in zip(reached(rows), reached([rows[place] for place in order]), strict=True):
        assert other.quality == pytest.approx(one.quality)
        assert other.cost == pytest.approx(one.cost)
        assert other.beyond == pytest.approx(one.beyond)


@given(st.integers(0, 10_000))
def test_models_are_told_by_name_after_the_router(seed: int) -> None:
    rng = seeded(seed)
    found = reached(logs(Useful().requests(rng, 30), rng, hold_out=0.5))

    assert [each.model for each in found] == [None, *sorted(MODELS)]
    assert all(each.draws <= each.asked + 1e-9 for each in found)
    assert found[0].cost is not None
    assert 0 < found[0].cost < COSTS.max() * 10


def test_rows_in_which_the_router_wanted_another_model_are_counted_with_who_was_asked_there() -> None:
    rows = [row(0, 1.0), row(1, 1.0), row(0, 1.0, by_router=1), row(1, 0.0, by_router=1), row(1, 0.0, by_router=1)]

    router, a, b = reached(rows)

    assert (a.apart, a.drawn, a.followed) == (3, 1, 2)
    assert (b.apart, b.drawn, b.followed) == (2, 1, 1)
    assert (router.unknown, a.unknown, b.unknown) == (0.0, 3 / 5, 2 / 5)
    assert reached(rows * 10)[1].unknown == 0.0


def test_what_is_not_known_makes_the_interval_wider_by_as_much() -> None:
    a = reached([row(number % 2, number / 40, group=str(number)) for number in range(40)])[1]

    known, unknown = combined([Term(a, -1.0)]), combined([Term(replace(a, apart=4), -1.0)])

    assert unknown.value == known.value
    assert (unknown.low, unknown.high) == pytest.approx((known.low - 0.1, known.high + 0.1))  # type: ignore[operator]  # both are known
