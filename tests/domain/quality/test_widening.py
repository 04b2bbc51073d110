"""No interval is narrower than its answers allow, least of all where everything that was measured agrees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.calibration import kendall, separation, spearman
from app.domain.quality.ordering import gain, ordered_alike
from app.domain.quality.widening import speaking, widened

ANSWERS = 30
ALIKE = [float(place % 2) for place in range(ANSWERS)]
TURNED = [1 - each for each in ALIKE]


@pytest.mark.parametrize("scores", [ALIKE, TURNED, [float(place) for place in range(ANSWERS)]])
def test_no_interval_is_a_point(scores: list[float]) -> None:
    rewards = TURNED if scores is TURNED else ALIKE
    for side in (rewards, [1 - each for each in rewards], scores, [-each for each in scores]):
        found = (spearman(scores, side), kendall(scores, side), ordered_alike(scores, side))
        yes = separation(scores, [each > 0 for each in rewards])
        for each in (*found, yes):
            assert each.low is not None
            assert each.high is not None
            assert each.high - each.low > 0.04


def test_scores_of_two_values_in_the_order_of_opinions_prove_no_perfect_order() -> None:
    found, share = spearman(ALIKE, ALIKE), separation(ALIKE, [each > 0 for each in ALIKE])

    assert (found.value, found.high) == (pytest.approx(1), pytest.approx(1))
    assert (share.value, share.high) == (1, 1)
    assert found.low == pytest.approx(2 * share.low - 1)
    assert 0.7 < found.low < 0.8


def test_one_refused_among_many_approved_says_little() -> None:
    rewards = [1.0] * 29 + [0.0]

    assert speaking(30, 29) == 3
    assert (spearman(rewards, rewards).low or 0) < 0.2
    assert (ordered_alike(rewards, rewards).low or 1) < 0.5


def test_a_gain_of_all_pairs_is_no_certainty_and_counts_the_same_both_ways() -> None:
    there, back = gain(TURNED, ALIKE, ALIKE), gain(ALIKE, TURNED, ALIKE)

    assert (there.value, there.high) == (1, 1)
    assert 0.7 < (there.low or 0) < 0.9
    assert (back.low, back.high) == (pytest.approx(-1), pytest.approx(-(there.low or 0)))


@pytest.mark.parametrize(("wrong", "share"), [(0.02, 0.5), (0.1, 0.5), (0.1, 0.9)])
def test_near_the_border_the_truth_is_held_as_often_as_is_said(wrong: float, share: float) -> None:
    chance, held, rounds = np.random.default_rng(7), {"spearman": 0, "kendall": 0, "pairs": 0, "area": 0}, 0
    high = share * (1 - wrong) + (1 - share) * wrong
    truth = share * (1 - share) * (1 - 2 * wrong) / np.sqrt(share * (1 - share) * high * (1 - high))
    for _ in range(300):
        rewards = (chance.random(ANSWERS) < share).astype(float)
        scores = np.where(chance.random(ANSWERS) < wrong, 1 - rewards, rewards)
        if np.ptp(scores) == 0 or np.ptp(rewards) == 0:
            continue
        rounds += 1
        for name, found, known in (
            ("spearman", spearman(scores, rewards), truth),
            ("kendall", kendall(scores, rewards), truth),
            ("pairs", ordered_alike(scores, rewards), 1 - wrong),
            ("area", separation(scores, list(rewards > 0)), 1 - wrong),
        ):
            assert found.low is not None
            assert found.high is not None
            held[name] += found.low <= known <= found.high

    assert all(count >= 0.94 * rounds for count in held.values()), held


@given(st.floats(0, 1), st.floats(0, 0.5), st.integers(2, 60), st.floats(0, 1))
def test_widening_takes_nothing_away(value: float, half: float, answers: int, part: float) -> None:
    before = max(0.0, value - half), min(1.0, value + half)

    low, high = widened(value, *before, answers=answers, pairs=part * answers * (answers - 1) / 2, confidence=0.95)

    assert 0 <= low <= before[0] <= before[1] <= high <= 1
    assert low < high
