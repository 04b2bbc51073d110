"""Code without a fence is found, and why it is not complete says where it ends, not what else is wrong with it."""

import pytest

from app.domain.quality.dimension import Dimension
from app.domain.quality.scoring import score


def of(text: str) -> dict[str, Dimension]:
    """The dimensions by name."""
    return {each.name: each for each in score(text, None, "code_generation").dimensions}


@pytest.mark.parametrize(
    "text", ["ls -la | grep foo", "git commit -m 'x'", "SELECT 1", "for f in *; do echo $f; done", "pip install flask"]
)
def test_commands_and_queries_need_no_fence(text: str) -> None:
    found = of(text)

    assert (found["syntax"].points, found["completeness"].points) == (100, 100)


def test_a_command_that_does_not_close_is_told() -> None:
    assert of("echo $(date")["syntax"].points == 0


@pytest.mark.parametrize(
    ("text", "points", "why"),
    [
        ("def f(a):\n    b = = a\n    return b\n", 100, "the code is closed"),
        ("def f(a):\n    return (a\n", 0, "the code breaks off, or is faulty at its end"),
        ("def f(a):\n", 0, "the code breaks off, or is faulty at its end"),
        ("def f(a):\n    return a\n", 100, "the code is closed"),
        ("I would sort the list.", 0, "no code is found"),
    ],
)
def test_faulty_code_may_be_complete(text: str, points: float, why: str) -> None:
    found = of(text)["completeness"]

    assert (found.points, found.why) == (points, why)
