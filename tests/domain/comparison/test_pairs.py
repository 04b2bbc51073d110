"""A pair is decided by failures, then people, then the judge in both orders, then scores."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.comparison import Answer, Judgement
from app.domain.comparison.pairs import Pair, pairs_of
from tests.domain.comparison.answers import answer, answers_of, judged

CELL = st.sampled_from([None, 0.0, 0.5, 1.0, "failed", "open"])
LINES = st.integers(2, 4).flatmap(
    lambda candidates: st.lists(st.lists(CELL, min_size=candidates, max_size=candidates), min_size=1, max_size=6)
)


def outcomes(answers: list[Answer], judgements: list[Judgement], candidates: int = 2) -> list[tuple[str, str]]:
    return [(pair.outcome, pair.basis) for pair in pairs_of(answers, judgements, candidates=candidates)]


@pytest.mark.parametrize(
    ("judgements", "outcome"),
    [
        ([], ("first", "scores")),
        ([judged(0, 1, 0, "second"), judged(1, 0, 0, "first")], ("second", "judge")),
        ([judged(0, 1, 0, "first"), judged(1, 0, 0, "first")], ("tie", "judge")),
        ([judged(0, 1, 0, "tie"), judged(1, 0, 0, "first")], ("tie", "judge")),
        ([judged(0, 1, 0, "tie"), judged(1, 0, 0, "tie")], ("tie", "judge")),
        ([judged(0, 1, 0, "second")], ("first", "scores")),
        ([judged(0, 1, 0, "second"), judged(1, 0, 0, None)], ("first", "scores")),
        ([judged(1, 0, 0, "first", rater="a")], ("second", "votes")),
        ([judged(1, 0, 0, "first", rater="a"), judged(0, 1, 0, "first", rater="b")], ("tie", "votes")),
        (
            [judged(0, 1, 0, "first"), judged(1, 0, 0, "second"), judged(0, 1, 0, "second", rater="a")],
            ("second", "votes"),
        ),
        ([judged(1, 0, 7, "first", rater="a"), judged(1, 0, 0, "first", rater="a", repeat=3)], ("first", "scores")),
    ],
)
def test_people_go_before_the_judge_and_the_judge_before_scores(
    judgements: list[Judgement], outcome: tuple[str, str]
) -> None:
    assert outcomes([answer(0, 0, 1.0), answer(1, 0, 0.5)], judgements) == [outcome]


def test_an_answer_that_failed_loses_whatever_was_said() -> None:
    failed, fine = answer(0, 0, 0.0, error="provider-timeout"), answer(1, 0, 0.0)

    assert outcomes([failed, fine], [judged(0, 1, 0, "first", rater="a")]) == [("second", "failure")]
    assert outcomes([failed, answer(1, 0, error="provider-timeout")], []) == [("tie", "failure")]


def test_nothing_known_is_no_pair() -> None:
    assert outcomes([answer(0, 0), answer(1, 0)], []) == []
    assert outcomes([answer(0, 0, 1.0), answer(1, 0, 1.0, done=False)], []) == []
    assert outcomes([], []) == []


@given(LINES)
def test_pairs_are_those_of_a_loop_and_are_counted_once(lines: list[list[float | str | None]]) -> None:
    cells = {(who, number): cell for number, line in enumerate(lines) for who, cell in enumerate(line)}
    answers = [
        answer(who, number, error="e", score=0.0)
        if cell == "failed"
        else answer(who, number, cell, done=cell != "open")
        for (who, number), cell in cells.items()
    ]
    expected = set()
    for (who, number), cell in cells.items():
        for rival in range(who + 1, len(lines[0])):
            sign = _by_hand(cell, cells[rival, number])
            if sign is not None:
                expected.add((who, rival, number, sign))

    found = pairs_of(answers, [], candidates=len(lines[0]))

    assert {(pair.first, pair.second, pair.input, pair.outcome) for pair in found} == expected
    assert len(found) == len(expected)
    assert found.wins().sum() + found.ties().sum() // 2 == len(found)
    for who in range(found.candidates):
        assert found.wins()[who].sum() == sum(
            (pair.first, pair.outcome) == (who, "first") or (pair.second, pair.outcome) == (who, "second")
            for pair in found
        )


def _by_hand(one: float | str | None, other: float | str | None) -> str | None:
    if "open" in (one, other):
        return None
    if "failed" in (one, other):
        return "tie" if one == other else "second" if one == "failed" else "first"
    if not isinstance(one, float) or not isinstance(other, float):
        return None
    return "tie" if one == other else "first" if one > other else "second"


def test_a_pair_says_where_it_comes_from() -> None:
    assert list(pairs_of([answer(0, 4, 0.0, repeat=2), answer(1, 4, 1.0, repeat=2)], [], candidates=2)) == [
        Pair(0, 1, 4, 2, "second", "scores")
    ]


def test_a_hundred_thousand_answers_are_paired_at_once() -> None:
    answers = answers_of(np.arange(100_000).reshape(10, 10_000) * 7919 % 11 / 10)
    begun = time.process_time()

    found = pairs_of(answers, [], candidates=10)

    assert time.process_time() - begun < 2
    assert len(found) == 450_000
