"""Every kind of opinion is reduced to a reward from 0 to 1, or to none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.feedback import KINDS, MAX_TEXT, WITHOUT_REWARD, check_texts, reward


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [("rating", value, (value - 1) / 4) for value in (1, 2, 3, 4, 5)]
    + [(kind, value, float(value)) for kind in ("thumb", "conversion", "approved") for value in (0, 1)]
    + [("score", 0.25, 0.25), ("comment", None, None), ("reference_link", None, None)],
)
def test_the_reward_of_each_kind(kind: str, value: float | None, expected: float | None) -> None:
    assert reward(kind, value) == expected


@given(st.sampled_from(KINDS), st.none() | st.floats(), st.none() | st.floats(0, 1))
def test_a_reward_lies_between_zero_and_one_or_the_value_is_refused(
    kind: str, value: float | None, distance: float | None
) -> None:
    try:
        given_reward = reward(kind, value, edit_distance=distance)
    except Invalid:
        return
    assert (given_reward is None) == (kind in WITHOUT_REWARD or kind == "number")
    assert given_reward is None or 0 <= given_reward <= 1


@pytest.mark.parametrize(("value", "expected"), [(1, 0.7), (0, 0.0)])
def test_an_edit_lessens_an_approval_and_no_refusal(value: float, expected: float) -> None:
    assert reward("approved", value, edit_distance=0.3) == pytest.approx(expected)


@pytest.mark.parametrize("value", [0, 5.5, float("nan"), float("inf"), None])
def test_a_rating_outside_its_range_is_refused(value: float | None) -> None:
    with pytest.raises(Invalid):
        reward("rating", value)


def test_a_kind_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(Invalid, match="conversion") as refused:
        reward("stars", 1)

    assert refused.value.field == "kind"


def test_a_comment_carries_no_value() -> None:
    with pytest.raises(Invalid, match="no value"):
        reward("comment", 1)


@pytest.mark.parametrize(
    ("kind", "comment", "link", "field"),
    [
        ("comment", None, "https://example.org", "comment"),
        ("comment", " \n", None, "comment"),
        ("thumb", "x" * (MAX_TEXT + 1), None, "comment"),
        ("reference_link", "see there", None, "reference_link"),
        ("thumb", None, "https://example.org/" + "x" * MAX_TEXT, "reference_link"),
        *(
            ("thumb", None, link, "reference_link")
            for link in (
                "javascript:alert(1)",
                " javascript:alert(1)",
                "data:text/html,x",
                "example.org",
                "https://",
                "",
            )
        ),
    ],
)
def test_a_text_that_is_missing_too_long_or_no_link_is_named(
    kind: str, comment: str | None, link: str | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_texts(kind, comment, link)

    assert refused.value.field == field


@pytest.mark.parametrize("link", ["https://example.org/a?b=c#d", "http://localhost:8000", "HTTPS://EXAMPLE.ORG"])
def test_links_to_the_web_and_texts_as_long_as_allowed_pass(link: str) -> None:
    check_texts("reference_link", "x" * MAX_TEXT, link)
    check_texts("thumb", None, None)
