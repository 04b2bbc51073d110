"""Sums are all that is kept of an arm's values: integers in parts of 1e-9 of the metric's range, squares of 1e-18."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.ab.metric import UNIT, Metric
from app.domain.evidence import UNIT as REWARD_UNIT
from app.domain.evidence import Evidence
from app.domain.statistics.cuped import Paired
from app.domain.statistics.means import Sample


@dataclass(frozen=True, slots=True)
class Before:
    """Of the `n` units with a value of which it is known what they did before: Σx, Σx², Σxy and Σy of just these."""

    n: int = 0
    x: int = 0
    xx: int = 0
    xy: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """One metric of one arm: `n` units have a value, Σ and Σ² of it, and how many lie nearest to 0, ¼, ½, ¾, 1."""

    n: int = 0
    total: int = 0
    squares: int = 0
    cells: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    before: Before = field(default_factory=Before)

    @property
    def sample(self) -> Sample:
        """n, mean and variance of values 0…1. At least one value."""
        spread = self.n * self.squares - self.total * self.total  # whole numbers: nothing cancels
        variance = spread / (self.n * (self.n - 1)) / UNIT**2 if self.n > 1 else 0.0
        return Sample(self.n, self.total / UNIT / self.n, variance)

    @property
    def carriers(self) -> float:
        """How many values carry the mean: of rates the rarer of both answers, 0 where there is only one.

        (Σx)²/Σx², L. Kish's effective number, of x and of 1 − x, whichever is less.
        """
        rest = self.n * UNIT - self.total
        rests = self.n * UNIT * UNIT - 2 * UNIT * self.total + self.squares
        ends = ((self.total, self.squares), (rest, rests))
        return min(whole * whole / squares if squares > 0 else 0.0 for whole, squares in ends)

    def levels(self, metric: Metric) -> tuple[int, ...]:
        """How many values stand at each level of the metric's scale; none for decimals or values between levels."""
        found: tuple[int, ...]
        match metric.scale.kind:
            case "rating":
                found = self.cells
            case "binary":
                found = (self.cells[0] + self.cells[1], sum(self.cells[2:]))
            case _:
                return ()
        steps = len(found) - 1
        whole = sum(count * round(at * UNIT / steps) for at, count in enumerate(found))
        squares = sum(count * square(round(at * UNIT / steps)) for at, count in enumerate(found))
        return found if (whole, squares) == (self.total, self.squares) else ()

    def evidence(self, metric: Metric) -> Evidence:
        """As betting takes it, on the metric's scale 0…1."""
        return Evidence(
            sessions=self.n,
            n=self.n,
            total=_rounded(self.total, UNIT // REWARD_UNIT),
            squares=_rounded(self.squares, UNIT * UNIT // REWARD_UNIT),
            cells=self.levels(metric) or _nearest(self, metric),
        )


@dataclass(frozen=True, slots=True)
class ArmSums:
    """One arm: units that were exposed, and the sums of each metric by name."""

    units: int = 0
    metrics: Mapping[str, Sums] = field(default_factory=dict)

    def of(self, metric: Metric) -> Sums:
        """The sums of this metric. Units without a value count as 0 where the metric has them so."""
        found = self.metrics.get(metric.name, NOTHING)
        if metric.missing == "ignore" or found.n >= self.units:
            return found
        without = metric.value(count=0, total=0) or 0
        lacking = self.units - found.n
        cells = list(found.cells)
        cells[cell(without)] += lacking
        return Sums(
            n=self.units,
            total=found.total + lacking * without,
            squares=found.squares + lacking * square(without),
            cells=(cells[0], cells[1], cells[2], cells[3], cells[4]),
            before=found.before,
        )


NOTHING: Final = Sums()


def square(value: int) -> int:
    """value² in parts of 1e-18: nothing is rounded, since what is small beside the range would be lost."""
    return value * value


def cell(value: int) -> int:
    """The cell of a value 0…1 in parts of 1e-9: nearest to 0, ¼, ½, ¾ or 1."""
    return min(4, (value * 4 + UNIT // 2) // UNIT)


def paired(sums: Sums, *, unknown: float) -> Paired | None:
    """The arm for CUPED; a unit of which nothing is known before is taken to have been as `unknown`, 0…1.

    `unknown` must not depend on the arm: the mean over all arms of what units did before they were assigned. None for
    an arm with fewer than two values.
    """
    if sums.n < 2:
        return None
    known, n = sums.before, sums.n
    lacking = max(0, n - known.n)
    x = known.x / UNIT + lacking * unknown
    xx = known.xx / UNIT**2 + lacking * unknown * unknown
    after = sums.sample
    return Paired(
        pre=Sample(n, x / n, max(0.0, xx - x * x / n) / (n - 1)),
        post=after,
        covariance=(known.xy / UNIT**2 + unknown * (sums.total - known.y) / UNIT - x * after.mean) / (n - 1),
    )


def _rounded(value: int, parts: int) -> int:
    return (value + parts // 2) // parts


def _nearest(sums: Sums, metric: Metric) -> tuple[int, ...]:
    match metric.scale.kind:
        case "rating":
            return sums.cells
        case "binary":
            return (sums.cells[0] + sums.cells[1], sum(sums.cells[2:]))
        case _:
            return ()
