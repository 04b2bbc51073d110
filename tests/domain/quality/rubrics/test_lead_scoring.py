"""What to do with a lead is seen in short orders and under a heading too, and not in rows of keywords."""

import pytest

from app.domain.quality.scoring import score


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("Next step: call Ann on Monday.", 100),
        ("Next steps: call Ann.", 100),
        ("**Next steps:**\n- Ann\n- the offer", 100),
        ("Call Ann on Monday.", 100),
        ("Next steps:", 0),
        ("call contact demo meeting", 0),
        ("The lead is hot.", 0),
    ],
)
def test_a_next_step_is_seen(text: str, points: float) -> None:
    found = {each.name: each.points for each in score(text, None, "lead_scoring").dimensions}

    assert found["next_step"] == points


def test_a_next_step_that_the_prompt_says_is_none() -> None:
    found = score("Next step: call Ann.", "Say: Next step: call Ann.", "lead_scoring")

    assert [each.points for each in found.dimensions if each.name == "next_step"] == [0]
