"""Learned weights replace others only where answers that they were not fitted to show that they are better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.lesson import LEAST, Lesson, learn, total_of
from app.domain.quality.opinions import Judged
from app.domain.quality.scoring import RUBRICS

SHIPPED = {spec.name: spec.weight for spec in RUBRICS["generic"].specs}
NAMES = list(SHIPPED)


def answers(count: int, seed: int, opinion: str) -> list[Judged]:
    """Answers with points at random, whose rewards on five steps follow what is named."""
    drawn = np.random.default_rng(seed)
    found = []
    for place in range(count):
        points = dict(zip(NAMES, drawn.uniform(0, 100, len(NAMES)).tolist(), strict=True))
        total = total_of(points, SHIPPED)
        wish = {"score": total, "clarity": points["clarity"], "against": 100 - total, "chance": drawn.uniform(0, 100)}
        reward = round(min(100.0, max(0.0, wish[opinion] + drawn.normal(0, 10))) / 25) / 4
        found.append(Judged(f"{seed} {place}", total, points, reward, None, None))
    return found


def lesson(count: int, seed: int, opinion: str) -> Lesson:
    return learn(answers(count, seed, opinion), SHIPPED, SHIPPED)


@pytest.mark.parametrize("seed", range(5))
def test_people_who_mind_one_dimension_are_followed_better(seed: int) -> None:
    found = lesson(100, seed, "clarity")

    assert found.outcome == "better"
    assert max(found.weights, key=lambda name: found.weights[name]) == "clarity"
    assert sum(found.weights.values()) == pytest.approx(100, abs=0.1)
    assert "they follow opinions better" in found.told


@pytest.mark.parametrize("seed", range(5))
def test_where_the_shipped_weights_are_right_nothing_is_better(seed: int) -> None:
    assert lesson(100, seed, "score").outcome == "no-better"


def test_noise_seldom_passes_for_a_lesson() -> None:
    outcomes = [lesson(60, seed, "chance").outcome for seed in range(100)]

    assert outcomes.count("better") <= 7


def test_less_wrong_is_not_yet_better() -> None:
    found = lesson(100, 1, "against")

    assert found.outcome == "none-follows"
    assert found.gain.before is not None
    assert found.gain.before < 0.2


@given(st.integers(0, LEAST - 1))
def test_below_so_many_answers_the_shipped_weights_come_back(count: int) -> None:
    found = lesson(count, 1, "clarity")

    assert (found.outcome, found.weights, found.n) == ("too-few", SHIPPED, count)


def test_the_same_answers_in_any_order_teach_the_same() -> None:
    given_ = answers(60, 3, "clarity")

    one, other = learn(given_, SHIPPED, SHIPPED), learn(given_[::-1], SHIPPED, SHIPPED)

    assert one.weights == pytest.approx(other.weights)
    assert one.gain.value == pytest.approx(other.gain.value)


def test_points_of_a_judge_are_no_part_of_it() -> None:
    plain = answers(40, 1, "clarity")
    judged = [Judged(each.about, each.total, {**each.points, "judge": 1.0}, each.reward, None, None) for each in plain]

    assert learn(judged, SHIPPED, SHIPPED) == learn(plain, SHIPPED, SHIPPED)
