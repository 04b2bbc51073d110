"""Opinions on one answer become one, and the report's sentence says what its numbers say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.opinions import LEAST, Said, following, judged

SAID = Said("opinion", "call", "rating", 3.0, 0.5, None, 80.0, {"clarity": 60.0})


def test_several_opinions_on_one_answer_are_one_of_their_mean() -> None:
    found = judged([SAID, replace(SAID, kind="thumb", value=1.0, reward=1.0)])

    assert [(each.reward, each.total, each.points) for each in found] == [(0.75, 80.0, {"clarity": 60.0})]


def test_several_scores_under_one_opinion_are_one_of_their_mean() -> None:
    (found,) = judged([SAID, replace(SAID, total=40.0, points={"clarity": 20.0, "tone": 10.0})])

    assert (found.total, found.points) == (60.0, {"clarity": 40.0, "tone": 10.0})


@pytest.mark.parametrize(
    ("votes", "approved"), [([1, 1, 0], True), ([1, 0, 0], False), ([1, 0], None), ([], None), ([0], False)]
)
def test_most_thumbs_and_approvals_decide(votes: list[int], approved: bool | None) -> None:
    kinds = ("thumb", "approved", "thumb")
    said = [replace(SAID, kind=kind, value=float(vote)) for vote, kind in zip(votes, kinds, strict=False)]

    assert judged([SAID, *said])[0].approved is approved


def test_an_edit_counts_only_where_the_text_was_approved() -> None:
    kept = replace(SAID, kind="approved", value=1.0, edited=1.0, reward=0.0)
    refused = replace(kept, about="other", value=0.0)

    one, other = judged([kept, refused])

    assert (one.approved, one.edited) == (True, 1.0)
    assert (other.approved, other.edited) == (False, None)


@given(st.integers(0, 60), st.sampled_from([1.0, -1.0, 0.0]))
def test_the_verdict_follows_the_order(answers: int, sign: float) -> None:
    said = [
        replace(SAID, about=str(place), total=float(place), reward=0.5 + sign * (place - 30) / 60)
        for place in range(answers)
    ]

    found = following(judged(said))

    expected = {1.0: "follows", -1.0: "contradicts", 0.0: "not-shown"}[sign]
    assert found.verdict == ("too-few" if answers < LEAST else expected)
    assert str(answers) in found.told
    assert ("follows people's" in found.told) == (found.verdict == "follows")


def test_a_dimension_is_held_against_the_answers_that_have_it() -> None:
    said = [replace(SAID, about=str(place), reward=place / 10, points={"tone": float(place)}) for place in range(9)]

    found = following(judged([*said, replace(SAID, about="none", points={})]))

    assert (found.dimensions["tone"].n, found.dimensions["tone"].value) == (9, 1)
