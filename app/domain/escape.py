"""A flow escapes when recent feedback alone proves its mean under the floor; old good feedback does not shield it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.errors import Invalid
from app.domain.evidence import Evidence, Scale, support

FRACTIONS: Final = (0.1, 0.25, 0.5, 0.8)
QUIET: Final = (0.0,) * len(FRACTIONS)
ALARM: Final = 500.0


@dataclass(frozen=True, slots=True)
class EscapeRule:
    """A flow must leave when one of these is proven; what is None is not watched. One at least is given.

    Its mean reward is under `lower_score`, never before `min_feedback`; or, never before `min_runs`, more than
    `max_error_rate` of its runs fail, more than 5 % of them take longer than `max_latency_p95_ms`, or its sessions cost
    more than `max_cost` nano-dollars on average. `rollback`: the weights of all flows then, sum 10 000.
    Raises Invalid for a rule that watches nothing, or a limit out of range.
    """

    lower_score: float | None = None
    min_feedback: int = 10
    max_error_rate: float | None = None
    max_latency_p95_ms: int | None = None
    max_cost: int | None = None
    min_runs: int = 20
    rollback: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.lower_score is None and not self.guarded:
            raise Invalid(
                "an escape rule needs a limit: of the score, the error rate, the latency or the cost",
                field="lower_score",
            )
        if self.max_error_rate is not None and not 0 < self.max_error_rate < 1:
            raise Invalid("a part of the runs between 0 and 1 is expected", field="max_error_rate")
        for name, limit in (("max_latency_p95_ms", self.max_latency_p95_ms), ("max_cost", self.max_cost)):
            if limit is not None and limit <= 0:
                raise Invalid("a limit above 0 is expected", field=name)

    @property
    def guarded(self) -> bool:
        """Whether runs are watched, and not ratings alone."""
        return not (self.max_error_rate is None and self.max_latency_p95_ms is None and self.max_cost is None)


def e_cusum_tick(
    previous: Sequence[float],
    counts: Sequence[float],
    *,
    levels: Sequence[float],
    floor: float,
    fractions: Sequence[float] = FRACTIONS,
) -> tuple[float, ...]:
    """The next ln M per betting fraction: max(ln M, 0) + Σ_v n_v ln(1 + λ(floor − v)), λ = fraction/(hi − floor).

    `counts[v]` feedback of this tick at `levels[v]`, rising. M is an e-process for "the mean is at least floor", so a
    false alarm at mean M ≥ A needs at least A feedback on average. Raises Invalid unless floor is under the top level.
    """
    room = levels[-1] - floor
    if room <= 0:
        raise Invalid("the floor must lie under the best reward", field="lower_score")
    return tuple(
        max(log_m, 0.0)
        + math.fsum(n * math.log1p(share / room * (floor - v)) for n, v in zip(counts, levels, strict=True) if n)
        for log_m, share in zip(previous, fractions, strict=True)
    )


def watched(scale: Scale, previous: Sequence[float], *, arrived: Evidence, floor: float) -> tuple[float, ...]:
    """`e_cusum_tick` with the feedback that arrived since the last one."""
    levels, counts = support(scale, arrived)
    return e_cusum_tick(previous, counts, levels=levels, floor=floor)


def log_alarm(log_m: Sequence[float]) -> float:
    """ln of the mean of M over the betting fractions; the alarm is at ln 500."""
    return float(np.logaddexp.reduce(log_m)) - math.log(len(log_m))
