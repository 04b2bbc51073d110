"""A short request asks as well as a long one."""

import pytest

from app.domain.quality.scoring import score


@pytest.mark.parametrize(
    ("asked", "points"),
    [("Please call me.", 100), ("Next step: call me Monday.", 100), ("Are you free?", 100), ("call book please", 0)],
)
def test_a_request_of_few_words_is_seen(asked: str, points: float) -> None:
    text = f"Hi Ann,\n\nHere is the offer.\n{asked}\n\nBest,\nBob"

    found = {each.name: each.points for each in score(text, None, "email_writing").dimensions}

    assert found["call_to_action"] == points
