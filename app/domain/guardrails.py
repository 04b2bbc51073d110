"""A guardrail is one limit of a flow's escape rule, what has been seen of it, and how near its alarm is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.allocation import Plan, State
from app.domain.escape import log_alarm

Watched = Literal["reward", "error_rate", "latency_p95_ms", "cost"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was seen of a flow: mean reward, part of runs that failed, that were slow, nano-dollars per session."""

    reward: float | None = None
    error_rate: float | None = None
    slow_rate: float | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Guardrail:
    """`limit` in the unit of what is watched (cost in nano-dollars). `seen` likewise, None without any.

    Of the 95th percentile of latency what is seen is the part of runs over the limit: above .05 it is broken. `log_e`
    is the e-CUSUM: evidence, recent by construction, that the limit is broken; at `log_alarm`, and not before `least`
    feedback or runs, of which there are `had`, the flow escapes.
    """

    watched: Watched
    limit: float
    seen: float | None
    log_e: float
    log_alarm: float
    had: int
    least: int

    @property
    def nearness(self) -> float:
        """0: no evidence against the flow, 1: the alarm."""
        return min(max(self.log_e, 0.0) / self.log_alarm, 1.0)


def guardrails(plan: Plan, state: State, flow: int, *, figures: Figures) -> tuple[Guardrail, ...]:
    """The guardrails of one flow, by position; none without a rule."""
    rule = plan.escape.get(plan.flows[flow])
    if rule is None:
        return ()
    logs = state.guards[flow] if state.guards else ()
    received, runs = state.received[flow], state.runs[flow] if state.runs else 0
    bar = math.log(plan.alarm)
    watched: tuple[tuple[Watched, float | None, float | None, Sequence[float], int, int], ...] = (
        ("reward", rule.lower_score, figures.reward, state.cusum[flow], received, rule.min_feedback),
        ("error_rate", rule.max_error_rate, figures.error_rate, logs[:4], runs, rule.min_runs),
        ("latency_p95_ms", rule.max_latency_p95_ms, figures.slow_rate, logs[4:8], runs, rule.min_runs),
        ("cost", rule.max_cost, figures.cost, logs[8:], runs, rule.min_runs),
    )
    return tuple(
        Guardrail(name, limit, seen, log_alarm(log_m) if log_m else 0.0, bar, had, least)
        for name, limit, seen, log_m, had, least in watched
        if limit is not None
    )
