"""Models are ranked by whom they beat, and models that never met are not compared."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.estimate import share_of
from app.domain.comparison.ranking import CENTRE, SCALE, Met, ranking, win_rates

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
COUNT = st.integers(0, 30)
MEETINGS = st.lists(st.builds(Met, NAMES, NAMES, COUNT, COUNT, COUNT).filter(lambda met: met.one != met.other))


def test_win_rates_count_ties_as_halves_on_both_sides() -> None:
    found = win_rates([Met("a", "b", 3, 1, 2), Met("b", "c", 0, 1)])

    assert [(own.model, own.wins, own.losses, own.ties) for own in found] == [
        ("c", 1, 0, 0),
        ("a", 3, 1, 2),
        ("b", 1, 4, 2),
    ]
    assert found[1].rate == share_of(4, 6)


def test_a_model_without_pairs_has_no_rate() -> None:
    assert [own.rate for own in win_rates([Met("a", "b", 0, 0)])] == [None, None]
    assert win_rates([]) == ()


@given(MEETINGS)
def test_what_one_wins_another_loses(meetings: list[Met]) -> None:
    found = win_rates(meetings)

    assert sum(own.wins for own in found) == sum(own.losses for own in found)


def test_the_odds_between_two_models_are_those_seen_when_there_are_many() -> None:
    first, second = ranking([Met("a", "b", 75_000, 25_000)])

    assert (first.model, second.model) == ("a", "b")
    assert first.rating.value - second.rating.value == pytest.approx(SCALE * math.log(3), abs=0.1)
    assert first.rating.value + second.rating.value == pytest.approx(2 * CENTRE)


@given(MEETINGS)
def test_each_model_has_the_wins_that_its_rating_lets_expect(meetings: list[Met]) -> None:
    """The likelihood equations of Bradley and Terry, about a strength of the average opponent that is common to all."""
    found = ranking(meetings)

    logs = {own.model: (own.rating.value - CENTRE) / SCALE if own.rating else 0.0 for own in found}
    surplus = dict.fromkeys(logs, 0.0)
    for met in meetings:
        expected = 1 / (1 + math.exp(logs[met.other] - logs[met.one]))
        gain = met.wins + met.ties / 2 - expected * (met.wins + met.losses + met.ties)
        surplus[met.one] += gain
        surplus[met.other] -= gain
    for gain in surplus.values():
        assert abs(gain) <= 0.5 + 1e-6  # the one tie against the average explains at most a half


@given(MEETINGS)
def test_ratings_are_finite_and_centred(meetings: list[Met]) -> None:
    found = ranking(meetings)

    assert {own.model for own in found} == {name for met in meetings for name in (met.one, met.other)}
    rated = [own for own in found if own.rating]
    if rated:
        assert np.mean([own.rating.value for own in rated]) == pytest.approx(CENTRE)
    for own in rated:
        assert own.rating.low is not None
        assert own.rating.high is not None
        assert -1e5 < own.rating.low <= own.rating.value <= own.rating.high < 1e5


def test_the_rating_holds_the_true_strength_about_as_often_as_it_says() -> None:
    rng, true = np.random.default_rng(5), np.array([0.0, 0.5, 1.0, -0.5])
    true -= true.mean()
    held = 0
    for _ in range(150):
        meetings = []
        for one in range(4):
            for other in range(one + 1, 4):
                wins = int(rng.binomial(40, 1 / (1 + math.exp(true[other] - true[one]))))
                meetings.append(Met(str(one), str(other), wins, 40 - wins))
        for own in ranking(meetings):
            assert own.rating.low is not None
            assert own.rating.high is not None
            held += own.rating.low <= CENTRE + SCALE * true[int(own.model)] <= own.rating.high

    assert 0.92 <= held / 600 <= 0.98


def test_more_pairs_narrow_the_interval() -> None:
    few, many = (ranking([Met("a", "b", 3 * times, times)])[0].rating for times in (1, 100))

    assert few.low is not None
    assert many.low is not None
    assert many.value - many.low < (few.value - few.low) / 5


def test_models_that_no_chain_of_pairs_joins_stand_in_different_groups() -> None:
    found = {own.model: own.group for own in ranking([Met("a", "b", 1, 0), Met("b", "c", 1, 0), Met("x", "y", 1, 1)])}

    assert found["a"] == found["b"] == found["c"] != found["x"] == found["y"]


def test_a_model_that_only_won_has_a_finite_rating_above_the_others() -> None:
    found = ranking([Met("a", "b", 50, 0), Met("b", "c", 50, 0)])

    assert [own.model for own in found] == ["a", "b", "c"]
    assert [own.pairs for own in found] == [50, 100, 50]


def test_a_model_without_any_pair_has_no_rating_and_stands_last() -> None:
    found = ranking([Met("c", "b", 5, 1), Met("a", "b", 0, 0)])

    assert [(own.model, own.pairs, own.rating is None) for own in found] == [
        ("c", 6, False),
        ("b", 6, False),
        ("a", 0, True),
    ]


def test_nothing_met_is_no_ranking() -> None:
    assert ranking([]) == ()
