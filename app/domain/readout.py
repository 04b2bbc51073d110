"""A readout is what is known of an experiment now, flow by flow, and what it has done so far and why."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.experiment import Experiment
from app.domain.forecast import Forecast
from app.domain.guardrails import Guardrail
from app.domain.response_rates import UnequalResponse

MOST_E: Final = 1e12
_MOST_LOG_E: Final = 1e6


@dataclass(frozen=True, slots=True)
class Against:
    """The e-value that a flow beats `rival`, and the bar K/δ that it must reach; both also as logarithms."""

    rival: str
    log_e: float
    log_bar: float

    @property
    def bounded_log_e(self) -> float:
        """ln E as a finite number."""
        return min(max(self.log_e, -_MOST_LOG_E), _MOST_LOG_E)

    @property
    def e(self) -> float:
        """E, at most 10¹²."""
        return MOST_E if self.log_e >= math.log(MOST_E) else math.exp(self.log_e)

    @property
    def bar(self) -> float:
        """K/δ."""
        return math.exp(self.log_bar)


@dataclass(frozen=True, slots=True)
class FlowReadout:
    """One flow. `weight` in 1/10 000; counts since the experiment began, `counted` feedback of its present round.

    `mean` (None without any) and `interval`, a confidence sequence, are of what is counted, in units of the scale.
    `rated` sessions have feedback. `cost` in nano-dollars per session and `latency_ms` per run, on average; these and
    the rates are None where there is nothing to divide by. `slow_rate`: runs over the limit of latency, if it has one.
    """

    flow: str
    weight: int
    interval: tuple[float, float]
    p_best: float
    standing: str
    sessions: int = 0
    runs: int = 0
    feedback: int = 0
    counted: int = 0
    rated: int = 0
    mean: float | None = None
    against: tuple[Against, ...] = ()
    error_rate: float | None = None
    slow_rate: float | None = None
    cost: int | None = None
    latency_ms: float | None = None
    guardrails: tuple[Guardrail, ...] = ()

    @property
    def response_rate(self) -> float | None:
        """The part of its sessions that have feedback."""
        return self.rated / self.sessions if self.sessions else None


@dataclass(frozen=True, slots=True)
class Shared:
    """How traffic was shared from then on, in 1/10 000 by flow code."""

    number: int
    started_at: datetime
    weights: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """A move in words; weights in 1/10 000 by flow code."""

    at: datetime
    phase: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class IfDecided:
    """What deciding now would keep, and the reward per session it would give up on average, in units of the scale.

    `best` is the flow of least expected loss, whatever the rules would keep.
    """

    kept: str
    expected_loss: float
    best: str
    best_expected_loss: float

    @property
    def sentence(self) -> str:
        """It in words."""
        told = f"Decided now, {self.kept} would be kept: {self.expected_loss:.2g} of reward per session below the best"
        if self.best == self.kept:
            return f"{told}, on average."
        return f"{told}, on average; with {self.best} it would be {self.best_expected_loss:.2g}."


@dataclass(frozen=True, slots=True)
class Readout:
    """`reason` is a sentence; `supported` names the flows that the evidence does not rule out as the best.

    `shares` and `moves` are the newest, the newest first. `confidence` is that of every interval.
    """

    experiment: Experiment
    flows: tuple[FlowReadout, ...]
    reason: str
    supported: tuple[str, ...]
    confidence: float
    forecast: Forecast
    if_decided: IfDecided | None = None
    unequal_response: UnequalResponse | None = None
    shares: tuple[Shared, ...] = ()
    moves: tuple[Moved, ...] = ()
