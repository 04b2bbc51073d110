"""Three levels part the scores, and each estimator reaches all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.difficulty import learned
from app.domain.errors import Invalid
from app.domain.routing.level import LEARNED, USUAL, Levels

ORDER = ("easy", "medium", "hard")


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_is_never_of_a_lower_level(one: float, other: float) -> None:
    low, high = sorted((one, other))

    for levels in (USUAL, LEARNED):
        assert ORDER.index(levels.of(low)) <= ORDER.index(levels.of(high))


def test_a_level_begins_at_its_score() -> None:
    levels = Levels(0.3, 0.6)

    assert [levels.of(score) for score in (0.0, 0.2999, 0.3, 0.5999, 0.6, 1.0)] == [
        each for each in ORDER for _ in range(2)
    ]


@pytest.mark.parametrize(("medium", "hard"), [(0.0, 0.5), (0.5, 0.5), (0.6, 0.5), (0.5, 1.0), (float("nan"), 0.5)])
def test_levels_that_part_nothing_are_refused(medium: float, hard: float) -> None:
    with pytest.raises(Invalid) as refused:
        Levels(medium, hard)

    assert refused.value.field == "hard_from"


def test_what_ships_knows_easy_medium_and_hard_prompts() -> None:
    email = "Dear team, the meeting moved to noon because the room is taken, and half of us cannot come. "
    puzzle = "Explain step by step why the halting problem is undecidable, and compare it with Gödel's theorem."

    found = [learned(prompt).level for prompt in ("What is the capital of France?", puzzle, f"Answer: {email * 20}")]

    assert found == list(ORDER)
