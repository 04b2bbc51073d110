"""A judge that prefers a place is found out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.comparison.comparison import Judgement, Verdict
from app.domain.comparison.position_bias import FEWEST_PAIRS, position_bias
from app.domain.comparison.unusable import Unusable, unusable_in
from tests.domain.comparison.answers import judged

VERDICT = st.sampled_from(["first", "second", "tie"])


def in_both_orders(verdicts: list[tuple[Verdict, Verdict]]) -> list[Judgement]:
    return [
        judgement
        for number, (one, other) in enumerate(verdicts)
        for judgement in (judged(0, 1, number, one), judged(1, 0, number, other))
    ]


@given(st.lists(st.tuples(VERDICT, VERDICT), min_size=FEWEST_PAIRS, max_size=40))
def test_the_share_counts_pairs_in_which_the_same_place_was_named(verdicts: list[tuple[Verdict, Verdict]]) -> None:
    first, second = verdicts.count(("first", "first")), verdicts.count(("second", "second"))

    found = position_bias(in_both_orders(verdicts))

    assert found is not None
    assert (found.pairs, found.first, found.second) == (len(verdicts), first, second)
    assert found.low <= found.share == (first + second) / len(verdicts) <= found.high
    theirs = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert found.p_value == pytest.approx(theirs)


def test_a_judge_that_always_names_the_first_has_a_place_it_prefers() -> None:
    found = position_bias(in_both_orders([("first", "first")] * 30))

    assert found is not None
    assert found.share == 1.0
    assert found.p_value < 1e-6


def test_too_few_pairs_tell_nothing() -> None:
    assert position_bias(in_both_orders([("first", "first")] * (FEWEST_PAIRS - 1))) is None


def test_pairs_that_nobody_was_asked_about_are_left_out() -> None:
    unasked = [replace(judged(*pair, at, "tie"), error="same-answer") for at in range(30) for pair in ((0, 1), (1, 0))]

    assert position_bias(unasked) is None
    assert unusable_in(unasked) == Unusable(0, 0)


def test_votes_and_pairs_judged_in_one_order_only_are_left_out() -> None:
    votes = [judged(0, 1, number, "first", rater="someone") for number in range(30)]
    halves = [judged(0, 1, number, "first") for number in range(30)]

    assert position_bias([*votes, *halves]) is None
