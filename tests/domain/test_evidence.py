"""Evidence adds up exactly, in any order, and can be taken back."""

import random
from functools import reduce
from statistics import mean
from statistics import variance as sample_variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.evidence import Evidence, Scale, combined, empty, from_cells, single, support, variance

RATING, BINARY, DECIMAL = Scale("rating"), Scale("binary"), Scale("decimal")
REWARDS = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def total(scale: Scale, rewards: list[float]) -> Evidence:
    return reduce(Evidence.plus, (single(scale, reward) for reward in rewards), empty(scale))


@given(REWARDS, st.integers())
def test_the_order_of_rewards_changes_nothing(rewards: list[float], seed: int) -> None:
    shuffled = random.Random(seed).sample(rewards, len(rewards))

    assert total(RATING, shuffled) == total(RATING, rewards)


@given(REWARDS, st.floats(0, 1))
def test_a_reward_can_be_taken_back(rewards: list[float], extra: float) -> None:
    known = total(DECIMAL, rewards)

    assert known.plus(single(DECIMAL, extra)).minus(single(DECIMAL, extra)) == known


def test_a_rating_falls_into_the_cell_of_its_level() -> None:
    assert [single(RATING, level).cells.index(1) for level in RATING.levels] == [0, 1, 2, 3, 4]
    assert single(RATING, 0.7) == Evidence(0, 1, 700_000, 490_000, (0, 0, 0, 1, 0))


def test_levels_follow_the_score_range() -> None:
    assert Scale("rating", 1, 5).levels == (1, 2, 3, 4, 5)
    assert BINARY.levels == (0, 1)
    assert DECIMAL.levels == (0, 1)


@pytest.mark.parametrize("reward", [-0.01, 1.01, float("nan")])
def test_a_reward_outside_the_range_is_refused(reward: float) -> None:
    with pytest.raises(Invalid) as caught:
        single(RATING, reward)

    assert caught.value.field == "reward"


def test_a_histogram_is_the_sum_of_its_rewards() -> None:
    assert from_cells(RATING, [1, 0, 2, 0, 1], sessions=9) == Evidence(9, 4, 2_000_000, 1_500_000, (1, 0, 2, 0, 1))


def test_the_mean_is_none_without_feedback() -> None:
    assert empty(BINARY).mean() is None
    assert from_cells(BINARY, [1, 3]).mean() == 0.75


def test_the_variance_counts_eight_pseudo_feedback_over_the_levels() -> None:
    rewards = [1.0] * 12

    assert variance(BINARY, total(BINARY, rewards)) == pytest.approx(sample_variance([*rewards, *[0.0, 1.0] * 4]))
    assert variance(DECIMAL, empty(DECIMAL)) == pytest.approx(1 / 12 * 8 / 7)


@given(REWARDS, st.sampled_from([RATING, BINARY, DECIMAL]))
def test_the_support_keeps_count_and_mean(rewards: list[float], scale: Scale) -> None:
    levels, counts = support(scale, total(scale, rewards))

    assert sum(counts) == pytest.approx(len(rewards))
    average = sum(n * level for n, level in zip(counts, levels, strict=True)) / len(rewards)
    assert average == pytest.approx(mean(rewards), abs=1e-6)


def test_exact_levels_keep_their_histogram() -> None:
    assert support(RATING, total(RATING, [0.25, 0.25, 1.0])) == (RATING.levels, (0, 2, 0, 0, 1))


@given(st.lists(st.floats(0, 1), max_size=10))
def test_combining_is_adding_one_by_one(rewards: list[float]) -> None:
    assert combined(RATING, [single(RATING, reward) for reward in rewards]) == total(RATING, rewards)
