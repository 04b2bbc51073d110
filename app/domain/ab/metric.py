"""A metric says what is measured of a unit: which facts count, how those of one unit become one value, what is better.

Within the store values are integers in parts of 1e-9 of the metric's range, so that adding, or taking back what was
added, is exact in any order, and values that are small beside the range keep their digits.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.errors import Invalid
from app.domain.evidence import Kind as ScaleKind
from app.domain.evidence import Scale

Kind = Literal[
    "reward", "rating", "thumb", "approved", "quality", "conversion", "number", "cost", "latency", "failures"
]
Aggregate = Literal["mean", "sum", "any"]
Better = Literal["higher", "lower"]
Missing = Literal["ignore", "zero"]

OPINIONS: Final[Mapping[Kind, str]] = {
    "rating": "rating",
    "thumb": "thumb",
    "approved": "approved",
    "quality": "score",
    "conversion": "conversion",
}
"""Which kind of feedback a metric is made of, where it is one kind."""
SCALES: Final[Mapping[Kind, ScaleKind]] = {
    "rating": "rating",
    "thumb": "binary",
    "conversion": "binary",
    "failures": "binary",
}
SERVED: Final[tuple[Kind, ...]] = ("cost", "latency", "failures")
NEEDS_RANGE: Final[tuple[Kind, ...]] = ("number", "cost")
UNIT: Final = 10**9
FAR: Final = 10**12  # what one fact may add, in parts of 1e-9 of the range: sums of a unit stay 64-bit integers


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured, in its own units from `low` to `high`; what lies outside counts as the nearer end.

    Units: rating 1…5; cost in nano-dollars and latency in ms; number whatever is reported; the rest 0…1. `aggregate`
    says how facts of one unit become its value: their `mean`, their `sum`, or whether there was `any` above 0.
    `missing`: a unit without a fact is left out, or counts as 0. `name` is unique in a test; of a `number` it is the
    name under which it is reported.
    """

    name: str
    kind: Kind
    low: float = 0.0
    high: float = 1.0
    better: Better = "higher"
    aggregate: Aggregate = "mean"
    missing: Missing = "ignore"

    @property
    def span(self) -> float:
        """The width of the range."""
        return self.high - self.low

    @property
    def scale(self) -> Scale:
        """The scale of a unit's value, 0…1."""
        return Scale(SCALES.get(self.kind, "decimal"))

    @property
    def sign(self) -> int:
        """1 where more is better, −1 where less is."""
        return 1 if self.better == "higher" else -1

    def natural(self, value: float) -> float:
        """A value 0…1 in the metric's own units."""
        return self.low + value * self.span

    def amount_of_opinion(self, kind: str, *, name: str, value: float | None, reward: float | None) -> int | None:
        """What one opinion adds to the unit's sum; None when the metric does not count it.

        A failure of the flow is an opinion of reward 0, which counts for metrics made of rewards (intention to treat).
        """
        if self.kind == "number":
            return None if kind != "number" or name != self.name or value is None else self._amount(value)
        if reward is None or self.kind in SERVED or kind == "number":
            return None
        wanted = OPINIONS.get(self.kind)
        if wanted is not None and kind not in (wanted, "failure"):
            return None
        return round(reward * UNIT)

    def amount_of_run(self, *, failed: bool, latency_ms: int, cost: int | None) -> int | None:
        """What one run adds; None when the metric does not count runs, or the price is unknown."""
        match self.kind:
            case "failures":
                return UNIT if failed else 0
            case "latency":
                return self._amount(latency_ms)
            case "cost":
                return None if cost is None else self._amount(cost)
            case _:
                return None

    def value(self, *, count: int, total: int) -> int | None:
        """The unit's value, 0…1 in parts of 1e-9; None when it has none and none is not 0."""
        if count == 0:
            return self._of_sum(0) if self.missing == "zero" else None
        if self.aggregate == "any":
            return UNIT if total > 0 else 0
        if self.aggregate == "sum":
            return self._of_sum(total)
        return min(max(round(total / count), 0), UNIT)

    def _of_sum(self, total: int) -> int:
        return min(max(total - round(self.low / self.span * UNIT), 0), UNIT)

    def _amount(self, value: float) -> int:
        """In parts of 1e-9 of the range: the mean is of values within it, the sum is cut once it is made."""
        if self.aggregate == "sum":
            return round(min(max(value / self.span * UNIT, -FAR), FAR))
        return round((min(max(value, self.low), self.high) - self.low) / self.span * UNIT)


def metric_of(
    kind: Kind,
    *,
    name: str | None = None,
    low: float | None = None,
    high: float | None = None,
    better: Better | None = None,
    aggregate: Aggregate | None = None,
    missing: Missing | None = None,
    slowest_ms: float = 600_000.0,
) -> Metric:
    """The metric, with what its kind implies where nothing is said; `slowest_ms` ends the range of latency.

    Raises Invalid, naming the field, for a number or cost without its range, an empty range, or what does not fit.
    """
    defaults = _default(kind, slowest_ms)
    made = Metric(
        name=name or kind,
        kind=kind,
        low=defaults.low if low is None else low,
        high=defaults.high if high is None else high,
        better=better or defaults.better,
        aggregate=aggregate or defaults.aggregate,
        missing=missing or defaults.missing,
    )
    if kind == "number" and name is None:
        raise Invalid("a number is known by the name under which it is reported", field="name")
    if kind in NEEDS_RANGE and high is None:
        raise Invalid("what is reported without bounds needs the largest value that counts", field="high")
    if kind not in (*NEEDS_RANGE, "latency") and (low is not None or high is not None):
        raise Invalid(f"the range of {kind} is known", field="low" if low is not None else "high")
    if not (math.isfinite(made.low) and math.isfinite(made.high)) or made.span <= 0:
        raise Invalid("the range goes from a lower to a higher number", field="high")
    if made.aggregate == "any" and kind not in ("conversion", "failures", "number", "thumb"):
        raise Invalid("whether there was any fits what happens or does not", field="aggregate")
    if made.aggregate == "sum" and kind == "rating":
        raise Invalid("ratings of one unit have a mean, and no sum on their scale", field="aggregate")
    return made


def _default(kind: Kind, slowest_ms: float) -> Metric:
    match kind:
        case "rating":
            return Metric(kind, kind, low=1.0, high=5.0)
        case "conversion":
            return Metric(kind, kind, aggregate="any", missing="zero")
        case "failures":
            return Metric(kind, kind, better="lower", aggregate="any")
        case "cost":
            return Metric(kind, kind, better="lower", aggregate="sum")
        case "latency":
            return Metric(kind, kind, high=slowest_ms, better="lower")
        case _:
            return Metric(kind, kind)
