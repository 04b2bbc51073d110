"""A picture is what there is to draw of a flow: a box for each step, and lines from what comes before to what follows.

Between the inputs, at the top, and the answer, at the bottom, each step stands in the row after the lowest of those
that it waits for. A fallback stands beside the step that it backs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.flow import Step
from app.domain.picture.words import marks_of, models_of
from app.domain.walking.graph import befores, fallbacks, waves
from app.domain.walking.standing import StepState

INPUTS: Final = "inputs"
ANSWER: Final = "answer"


@dataclass(frozen=True, slots=True)
class Sight:
    """How a step stands in a run. `cost` in nano-dollars, None where it is unknown or nothing was asked."""

    state: StepState
    latency_ms: int | None = None
    cost: int | None = None
    tries: int = 1
    rounds: int = 1
    items: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A step as it is drawn. `backs`: the step whose fallback it is. `row` counts from 1; 0 holds the inputs."""

    code: str
    models: str
    when: str | None
    marks: tuple[str, ...]
    own: bool
    backs: str | None
    row: int
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """From a step, or the inputs, to a step, or the answer; None stands for these two ends."""

    source: str | None
    goal: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """All of a flow, or of one of its runs when its boxes have sights."""

    title: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    @property
    def last_row(self) -> int:
        """The row of the answer."""
        return 1 + max((box.row for box in self.boxes), default=0)

    def beside(self, code: str) -> Box | None:
        """The fallback of the step, which stands beside it."""
        return next((box for box in self.boxes if box.backs == code), None)


def picture_of(title: str, steps: Sequence[Step], *, sights: Mapping[str, Sight] | None = None) -> Picture:
    """The picture of a flow's steps; with `sights` by step code, of a run of them."""
    backed, before = fallbacks(steps), befores(steps)
    rows = {code: row for row, wave in enumerate(waves(steps), 1) for code in wave}
    boxes = tuple(
        Box(
            code=step.code,
            models=models_of(step.choice),
            when=step.when,
            marks=marks_of(step),
            own=step.own,
            backs=backed.get(step.code),
            row=rows[backed.get(step.code, step.code)],
            sight=None if sights is None else sights.get(step.code, Sight("waiting")),
        )
        for step in steps
    )
    return Picture(title, boxes, _lines(before))


def _lines(before: Mapping[str, Sequence[str]]) -> tuple[Line, ...]:
    followed = {name for names in before.values() for name in names}
    into = [Line(name, code) for code, names in before.items() for name in names or (None,)]
    return (*into, *(Line(code, None) for code in before if code not in followed))
