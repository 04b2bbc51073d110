"""Evidence is kept as integers only, so adding rewards in any order, or removing one, gives the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.errors import Invalid

Kind = Literal["rating", "binary", "decimal"]
UNIT: Final = 1_000_000
PSEUDO: Final = 8.0
_CELLS: Final[dict[Kind, int]] = {"rating": 5, "binary": 2, "decimal": 0}


@dataclass(frozen=True, slots=True)
class Scale:
    """What a reward can be: five even levels, two, or any decimal from `low` to `high`."""

    kind: Kind
    low: float = 0.0
    high: float = 1.0

    @property
    def span(self) -> float:
        """R of the formulas: the width of the score range."""
        return self.high - self.low

    @property
    def cells(self) -> int:
        """How many cells a histogram has; 0 for decimals."""
        return _CELLS[self.kind]

    @property
    def levels(self) -> tuple[float, ...]:
        """The possible rewards in rising order; for decimals the two ends."""
        count = max(self.cells, 2)
        return tuple(self.low + self.span * i / (count - 1) for i in range(count))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Running sums of one flow in one epoch; `total` Σ reward and `squares` Σ reward² in 1e-6, `cells` per level.

    `served`: runs, failed runs, slow runs, then sessions by the cells of their cost (app.domain.guards); empty where
    nobody guards them.
    """

    sessions: int
    n: int
    total: int
    squares: int
    cells: tuple[int, ...]
    served: tuple[int, ...] = ()

    def plus(self, other: "Evidence") -> "Evidence":
        """Both together."""
        return Evidence(
            sessions=self.sessions + other.sessions,
            n=self.n + other.n,
            total=self.total + other.total,
            squares=self.squares + other.squares,
            cells=tuple(a + b for a, b in zip(self.cells, other.cells, strict=True)),
            served=_added(self.served, other.served),
        )

    def minus(self, other: "Evidence") -> "Evidence":
        """What is here and not in `other`; figures are negative where `other` holds more."""
        cells, served = (tuple(-count for count in counts) for counts in (other.cells, other.served))
        return self.plus(Evidence(-other.sessions, -other.n, -other.total, -other.squares, cells, served))

    def mean(self) -> float | None:
        """Σ/n, None without feedback."""
        return self.total / UNIT / self.n if self.n else None


def empty(scale: Scale) -> Evidence:
    """No session and no feedback."""
    return Evidence(0, 0, 0, 0, (0,) * scale.cells)


def combined(scale: Scale, parts: Sequence[Evidence]) -> Evidence:
    """All of them together, as `plus` would have it but in one pass."""
    if not parts:
        return empty(scale)
    return Evidence(
        sessions=sum([part.sessions for part in parts]),
        n=sum([part.n for part in parts]),
        total=sum([part.total for part in parts]),
        squares=sum([part.squares for part in parts]),
        cells=tuple(map(sum, zip(*[part.cells for part in parts], strict=True))),
        served=tuple(map(sum, zip(*[part.served for part in parts if part.served], strict=True))),
    )


def _added(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    if not left or not right:
        return left or right
    return tuple(a + b for a, b in zip(left, right, strict=True))


def single(scale: Scale, value: float) -> Evidence:
    """One feedback; a value between two levels counts exactly in the sums and in the nearest cell.

    Raises Invalid outside the range of the scale.
    """
    if not scale.low <= value <= scale.high:
        raise Invalid(f"a reward is a number from {scale.low} to {scale.high}", field="reward")
    cells = [0] * scale.cells
    if cells:
        cells[round((value - scale.low) / scale.span * (scale.cells - 1))] = 1
    return Evidence(0, 1, round(value * UNIT), round(value * value * UNIT), tuple(cells))


def from_cells(scale: Scale, cells: Sequence[int], *, sessions: int = 0) -> Evidence:
    """The evidence of a histogram: `cells[i]` feedback at `scale.levels[i]`."""
    return Evidence(
        sessions=sessions,
        n=sum(cells),
        total=sum(count * round(level * UNIT) for count, level in zip(cells, scale.levels, strict=True)),
        squares=sum(count * round(level * level * UNIT) for count, level in zip(cells, scale.levels, strict=True)),
        cells=tuple(cells),
    )


def variance(scale: Scale, evidence: Evidence) -> float:
    """Sample variance with 8 pseudo-feedback spread evenly over the levels: never 0, whatever was seen."""
    levels = scale.levels
    count = len(levels)
    if scale.cells:
        mean_level = sum(levels) / count
        mean_square = sum(level * level for level in levels) / count
    else:
        mean_level = (scale.low + scale.high) / 2
        mean_square = mean_level**2 + scale.span**2 / 12
    n = evidence.n + PSEUDO
    mean = (evidence.total / UNIT + PSEUDO * mean_level) / n
    spread = (evidence.squares / UNIT + PSEUDO * mean_square) / n - mean * mean
    return max(spread, 0.0) * n / (n - 1)


def support(scale: Scale, evidence: Evidence) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Levels and counts with exactly this mean, for products over single rewards.

    Where the cells do not hold the exact rewards (decimals, values between levels) the rewards are spread to the two
    ends of the range. A logarithm of wealth is concave in the reward, so this only understates evidence.
    """
    if scale.cells and evidence.total == from_cells(scale, evidence.cells).total:
        return scale.levels, tuple(float(cell) for cell in evidence.cells)
    high = (evidence.total / UNIT - evidence.n * scale.low) / scale.span
    return (scale.low, scale.high), (evidence.n - high, high)
