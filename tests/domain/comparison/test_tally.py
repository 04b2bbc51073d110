"""Sums of comparisons tell of models what all their answers together would tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.comparison import Candidate
from app.domain.comparison.estimate import mean_of_scores
from app.domain.comparison.pairs import pairs_in
from app.domain.comparison.ranking import Met
from app.domain.comparison.sheet import sheet_of
from app.domain.comparison.tally import Tally, meetings_in, record_of, tallies_in
from tests.domain.comparison.answers import answer, answers_of

SCORES = st.lists(st.one_of(st.sampled_from((0.0, 1.0)), st.floats(0, 1)), min_size=1, max_size=30)


@given(SCORES, SCORES)
def test_the_mean_of_several_comparisons_is_that_of_all_their_inputs(first: list[float], second: list[float]) -> None:
    found = []
    for scores in (first, second):
        sheet = sheet_of(answers_of([scores, scores]), candidates=2)
        found.extend(tallies_in(sheet, pairs_in(sheet, ()), ["m", None]))
    one, other = found
    both = Tally("m", 2, 0, one.scored + other.scored, one.score + other.score, one.squares + other.squares)

    told, wanted = record_of(both, ()).quality, mean_of_scores(np.array([*first, *second]))

    assert told is not None
    assert wanted is not None
    assert told.value == pytest.approx(wanted.value)
    if np.ptp([*first, *second]) == 0 or np.ptp([*first, *second]) > 1e-3:  # between them sums cannot tell
        assert told.low == pytest.approx(wanted.low, abs=1e-5)
        assert told.high == pytest.approx(wanted.high, abs=1e-5)


def test_an_input_counts_once_for_a_model_that_is_two_candidates() -> None:
    sheet = sheet_of(answers_of([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]), candidates=3)

    a, b = tallies_in(sheet, pairs_in(sheet, ()), ["a", "a", "b"])

    assert (a.inputs, a.scored, a.score, a.squares) == (2, 2, 0.5, 0.25)
    assert (b.inputs, b.score) == (2, 2.0)


def test_flows_of_several_models_are_no_model() -> None:
    sheet = sheet_of(answers_of([[1.0], [0.0]]), candidates=2)

    assert [each.model for each in tallies_in(sheet, pairs_in(sheet, ()), [None, "b"])] == ["b"]


def test_one_unknown_price_makes_the_cost_of_the_whole_comparison_unknown() -> None:
    said = [answer(0, 0, 1.0, cost=5), answer(0, 1, 1.0, cost=None), answer(1, 0, 1.0, cost=7)]
    sheet = sheet_of(said, candidates=2)

    a, b = tallies_in(sheet, pairs_in(sheet, ()), ["a", "b"])

    assert (a.priced, a.cost, record_of(a, ()).cost_each) == (0, 0, None)
    assert (b.priced, b.cost, record_of(b, ()).cost_each) == (1, 7, 7.0)


def test_failed_answers_have_no_time() -> None:
    said = [answer(0, 0, latency_ms=100), answer(0, 1, error="timeout", latency_ms=9_000)]
    sheet = sheet_of(said, candidates=2)

    (a,) = tallies_in(sheet, pairs_in(sheet, ()), ["a", None])

    assert (a.timed, a.latency, a.inputs, record_of(a, ()).quality) == (1, 100, 2, None)


def test_whoever_failed_every_time_meets_nobody_and_has_no_sums() -> None:
    failed = [answer(2, number, 0.0, error="provider-refused") for number in range(3)]
    sheet = sheet_of([*answers_of([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]), *failed], candidates=3)
    pairs = pairs_in(sheet, ())

    assert sheet.silent() == (2,)
    assert meetings_in(pairs, [Candidate(x, x) for x in "abc"], silent=sheet.silent()) == (Met("a", "b", 2, 0, 1),)
    assert [each.model for each in tallies_in(sheet, pairs, ["a", "b", "c"])] == ["a", "b"]


def test_meetings_are_told_in_the_order_of_names_whoever_came_first() -> None:
    sheet = sheet_of(answers_of([[1.0, 1.0, 0.5], [0.0, 0.0, 0.5]]), candidates=2)

    found = meetings_in(pairs_in(sheet, ()), (Candidate("x", "z-model"), Candidate("y", "a-model")))

    assert found == (Met("a-model", "z-model", wins=0, losses=2, ties=1),)


def test_repeats_of_an_input_are_one_meeting_that_most_of_them_decide() -> None:
    won = {0: (1.0, 1.0, 0.0), 1: (0.0, 0.0, 0.0), 2: (1.0, 0.0, 0.5)}
    said = [answer(0, number, score, repeat=at) for number, line in won.items() for at, score in enumerate(line)]
    said += [answer(1, number, 0.5, repeat=at) for number in won for at in range(3)]
    pairs = pairs_in(sheet_of(said, candidates=2), ())

    assert len(pairs) == 9
    assert meetings_in(pairs, (Candidate("a", "a"), Candidate("b", "b"))) == (Met("a", "b", wins=1, losses=1, ties=1),)


def test_only_what_was_asked_alike_meets() -> None:
    sheet = sheet_of(answers_of([[1.0]] * 4), candidates=4)
    several = (
        Candidate("1", "a", "f", "f1"),
        Candidate("2", "b", "f", "f1"),
        Candidate("3", "c"),
        Candidate("4", None, "g", "g1"),
    )

    assert meetings_in(pairs_in(sheet, ()), several) == (Met("a", "b", 0, 0, 1),)


def test_ties_are_half_a_win_in_a_record() -> None:
    rate = record_of(Tally("b", 1, 4), [Met("a", "b", 1, 2, 1), Met("a", "c", 9, 9, 9)]).win_rate

    assert rate is not None
    assert rate.value == pytest.approx(2.5 / 4)
