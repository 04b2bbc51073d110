"""The report says whether scores follow what people say of the same answers, contradict it, or nothing can be told."""

from collections.abc import Iterator

import pytest

from app.domain.quality.opinions import LEAST
from app.services import feedback, scoring_report
from app.services.feedback import Given
from app.services.generate import Finished
from app.services.scoring_report import calibration
from app.services.world import World
from tests.services.made import CODE, make_use_case
from tests.services.scored import ANSWERS, rate, run, scores_of, scoring_world
from tests.worlds import Clock

RUNS = 60


@pytest.fixture
def scored(world: World) -> Iterator[World]:
    with scoring_world(world) as made:
        make_use_case(made)
        yield made


def test_opinions_in_the_order_of_the_score_are_followed(scored: World) -> None:
    for each, total in _answered(scored, RUNS):
        rate(scored, each, total / 100)

    found = calibration(scored, CODE).following

    assert found.verdict == "follows"
    assert (found.agreement.n, found.ordering.value, found.agreement.spearman.value) == (RUNS, 1, 1)
    assert found.agreement.error == pytest.approx(0, abs=1e-9)
    assert found.told.endswith("it follows people's opinions.")


def test_opinions_against_the_score_are_contradicted(scored: World) -> None:
    for each, total in _answered(scored, RUNS):
        rate(scored, each, 1 - total / 100)

    found = calibration(scored, CODE).following

    assert (found.verdict, found.ordering.value) == ("contradicts", 0)
    assert found.agreement.kendall.value == -1


def test_opinions_that_have_nothing_to_do_with_the_score_are_not_followed(scored: World) -> None:
    for place, (each, _) in enumerate(_answered(scored, RUNS)):
        rate(scored, each, (place // len(ANSWERS)) % 3 / 2)

    found = calibration(scored, CODE).following

    assert found.verdict == "not-shown"
    assert found.ordering.value == pytest.approx(0.5, abs=0.05)


def test_each_dimension_has_its_own_correlation(scored: World) -> None:
    for place, (each, _) in enumerate(_answered(scored, RUNS)):
        rate(scored, each, 0.0 if place % len(ANSWERS) == 1 else 1.0)

    found = calibration(scored, CODE).following.dimensions

    assert found["completeness"].value == pytest.approx(1)
    assert found["clarity"].value is None


def test_few_opinions_say_nothing(scored: World) -> None:
    for each, total in _answered(scored, LEAST - 1):
        rate(scored, each, total / 100)

    found = calibration(scored, CODE).following

    assert found.verdict == "too-few"
    assert str(LEAST) in found.told


def test_without_any_opinion_there_is_a_report_all_the_same(scored: World) -> None:
    found = calibration(scored, CODE)

    assert (found.rubric, found.following.verdict, found.following.agreement.n) == ("generic", "too-few", 0)


def test_ratings_thumbs_and_edits_are_opinions_and_what_is_no_opinion_is_left_out(scored: World) -> None:
    for place, (each, _) in enumerate(_answered(scored, 4)):
        call_id = each.by.id
        feedback.give(scored, Given(kind="rating", value=5 - place, call_id=call_id, rater="anna"))
        feedback.give(scored, Given(kind="thumb", value=float(place < 2), call_id=call_id, rater="ben"))
        feedback.give(scored, Given(kind="comment", comment="Well.", call_id=call_id))
        feedback.give(scored, Given(kind="conversion", value=float(place > 2), call_id=call_id))
        if place < 3:
            edited = Given(kind="approved", value=1, edit_distance=place / 4, call_id=call_id, rater="editor")
            feedback.give(scored, edited)

    found = calibration(scored, CODE).following

    assert found.agreement.n == 4
    assert found.ordering.value == 1
    assert (found.separation.approved, found.separation.refused, found.separation.value) == (2, 1, 1)
    assert (found.kept.n, found.kept.value) == (3, 1)


def test_an_opinion_on_a_session_is_held_against_all_its_answers(scored: World) -> None:
    finished = [each for each, _ in _answered(scored, 4)]
    for place, each in enumerate(finished):
        asked = Given(kind="rating", value=5 - place, use_case=CODE, correlation_id=each.session.correlation_id)
        feedback.give(scored, asked)

    found = calibration(scored, CODE).following

    assert (found.agreement.n, found.ordering.value) == (4, 1)


def test_opinions_from_before_the_days_asked_for_do_not_count(scored: World, clock: Clock) -> None:
    for each, total in _answered(scored, 4):
        rate(scored, each, total / 100)
    clock.forward(days=10)

    assert calibration(scored, CODE, days=9).following.agreement.n == 0
    assert calibration(scored, CODE, days=11).following.agreement.n == 4


def test_another_use_case_and_another_rubric_have_opinions_of_their_own(scored: World) -> None:
    make_use_case(scored, "other")
    for each, total in _answered(scored, 4):
        rate(scored, each, total / 100)

    assert calibration(scored, "other").following.agreement.n == 0
    assert calibration(scored, CODE, rubric="conversation").following.agreement.n == 0


def test_no_more_answers_are_reckoned_with_than_can_be(scored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_report, "MOST_PAIRED", 3)
    for each, total in _answered(scored, 4):
        rate(scored, each, total / 100)

    assert calibration(scored, CODE).following.agreement.n == 3


def _answered(world: World, runs: int) -> list[tuple[Finished, float]]:
    """So many runs, answered by each answer in turn, with the totals of their scores."""
    finished = [run(world, number, answer=number % len(ANSWERS)) for number in range(runs)]
    return [(each, score.total) for each, score in zip(finished, scores_of(world, *finished), strict=True)]
