"""A comparison as its page shows it: how far it is, who won, figures in words and on scales, and what was asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.comparison.comparison import Comparison, Input, Status
from app.services import use_cases
from app.services.comparing import told, told_setup
from app.services.comparing.progress import Progress
from app.services.comparing.readout import Group
from app.services.comparing.report import Report, report
from app.services.comparing.told import Dot, Figure, Line
from app.services.comparing.worst import Worst
from app.services.world import World

TONES: Final[dict[Status, str]] = {
    "queued": "off",
    "running": "good",
    "succeeded": "good",
    "failed": "bad",
    "cancelled": "warn",
}
FAILED: Final = {
    "budget-exceeded": "Its budget was spent before all was answered. Give it more and let it go on.",
    "comparison-unbudgeted": "A price is unknown, so that its budget cannot be kept.",
    "internal-error": "Something went wrong inside; the server's log says what.",
}
USE_CASES: Final = 200
PREVIEW: Final = 200
LEAST_S: Final = 2
PER_S: Final = 2_000  # answers that make somebody who watches wait a second longer for figures: all are read for these


@dataclass(frozen=True, slots=True)
class Against:
    """The leader against another candidate, in words."""

    name: str
    inputs: int
    ahead: str
    adjusted: str
    beaten: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """All that the page of one comparison shows."""

    report: Report
    tone: str
    why: str
    question: str
    lines: tuple[Line, ...]
    dots: tuple[Dot, ...]
    rivals: tuple[Against, ...]
    matrix: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[Group, tuple[Figure, ...]], ...]
    setup: list[tuple[str, str]]
    owners: list[str]
    live: bool
    renewed_s: int

    @property
    def it(self) -> Comparison:
        """The comparison."""
        return self.report.known.comparison

    @property
    def far(self) -> Progress:
        """How far it is."""
        return self.report.known.progress

    @property
    def at(self) -> datetime:
        """When all of this was read."""
        return self.report.at

    @property
    def promotable(self) -> bool:
        """Whether there is a use case to try somebody in."""
        return bool(self.owners)

    @property
    def front(self) -> str:
        """Who is dominated by nobody."""
        return told.front(self.report.known)

    @property
    def bases(self) -> str:
        """What pairs rest on."""
        return told.bases(self.report.known)

    @property
    def bias(self) -> str:
        """What the order of answers did to the judge."""
        return told.bias(self.report.known)

    @staticmethod
    def preview(row: Worst) -> str:
        """The beginning of an input."""
        return told.short(told.said(row.input), PREVIEW)


def sight(world: World, comparison: Comparison) -> Sight:
    """The page of a comparison. Raises NotFound."""
    found = report(world, comparison.id)
    known = found.known
    it, places = known.comparison, range(len(known.names))
    return Sight(
        report=found,
        tone=TONES[it.status],
        why=_why(it),
        question=told_setup.question(it, found.use_case),
        lines=told.lines(known),
        dots=told.dots(known),
        rivals=_rivals(found),
        matrix=tuple(tuple(told.met(known, one, other) for other in places) for one in places),
        groups=tuple((group, tuple(told.part(own.quality) for own in group.figures)) for group in known.groups),
        setup=told_setup.setup(it, found.use_case),
        owners=use_case_codes(world),
        live=not known.progress.over,
        renewed_s=LEAST_S + known.progress.answers // PER_S,
    )


def values(given: Input) -> list[tuple[str, str]]:
    """Each value of an input by its name."""
    return told.values(given)


def use_case_codes(world: World) -> list[str]:
    """Use cases to choose from."""
    found, _ = use_cases.page(world, search=None, order="code", cursor=None, limit=USE_CASES)
    return [use_case.code for use_case in found]


def _why(it: Comparison) -> str:
    if it.status == "cancelled":
        return "It was cancelled. What is answered stays, and it can go on from there."
    if it.status != "failed":
        return ""
    return FAILED.get(it.error or "", f"It ended with the error {it.error}.")


def _rivals(found: Report) -> tuple[Against, ...]:
    known = found.known
    return tuple(
        Against(
            known.names[rival.candidate],
            rival.inputs,
            told.ahead(rival),
            f"{rival.adjusted:.3g}",
            rival.beaten,
        )
        for rival in known.winner.rivals
    )
