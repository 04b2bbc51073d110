"""A council seats the best first, and then models that err differently."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.auto import Council
from app.domain.routing.candidate import Candidate
from app.domain.routing.seats import seats
from tests.domain.routing.candidates import BEST, CHEAP, FAST, MID, lists

ORDER = (BEST, replace(BEST, slug="b/second"), MID, CHEAP, FAST)


def test_a_provider_without_a_seat_comes_before_a_better_model_of_one_that_has() -> None:
    assert [each.slug for each in seats(ORDER, Council(size=3))] == ["b/best", "a/mid", "c/fast"]


def test_a_tier_without_a_seat_comes_before_a_better_model_of_one_that_has() -> None:
    assert [each.slug for each in seats(ORDER, Council(size=3, diversity="tier"))] == ["b/best", "a/mid", "a/cheap"]


def test_seats_that_are_left_go_to_the_best_of_the_others() -> None:
    assert [each.slug for each in seats(ORDER, Council(size=4))] == ["b/best", "a/mid", "c/fast", "b/second"]


def test_a_council_is_as_large_as_there_are_models() -> None:
    assert seats((MID,), Council(size=3)) == (MID,)
    assert seats((), Council(size=3)) == ()


@given(lists(), st.integers(2, 8))
def test_whoever_is_seated_stays_seated_when_seats_are_given_anew(candidates: list[Candidate], size: int) -> None:
    council = Council(size=size)
    seated = seats(candidates, council)
    others = [each for each in candidates if each not in seated]

    assert seats([*seated, *others], council) == seated
    assert seated[0] == candidates[0]
