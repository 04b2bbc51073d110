"""What an experiment counts: which opinion is its metric, what a failure is worth, and how cost and speed weigh in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from app.domain.errors import Invalid
from app.domain.feedback import Kind

Failures = Literal["zero", "ignore"]
OnEscape = Literal["evict", "finish"]


@dataclass(frozen=True, slots=True)
class Metric:
    """Which feedback is the reward. `kind` None: every kind that has one.

    `failures` `zero`: a session that its flow failed counts once with reward 0 (intention to treat). `window_days`:
    feedback that comes later after the session began is kept, but counts no more.
    """

    kind: Kind | None = None
    failures: Failures = "zero"
    window_days: int = 30

    def takes(self, kind: str, *, age: timedelta) -> bool:
        """Whether feedback of this kind, so long after its session began, counts."""
        if age > timedelta(days=self.window_days):
            return False
        return self.kind is None or kind in (self.kind, "failure")


@dataclass(frozen=True, slots=True)
class Objective:
    """How much quality, cost and latency weigh in what is counted; weights of at least 0, not all 0.

    A session that costs `dearest` nano-dollars, or whose runs take `slowest_ms` on average, or more, earns nothing for
    cost, or latency. Raises Invalid for weights without the figure they are measured by.
    """

    quality: float = 1.0
    cost: float = 0.0
    latency: float = 0.0
    dearest: int | None = None
    slowest_ms: int | None = None

    def __post_init__(self) -> None:
        weights = (self.quality, self.cost, self.latency)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or not 0 < sum(weights) < math.inf:
            raise Invalid("weights are finite numbers of at least 0, and one is above", field="objective")
        if self.cost > 0 and not (self.dearest or 0) > 0:
            raise Invalid("the weight of cost needs the cost that is worth nothing", field="objective.dearest_usd")
        if self.latency > 0 and not (self.slowest_ms or 0) > 0:
            raise Invalid("the weight of latency needs the time that is worth nothing", field="objective.slowest_ms")

    @property
    def measured(self) -> bool:
        """Whether anything but quality counts, so that a session's cost and time must be known."""
        return self.cost > 0 or self.latency > 0

    def utility(self, reward: float, *, cost: int, latency_ms: float) -> float:
        """The weighted mean of reward, 1 − cost/dearest and 1 − latency/slowest, each 0…1; only what has weight."""
        total = self.quality * reward
        if self.cost > 0 and self.dearest:
            total += self.cost * max(0.0, 1.0 - cost / self.dearest)
        if self.latency > 0 and self.slowest_ms:
            total += self.latency * max(0.0, 1.0 - latency_ms / self.slowest_ms)
        return total / (self.quality + self.cost + self.latency)


@dataclass(frozen=True, slots=True)
class FlowLimits:
    """What a run of a flow is measured against: `slow_ms` of latency, `cost` in nano-dollars per session."""

    slow_ms: int | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What serving must know of a running experiment. `limits` by flow id; a flow without any is absent."""

    metric: Metric = field(default_factory=Metric)
    objective: Objective = field(default_factory=Objective)
    on_escape: OnEscape = "evict"
    limits: Mapping[str, FlowLimits] = field(default_factory=dict)
