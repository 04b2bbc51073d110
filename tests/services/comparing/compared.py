"""Comparisons for tests: made with as few words as the behaviour under test needs, and run to their end."""

from collections.abc import Sequence
from typing import Any

from app.domain.call import Call
from app.domain.comparison.comparison import Answer, Comparison, Input, Prompt
from app.domain.flow import Params
from app.services.comparing import comparisons
from app.services.comparing.here import run_here
from app.services.comparing.progress import Progress
from app.services.comparing.wanted import WantedCandidate, WantedComparison
from app.services.world import World
from tests.worlds import calls_of

SMALL, LARGE, UNPRICED = "simulated/small", "simulated/large", "simulated/unpriced"
DOLLAR = 1_000_000_000
MODELS = (WantedCandidate(SMALL), WantedCandidate(LARGE))
SHORT = Prompt(params=Params(max_tokens=4))


def inputs(count: int = 3, **given: Any) -> tuple[Input, ...]:
    """So many different questions."""
    return tuple(Input(number, {"prompt": f"question {number}"}, **given) for number in range(count))


def wanted(**given: Any) -> WantedComparison:
    """Two models, three inputs."""
    return WantedComparison(**{"candidates": MODELS, "inputs": inputs(), "prompt": SHORT, **given})


def make(world: World, **given: Any) -> Comparison:
    """A comparison that waits."""
    return comparisons.create(world, wanted(**given), actor="test")


def run(world: World, made: Comparison, told: list[Progress] | None = None) -> Comparison:
    """The comparison at its end."""
    return run_here(world, made.id, lambda now: (told if told is not None else []).append(now))


def answers(world: World, made: Comparison) -> list[Answer]:
    """All answers that are laid out, in the order in which they are asked."""
    found, following = comparisons.answers(world, made.id, comparisons.AnswerFilter(), order="place", limit=1_000)
    assert following is None
    return found


def calls(world: World, source: str = "comparison") -> list[Call]:
    """What was asked."""
    return calls_of(world, source=source)


def texts(found: Sequence[Answer]) -> list[str | None]:
    """What they say."""
    return [each.text for each in found]
