"""The figures of candidates are the plain sums of their answers, and what is unknown stays unknown."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.comparison.estimate import Estimate, mean_of, mean_of_scores, share_of
from app.domain.comparison.figures import figures_of
from tests.domain.comparison.answers import answer, answers_of, judged

SCORES = st.lists(st.floats(0, 1), min_size=2, max_size=30)


@given(SCORES)
def test_the_interval_of_a_mean_is_students(values: list[float]) -> None:
    found = mean_of(np.array(values))

    assert found is not None
    assert found.value == pytest.approx(np.mean(values))
    error = stats.sem(values)
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), error) if error > 0 else (found.value,) * 2
    assert found.low == pytest.approx(max(0.0, low), abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


@given(SCORES)
def test_the_interval_of_scores_holds_their_mean_and_stays_within_zero_and_one(values: list[float]) -> None:
    found = mean_of_scores(np.array(values))

    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


def test_scores_that_are_all_alike_are_no_certainty() -> None:
    found = mean_of_scores(np.ones(5))

    assert found == share_of(5, 5)
    assert found is not None
    assert found.low is not None
    assert found.low < 0.6


def test_a_single_value_has_no_interval_and_none_has_no_mean() -> None:
    assert mean_of(np.array([3.0])) == Estimate(3.0)
    assert mean_of(np.array([])) is None
    assert mean_of_scores(np.array([])) is None
    assert share_of(0, 0) is None


def test_the_figures_of_a_candidate_are_sums_over_its_answers() -> None:
    answers = [
        answer(0, 0, 1.0, cost=10, latency_ms=100, ttft_ms=20),
        answer(0, 1, 0.0, cost=30, latency_ms=300),
        answer(0, 2, 0.0, error="provider-timeout", cost=5, latency_ms=9_000),
        answer(1, 0, 1.0, cost=None),
        answer(1, 1, 1.0),
        answer(1, 2, 1.0, done=False),
    ]

    one, other = figures_of(answers, [], candidates=2)

    assert (one.candidate, one.n, one.failures, one.input_tokens, one.output_tokens) == (0, 3, 1, 30, 15)
    assert one.error_rate == share_of(1, 3)
    assert one.quality == share_of(1, 3)
    assert (one.cost, one.cost_each) == (45, 15.0)
    assert one.latency is not None
    assert (one.latency.mean.value, one.latency.p50) == (200.0, 200.0)
    assert one.ttft is not None
    assert one.ttft.mean == Estimate(20.0)
    assert (one.wins, one.losses, one.ties) == (0, 1, 1)
    assert one.win_rate == share_of(0.5, 2)
    assert (other.n, other.wins, other.losses, other.ties) == (2, 1, 0, 1)
    assert (other.cost, other.cost_each, other.ttft) == (None, None, None)


def test_rates_count_inputs_and_not_their_repeats() -> None:
    answers = [
        answer(who, number, float(who == number % 2), repeat=repeat, error="e" if who == 1 and number == 0 else None)
        for who in range(2)
        for number in range(30)
        for repeat in range(3)
    ]

    one, other = figures_of(answers, [], candidates=2)

    assert (one.n, one.wins, one.losses) == (90, 45, 45)
    assert one.win_rate == share_of(15, 30)
    assert other.error_rate == share_of(1, 30)


def test_repeats_of_one_input_share_its_point() -> None:
    scores = [(1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.5, 0.5)]
    answers = [answer(who, 0, pair[who], repeat=at) for at, pair in enumerate(scores) for who in range(2)]

    assert figures_of(answers, [], candidates=2)[0].win_rate == share_of(2.5 / 4, 1)


def test_repeats_do_not_pass_for_more_inputs() -> None:
    once = [answer(0, number, score) for number, score in enumerate([0.2, 0.4, 0.9, 0.7])]
    often = [answer(0, found.input, found.score, repeat=repeat) for found in once for repeat in range(10)]

    alone, repeated = (figures_of([*found, answer(1, 0, 1.0)], [], candidates=2)[0] for found in (once, often))

    assert alone.quality is not None
    assert repeated.quality is not None
    assert repeated.quality.value == pytest.approx(alone.quality.value)
    assert repeated.quality.low == pytest.approx(alone.quality.low)


def test_without_any_rule_quality_is_unknown() -> None:
    found = figures_of(answers_of([[None, None], [None, None]]), [], candidates=2)

    assert [figures.quality for figures in found] == [None, None]
    assert [figures.win_rate for figures in found] == [None, None]


def test_opinions_are_the_quality_where_there_is_no_rule() -> None:
    answers = [*answers_of([[None] * 3, [None] * 3]), answer(0, 3, error="e"), answer(1, 3)]
    votes = [judged(0, 1, number, "first", rater="a") for number in range(2)]
    ties = [judged(*shown, 2, "tie") for shown in ((0, 1), (1, 0))]

    one, other = figures_of(answers, [*votes, *ties], candidates=2)

    assert one.quality is not None
    assert other.quality is not None
    assert one.quality.value == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert other.quality.value == pytest.approx((0 + 0 + 0.5 + 1) / 4)
    assert (one.wins, one.losses, one.ties) == (2, 1, 1)


def test_failures_weigh_no_more_than_the_few_pairs_that_were_judged() -> None:
    answers = [
        answer(who, number, error="e" if who == 0 and number % 4 == 0 else None)
        for who in (0, 1)
        for number in range(2000)
    ]
    few = [number for number in range(2000) if number % 4 and number % 10 == 1]
    votes = [judged(0, 1, number, "first", rater="a") for number in few]

    one, _ = figures_of(answers, votes, candidates=2)

    assert one.quality is not None
    assert one.quality.value == pytest.approx(0.75, abs=0.06)  # a quarter failed, all others won


def test_two_failed_answers_are_both_worth_nothing() -> None:
    answers = [answer(who, number, error="e" if number else None) for who in (0, 1) for number in (0, 1)]

    one, other = figures_of(answers, [judged(0, 1, 0, "tie", rater="a")], candidates=2)

    assert one.quality is not None
    assert one.quality == other.quality
    assert one.quality.value == 0.25


def test_scores_go_before_opinions() -> None:
    votes = [judged(0, 1, 0, "second", rater="a")]

    one, _ = figures_of(answers_of([[1.0], [0.0]]), votes, candidates=2)

    assert one.quality is not None
    assert one.quality.value == 1.0
    assert one.losses == 1


def test_a_candidate_without_answers_has_no_figures() -> None:
    _, other = figures_of([answer(0, 0, 1.0)], [], candidates=2)

    assert (other.n, other.cost, other.quality, other.latency, other.error_rate) == (0, None, None, None, None)


def test_a_hundred_thousand_answers_are_summed_at_once() -> None:
    answers = answers_of(np.arange(100_000).reshape(10, 10_000) * 7919 % 11 / 10)
    begun = time.process_time()

    found = figures_of(answers, [], candidates=10)

    assert time.process_time() - begun < 2
    assert sum(figures.n for figures in found) == 100_000
