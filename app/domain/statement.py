"""What a provider says was used and paid for, beside what was booked here, per model and UTC day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

Status = Literal["match", "differs", "missing-here", "missing-there"]
Place = tuple[date, str]

EVERY: Final = "*"  # the name on a line that stands for all models of its day
COMPARED: Final = ("cost", "input_tokens", "output_tokens", "requests")


@dataclass(frozen=True, slots=True)
class Told:
    """One row of an export: `name` as the provider writes the model, `cost` in USD; None = the export does not say.

    `input_tokens` are all tokens read, cached ones too; `output_tokens` all written, reasoning too.
    """

    day: date
    name: str
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of one model on one day; `cost` in nano-dollars; None is unknown and never 0."""

    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """All rows of one day and one name; `model` the slug that the name stands for here, None if none does."""

    day: date
    name: str
    model: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Statement:
    """An export as it was read; `size` counts its lines, the last day is one of its days."""

    id: str
    provider: str
    format: str
    first_day: date
    last_day: date
    size: int
    created_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What was sent from here; calls that were only reported, or answered by the cache, are counted apart."""

    figures: Figures
    reported: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart is still a match: a share of theirs, and for costs never less than the rounding of an export."""

    percent: float = 1.0
    cost: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One model on one day, both sides; `model` is the slug, or the provider's name where no slug is known."""

    day: date
    model: str
    names: tuple[str, ...]
    theirs: Figures | None
    ours: Booked | None
    status: Status

    def of(self, name: str) -> int | None:
        """Ours minus theirs; a side that is missing whole counts as 0, a figure that one side does not know as None."""
        theirs = 0 if self.theirs is None else getattr(self.theirs, name)
        ours = 0 if self.ours is None else getattr(self.ours.figures, name)
        return None if theirs is None or ours is None else int(ours - theirs)

    def percent(self, name: str) -> float | None:
        """The difference as a share of theirs; None when theirs is 0 or unknown."""
        theirs = None if self.theirs is None else getattr(self.theirs, name)
        gap = self.of(name)
        return None if not theirs or gap is None else round(100 * gap / theirs, 4)


def compare(theirs: Iterable[StatementLine], ours: Mapping[Place, Booked], *, tolerance: Tolerance) -> list[Difference]:
    """Both sides of every model and day that either side knows, by day and model.

    A line for every model of its day stands beside the sum of that day.
    """
    lines: dict[Place, list[StatementLine]] = defaultdict(list)
    for line in theirs:
        lines[line.day, line.model or line.name].append(line)
    whole_days = {day for day, name in lines if name == EVERY}
    booked = dict(ours)
    for day in whole_days:
        of_day = [each for (when, _), each in ours.items() if when == day]
        booked = {place: each for place, each in booked.items() if place[0] != day or place in lines}
        if of_day:
            booked[day, EVERY] = _sum(of_day)
    found = []
    for place in sorted({*lines, *booked}):
        told = lines.get(place, [])
        figures = _told(told) if told else None
        names = tuple(line.name for line in told)
        here = booked.get(place)
        status = _status(figures, None if here is None else here.figures, tolerance)
        found.append(Difference(*place, names, figures, here, status))
    return found


def _status(theirs: Figures | None, ours: Figures | None, tolerance: Tolerance) -> Status:
    if theirs is None:
        nothing = Figures(0, 0, 0, 0)  # all of it was answered by the cache or made elsewhere: none is billed
        return "match" if ours == nothing else "missing-there"
    if ours is None:
        return "missing-here"
    near = [
        _near(told, booked, tolerance, name=name)
        for name in COMPARED
        if (told := getattr(theirs, name)) is not None and (booked := getattr(ours, name)) is not None
    ]
    return "match" if near and all(near) else "differs"


def _near(theirs: int, ours: int, tolerance: Tolerance, *, name: str) -> bool:
    floor = tolerance.cost if name == "cost" else 0
    return abs(ours - theirs) <= max(floor, abs(theirs) * tolerance.percent / 100)


def _told(lines: list[StatementLine]) -> Figures:
    """The sum of what is told; a figure that no line tells stays unknown."""
    sums: dict[str, int | None] = {}
    for name in COMPARED:
        known = [value for line in lines if (value := getattr(line.figures, name)) is not None]
        sums[name] = sum(known) if known else None
    return Figures(**sums)


def _sum(booked: list[Booked]) -> Booked:
    """The sum of what was booked; unknown as soon as one part is."""
    sums: dict[str, int | None] = {}
    for name in COMPARED:
        values = [getattr(each.figures, name) for each in booked]
        sums[name] = None if None in values else sum(values)
    return Booked(Figures(**sums), sum(each.reported for each in booked), sum(each.cached for each in booked))
