"""The share of pairs in people's order is that of a recount, and its interval covers what it should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from app.domain.quality.calibration import separation
from app.domain.quality.ordering import gain, ordered_alike

SCORED = st.lists(st.tuples(st.sampled_from([0.0, 25.0, 50.0, 100.0]), st.sampled_from([0.0, 0.5, 1.0])), max_size=30)


@given(SCORED)
def test_it_is_the_share_of_a_recount(drawn: list[tuple[float, float]]) -> None:
    scores, rewards = [each[0] for each in drawn], [each[1] for each in drawn]
    pairs = [
        0.5 + np.sign(scores[i] - scores[j]) * np.sign(rewards[i] - rewards[j]) / 2
        for i in range(len(drawn))
        for j in range(i)
        if rewards[i] != rewards[j]
    ]

    found = ordered_alike(scores, rewards)

    assert found.pairs == len(pairs)
    if not pairs:
        assert found.value is found.low is found.high is None
    else:
        assert found.value == pytest.approx(sum(pairs) / len(pairs))
        assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=30))
def test_of_yes_and_no_it_is_the_area_under_the_roc_curve(drawn: list[tuple[float, bool]]) -> None:
    scores, approved = [each[0] for each in drawn], [each[1] for each in drawn]

    found = ordered_alike(scores, [float(each) for each in approved]).value

    assert found == pytest.approx(separation(scores, approved).value)


@given(SCORED)
def test_a_score_wins_nothing_over_itself_and_both_ways_the_same(drawn: list[tuple[float, float]]) -> None:
    scores, rewards = [each[0] for each in drawn], [each[1] for each in drawn]
    turned = [100 - score for score in scores]

    same, there, back = gain(scores, scores, rewards), gain(scores, turned, rewards), gain(turned, scores, rewards)

    assert same.value in (None, 0)
    if there.value is not None and back.value is not None:
        assert there.value == pytest.approx(-back.value)
        assert there.value == pytest.approx(there.after - there.before)
        assert there.low == pytest.approx(-back.high)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    drawn = np.random.default_rng(7)
    apart = [float(ndtr(step / (2.5 * np.sqrt(2)))) for step in (1, 2)]
    truth = (2 * apart[0] + apart[1]) / 3  # of pairs that differ two thirds are one step apart
    covered, rounds = 0, 300

    for _ in range(rounds):
        rewards = drawn.integers(0, 3, 60)
        found = ordered_alike(list(rewards + drawn.normal(0, 2.5, 60)), list(rewards / 2))
        covered += found.low <= truth <= found.high

    assert 0.9 <= covered / rounds <= 0.99
