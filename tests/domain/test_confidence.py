"""A confidence sequence holds at every look, is as narrow as it can be told exactly, and never leaves the scale."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.confidence import BETS, confidence_sequence
from app.domain.evidence import UNIT, Evidence, Scale, empty, from_cells
from app.domain.statistics.proportions import wilson

LOOKS = (1, 3, 7, 12, 20, 35, 60, 100, 160, 260, 420, 700, 1200, 2000)
RATING, BINARY, DECIMAL = Scale("rating", 1.0, 5.0), Scale("binary"), Scale("decimal")
Rewards = npt.NDArray[np.float64]


def seen_in(scale: Scale, rewards: Rewards) -> Evidence:
    """The evidence of these rewards."""
    if scale.cells:
        return from_cells(scale, [int((rewards == level).sum()) for level in scale.levels])
    units = [(round(x * UNIT), round(x * x * UNIT)) for x in rewards.tolist()]
    return Evidence(0, len(units), sum(x for x, _ in units), sum(square for _, square in units), ())


def rated(rng: np.random.Generator) -> Rewards:
    return rng.choice(RATING.levels, p=(0.1, 0.1, 0.2, 0.3, 0.3), size=LOOKS[-1])


def rare(rng: np.random.Generator) -> Rewards:
    return (rng.random(LOOKS[-1]) < 0.02).astype(np.float64)


def scored(rng: np.random.Generator) -> Rewards:
    return rng.beta(6.0, 4.0, size=LOOKS[-1])


@pytest.mark.parametrize(
    ("scale", "draw", "mean"), [(RATING, rated, 3.6), (BINARY, rare, 0.02), (DECIMAL, scored, 0.6)]
)
def test_it_holds_the_mean_at_all_looks_together(
    scale: Scale, draw: Callable[[np.random.Generator], Rewards], mean: float
) -> None:
    """W1, W10: the interval of a flow does not lie however often a rollout is looked at."""
    rng = np.random.default_rng(11)
    missed = 0

    for _ in range(80):
        rewards = draw(rng)
        spans = (confidence_sequence(scale, seen_in(scale, rewards[:n]), alpha=0.05) for n in LOOKS)
        missed += any(not low <= mean <= high for low, high in spans)

    assert missed <= 4


def test_an_interval_for_one_look_does_not_hold_at_all_of_them() -> None:
    """W1: why a fixed interval is not enough, on the looks that the sequence stands."""
    rng = np.random.default_rng(12)
    missed = once = 0

    for _ in range(80):
        heads = (rng.random(LOOKS[-1]) < 0.5).cumsum()
        spans = [wilson(int(heads[n - 1]), n) for n in LOOKS]
        missed += any(not low <= 0.5 <= high for low, high in spans)
        sequence = (
            confidence_sequence(BINARY, from_cells(BINARY, [n - int(heads[n - 1]), int(heads[n - 1])]), alpha=0.05)
            for n in LOOKS
        )
        once += any(not low <= 0.5 <= high for low, high in sequence)

    assert missed > 8
    assert once <= 4


def test_its_ends_are_where_the_wealth_reaches_its_bar() -> None:
    low, high = confidence_sequence(BINARY, from_cells(BINARY, [70, 30]), alpha=0.05)

    def wealth(good: int, bad: int, room: float) -> float:
        return math.fsum((1 - bet + bet / room) ** good * (1 - bet) ** bad for bet in BETS) / len(BETS)

    assert wealth(30, 70, low) == pytest.approx(40, rel=1e-4)
    assert wealth(70, 30, 1 - high) == pytest.approx(40, rel=1e-4)


@given(st.lists(st.integers(0, 400), min_size=5, max_size=5))
def test_it_holds_the_mean_that_was_seen_and_stays_on_the_scale(cells: list[int]) -> None:
    seen = from_cells(RATING, cells)
    low, high = confidence_sequence(RATING, seen, alpha=0.05)
    mean = seen.mean()

    assert 1.0 <= low <= high <= 5.0
    assert mean is None or low - 1e-9 <= mean <= high + 1e-9


@pytest.mark.parametrize("times", [10, 100, 1_000, 10_000])
def test_more_of_the_same_is_narrower_and_near_what_one_look_would_give(times: int) -> None:
    low, high = confidence_sequence(BINARY, from_cells(BINARY, [7 * times, 3 * times]), alpha=0.05)
    fewer = confidence_sequence(BINARY, from_cells(BINARY, [7 * times // 10, 3 * times // 10]), alpha=0.05)
    one_look = wilson(3 * times, 10 * times)

    assert high - low < (fewer[1] - fewer[0]) / 2
    assert one_look[1] - one_look[0] < high - low < 2.3 * (one_look[1] - one_look[0])


def test_decimals_that_vary_little_are_told_better_than_their_mean_alone_would() -> None:
    rewards = np.random.default_rng(3).normal(0.6, 0.03, size=400)
    low, high = confidence_sequence(DECIMAL, seen_in(DECIMAL, rewards), alpha=0.05)
    as_ends = confidence_sequence(BINARY, from_cells(BINARY, [160, 240]), alpha=0.05)

    assert high - low < (as_ends[1] - as_ends[0]) / 4


def test_less_risk_is_a_wider_interval() -> None:
    seen = from_cells(BINARY, [60, 40])
    wide, narrow = (confidence_sequence(BINARY, seen, alpha=alpha) for alpha in (0.01, 0.1))

    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_without_feedback_every_mean_is_possible() -> None:
    """W3: no feedback is not a score of 0."""
    assert confidence_sequence(RATING, empty(RATING), alpha=0.05) == (1.0, 5.0)


def test_the_bets_reach_from_a_few_feedback_to_a_million() -> None:
    million = from_cells(BINARY, [500_000, 500_000])
    low, high = confidence_sequence(BINARY, million, alpha=0.05)

    assert high - low < 4 * math.sqrt(2 * math.log(40) * 0.25 / 1_000_000)
