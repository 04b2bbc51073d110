"""A winner is named when it is proven and only then, and the sentence says what is known."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.comparison import Answer, Judgement, Weights
from app.domain.comparison.pairs import pairs_in
from app.domain.comparison.quality import quality_of
from app.domain.comparison.sheet import sheet_of
from app.domain.comparison.utility import utility_of
from app.domain.comparison.winner import Winner, winner_of
from tests.domain.comparison.answers import answer, answers_of, judged

QUALITY = Weights()
ALL = Weights(quality=2.0, cost=1.0, speed=1.0)


def won(
    answers: Sequence[Answer],
    weights: Weights = QUALITY,
    *,
    candidates: int = 2,
    judgements: Sequence[Judgement] = (),
    alpha: float = 0.05,
    seed: str = "s",
) -> Winner:
    names = [f"m{at}" for at in range(candidates)]
    return winner_of(answers, judgements, names=names, weights=weights, alpha=alpha, seed=seed)


def utilities(answers: Sequence[Answer], weights: Weights, candidates: int = 2) -> list[list[float]]:
    sheet = sheet_of(answers, candidates=candidates)
    found: list[list[float]] = utility_of(sheet, quality_of(sheet, pairs_in(sheet, [])), weights).by_input.tolist()
    return found


def test_the_utility_of_an_answer_is_the_weighted_mean_of_its_parts() -> None:
    answers = [
        answer(0, 0, 1.0, cost=100, latency_ms=1000),
        answer(0, 1, 0.5, cost=300, latency_ms=3000),
        answer(1, 0, 0.0, cost=50, latency_ms=100),
        answer(1, 1, 0.0, error="e", cost=9_000, latency_ms=9_000),
    ]

    found = utilities(answers, ALL)

    assert found[0] == pytest.approx([(2 * 1.0 + 0.5 + 0.5) / 4, (2 * 0.5 - 0.5 - 0.5) / 4])
    assert found[1] == pytest.approx([(2 * 0.0 + 0.75 + 0.95) / 4, 0.0])


def test_repeats_are_averaged_before_anything_is_tested() -> None:
    answers = [answer(0, 0, 1.0), answer(0, 0, 0.0, repeat=1), answer(1, 0, 0.5)]

    assert utilities(answers, QUALITY) == [[0.5], [0.5]]


def test_whose_costs_vary_is_no_cheaper_for_it() -> None:
    """The dearest averages exactly 0, whether its costs vary or not, and the other one is ahead."""
    answers = [
        made
        for at in range(20)
        for made in (answer(0, at, 1.0, cost=190 if at % 2 else 10), answer(1, at, 1.0, cost=95))
    ]
    by_cost = Weights(quality=0, cost=1)

    found = won(answers, by_cost)

    assert sum(utilities(answers, by_cost)[0]) == pytest.approx(0.0)
    assert utilities(answers, by_cost)[1] == pytest.approx([0.05] * 20)
    assert found.leader == 1
    assert found.utilities[0] is not None
    assert found.utilities[0].low is not None
    assert found.utilities[0].low < 0


def test_what_costs_nothing_is_as_thrifty_as_can_be() -> None:
    answers = [answer(who, 0, 0.0, cost=0) for who in range(2)]

    assert utilities(answers, Weights(quality=0, cost=1)) == [[1.0], [1.0]]


def test_a_clear_winner_is_named() -> None:
    found = won(answers_of([[0.5, 0.6] * 10, [0.9, 1.0] * 10, [0.4, 0.2] * 10]), candidates=3)

    assert (found.winner, found.leader, found.reason, found.level) == (1, 1, "certified", ())
    assert [rival.candidate for rival in found.rivals] == [0, 2]
    assert found.rivals[0].shift is not None
    assert found.rivals[0].shift.mean == pytest.approx(0.4)
    assert found.sentence.startswith("m1 wins over 20 inputs: 0.400")
    assert "m0, the next" in found.sentence


def test_a_tie_is_told_and_names_who_is_level_with_the_leader() -> None:
    found = won(answers_of([[1, 1, 1, 0] * 5, [1, 1, 0, 1] * 5, [0] * 20, [1, 1, 1, 0] * 5]), candidates=4)

    assert (found.winner, found.leader, found.reason, found.level) == (None, 0, "tie", (1, 3))
    assert "not proven better than m1 and m3" in found.sentence
    assert found.rivals[1].beaten


@pytest.mark.parametrize(("inputs", "winner"), [(5, None), (6, 0)])
def test_fewer_than_six_inputs_never_have_a_winner(inputs: int, winner: int | None) -> None:
    found = won(answers_of([[1.0] * inputs, [0.0] * inputs]))

    assert found.winner == winner
    assert found.leader == 0
    if winner is None:
        assert found.reason == "too-few-inputs"
        assert "5 inputs answered by all are too few" in found.sentence


def test_repeats_do_not_make_few_inputs_many() -> None:
    answers = [answer(who, number, 1.0 - who, repeat=at) for who in (0, 1) for number in range(5) for at in range(20)]

    assert won(answers).reason == "too-few-inputs"


def test_unknown_quality_counts_for_nothing_and_the_sentence_says_so() -> None:
    answers = [answer(who, number, cost=100 * (1 + who)) for who in (0, 1) for number in range(10)]

    found = won(answers, ALL)

    assert (found.winner, found.unknown) == (0, ("quality",))
    assert "Quality is unknown" in found.sentence


def test_an_unknown_price_is_never_a_low_one() -> None:
    answers = [answer(who, number, 0.5, cost=None if who else 100) for who in (0, 1) for number in range(10)]

    found = won(answers, Weights(quality=1, cost=1))

    assert (found.winner, found.unknown) == (None, ("cost",))
    assert "Cost is unknown" in found.sentence


def test_nothing_known_that_has_weight_is_no_contest() -> None:
    found = won(answers_of([[None] * 9, [None] * 9]))

    assert (found.winner, found.leader, found.reason) == (None, None, "nothing-known")
    assert found.sentence.startswith("No winner: nothing is known")


def test_the_judge_decides_where_there_is_no_rule() -> None:
    judgements = [
        shown for number in range(12) for shown in (judged(0, 1, number, "second"), judged(1, 0, number, "first"))
    ]

    assert won(answers_of([[None] * 12, [None] * 12]), judgements=judgements).winner == 1


def test_failed_answers_lose() -> None:
    answers = [answer(0, number, 0.3) for number in range(10)]
    failed = [answer(1, number, 0.0, error="provider-timeout") for number in range(9)]

    assert won([*answers, *failed, answer(1, 9, 0.3)]).winner == 0


def test_whoever_failed_every_time_makes_nobody_a_winner() -> None:
    answers = [answer(0, number, 0.9) for number in range(10)]
    failed = [answer(1, number, 0.0, error="provider-unconfigured") for number in range(10)]

    found = won([*answers, *failed])

    assert (found.winner, found.leader, found.reason, found.rivals) == (None, 0, "no-rival", ())
    assert found.sentence == (
        "No winner: m0 has no rival that answered. m1 failed every time, and so is neither beaten nor ranked."
    )


def test_whoever_failed_every_time_takes_no_victory_from_those_who_answered() -> None:
    lines = [[0.5, 0.6] * 10, [0.9, 1.0] * 10]
    failed = [answer(2, number, 0.0, error="provider-refused") for number in range(20)]

    found = won([*answers_of(lines), *failed], candidates=3)

    assert (found.winner, [rival.candidate for rival in found.rivals]) == (1, [0])
    assert found.sentence.endswith("m2 failed every time, and so is neither beaten nor ranked.")


def test_nobody_leads_where_all_failed_every_time() -> None:
    found = won([answer(who, number, 0.0, error="e") for who in range(2) for number in range(10)])

    assert (found.leader, found.reason) == (None, "nothing-known")
    assert found.sentence.endswith("m0 and m1 failed every time, and so are neither beaten nor ranked.")


@given(st.lists(st.lists(st.floats(0, 1), min_size=8, max_size=8), min_size=2, max_size=4), st.text())
def test_a_winner_beats_each_rival_by_both_tests(scores: list[list[float]], seed: str) -> None:
    found = won(answers_of(scores), candidates=len(scores), seed=seed)

    assert found == won(answers_of(scores), candidates=len(scores), seed=seed)
    assert (found.winner is None) == bool(found.level)
    for rival in found.rivals:
        assert rival.adjusted >= rival.p_value
        if rival.beaten:
            assert rival.adjusted <= 0.05
            assert rival.shift is not None
            assert rival.shift.low > 0


def test_equals_seldom_have_a_winner() -> None:
    rng = np.random.default_rng(11)
    named = sum(
        won(answers_of(rng.random((3, 30)).round(1).tolist()), candidates=3, alpha=0.1, seed=str(at)).winner is not None
        for at in range(150)
    )

    assert named / 150 <= 0.1


def test_a_difference_that_matters_is_mostly_found() -> None:
    rng = np.random.default_rng(12)
    found = 0
    for at in range(50):
        scores = np.stack([rng.random(100) < 0.9, rng.random(100) < 0.6]).astype(float)
        found += won(answers_of(scores.tolist()), seed=str(at)).winner == 0

    assert found >= 45


def test_the_largest_comparison_is_decided_in_time() -> None:
    answers = answers_of((np.arange(100_000).reshape(20, 5_000) * 7919 % 11 / 10).tolist())
    begun = time.process_time()

    won(answers, ALL, candidates=20)

    assert time.process_time() - begun < 10


def test_failures_decide_where_the_judge_sees_no_difference() -> None:
    answers = [answer(who, at, error="e" if who == 0 and at % 2 else None) for who in (0, 1) for at in range(20)]
    judgements = [judged(*shown, at, "tie") for at in range(0, 20, 2) for shown in ((0, 1), (1, 0))]

    assert won(answers, judgements=judgements).winner == 1
