"""What a person wants of a rollout, by flow code, becomes the allocator's plan and the terms that serving keeps to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from app.domain import weights
from app.domain.allocation import Plan, Stop
from app.domain.certification import Certification
from app.domain.errors import Conflict, Invalid
from app.domain.escape import EscapeRule
from app.domain.evidence import Evidence, Kind, Scale
from app.domain.flow import Flow
from app.domain.rollout import FlowLimits, Metric, Objective, OnEscape, Terms
from app.domain.warmup import Shape, Warmup
from app.domain.weights import TOTAL

EPSILON: Mapping[Kind, float] = {"rating": 0.025, "binary": 0.02, "decimal": 0.02}
SCALES: Mapping[str, Kind] = {"rating": "rating", "thumb": "binary", "conversion": "binary"}
DAY_S: Final = 86_400
BUDGETS: Final = ("max_sessions", "max_feedback", "max_days")
Weights = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WantedWarmup:
    """A ramp by `minutes` or by `sessions`; `goals` by flow code in 1/10 000, the rest is shared by the other flows."""

    minutes: int | None = None
    sessions: int | None = None
    shape: Shape = "linear"
    goals: Weights = field(default_factory=dict)
    hold: bool = True


@dataclass(frozen=True, slots=True)
class WantedRule:
    """An escape rule; `max_cost` in nano-dollars per session, `rollback` by flow code in 1/10 000."""

    lower_score: float | None = None
    min_feedback: int = 10
    max_error_rate: float | None = None
    max_latency_p95_ms: int | None = None
    max_cost: int | None = None
    min_runs: int = 20
    rollback: Weights | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a progressive experiment is asked to do; rewards are 0…1, `escape` by flow code.

    `scale`: how rewards are counted, by default as the metric's kind has it. `baseline`: the flow kept when nothing can
    be certified, else the one with the largest weight. `mode` `optimise` goes on shifting for reward and never ends by
    itself, or, with `best_guess`, at P(best) ≥ .99. `tick_s`: seconds between two looks. `holdout` in 1/10 000.
    `warm_start`: what was seen in the shadow leans the first shares.
    """

    scale: Kind | None = None
    metric: Metric = field(default_factory=Metric)
    objective: Objective = field(default_factory=Objective)
    baseline: str | None = None
    epsilon: float | None = None
    delta: float = 0.05
    min_feedback: int = 15
    max_step_pct: float = 10.0
    max_sessions: int | None = None
    max_feedback: int | None = None
    max_days: float | None = None
    certification: Certification = "fe"
    mode: Literal["certify", "optimise"] = "certify"
    best_guess: bool = False
    tick_s: float = 60.0
    warmup: WantedWarmup | None = None
    escape: Mapping[str, WantedRule] = field(default_factory=dict)
    on_escape: OnEscape = "evict"
    holdout: int = 0
    warm_start: bool = False

    @property
    def counted_as(self) -> Kind:
        """How rewards are counted."""
        if self.objective.measured:
            return "decimal"
        return self.scale or SCALES.get(self.metric.kind or "", "decimal")


def plan_for(flows: Sequence[Flow], wanted: Wanted, *, seen: Sequence[Evidence] = ()) -> Plan:
    """The plan over these active flows, from the weights they have now; `seen` in the shadow, by flow.

    Raises Conflict for fewer than two flows, Invalid naming the field of what does not fit: a flow that is not active,
    sums other than 10 000, a warmup with no length or two.
    """
    _check(wanted)
    if len(flows) < 2:
        raise Conflict("an experiment needs at least two active flows", code="too-few-flows")
    codes = {flow.code: flow.weight for flow in flows}
    start = weights.scaled(codes)
    baseline = wanted.baseline or max(codes, key=codes.__getitem__)
    _known(codes, {"baseline": [baseline], "escape": wanted.escape})
    stop: Stop = "certified" if wanted.mode == "certify" else "guess" if wanted.best_guess else "never"
    ticks = None if wanted.max_days is None else max(1, math.ceil(wanted.max_days * DAY_S / wanted.tick_s))
    return Plan(
        flows=tuple(codes),
        baseline=baseline,
        scale=Scale(wanted.counted_as),
        start=tuple(start.values()),
        goal=None if wanted.warmup is None else _goal(start, wanted.warmup.goals),
        warmup=None if wanted.warmup is None else _warmup(wanted.warmup, wanted.tick_s),
        epsilon=EPSILON[wanted.counted_as] if wanted.epsilon is None else wanted.epsilon,
        escape={code: _rule(codes, code, rule) for code, rule in wanted.escape.items()},
        delta=wanted.delta,
        certify_after=wanted.min_feedback,
        max_step_pct=wanted.max_step_pct,
        max_sessions=wanted.max_sessions,
        max_feedback=wanted.max_feedback,
        max_ticks=ticks,
        holdout=wanted.holdout,
        warm_start=tuple(seen),
        certification=wanted.certification,
        stop=stop,
    )


def terms_for(flows: Sequence[Flow], wanted: Wanted) -> Terms:
    """What serving must know."""
    ids = {flow.code: flow.id for flow in flows}
    limits = {
        ids[code]: FlowLimits(rule.max_latency_p95_ms, rule.max_cost)
        for code, rule in wanted.escape.items()
        if rule.max_latency_p95_ms is not None or rule.max_cost is not None
    }
    return Terms(metric=wanted.metric, objective=wanted.objective, on_escape=wanted.on_escape, limits=limits)


def _check(wanted: Wanted) -> None:
    if not wanted.tick_s > 0:
        raise Invalid("a tick lasts some time", field="tick_s")
    if wanted.objective.measured and wanted.scale not in (None, "decimal"):
        raise Invalid("quality weighed with cost or latency is a decimal", field="scale")
    budget = next((name for name in BUDGETS if getattr(wanted, name) is not None), None)
    if wanted.mode == "optimise" and budget is not None:
        raise Invalid("what only optimises has no end, so no budget until one", field=budget)
    if wanted.best_guess and wanted.mode != "optimise":
        raise Invalid("a best guess ends an experiment only in mode optimise", field="best_guess")


def _known(codes: Weights, named: Mapping[str, Sequence[str] | Mapping[str, object]]) -> None:
    for at, flows in named.items():
        for code in flows:
            if code not in codes:
                place = at if at == "baseline" else f"{at}.{code}"
                raise Invalid(f"{code!r} is no active flow of this use case", field=place)


def _warmup(wanted: WantedWarmup, tick_s: float) -> Warmup:
    if (wanted.minutes is None) == (wanted.sessions is None):
        raise Invalid("a warmup lasts either minutes or sessions", field="warmup")
    if wanted.sessions is not None:
        return Warmup(wanted.sessions, "sessions", wanted.shape, wanted.hold)
    return Warmup(max(1, math.ceil((wanted.minutes or 0) * 60 / tick_s)), "ticks", wanted.shape, wanted.hold)


def _goal(start: Weights, goals: Weights) -> tuple[int, ...]:
    """The goals that are set; flows without one share what is left as they share it at the start."""
    _known(start, {"warmup.goals": goals})
    total = sum(goals.values())
    others = {code: weight for code, weight in start.items() if code not in goals}
    if not others and total != TOTAL:
        raise Invalid(f"goals for every flow sum to {TOTAL}, these to {total}", field="warmup.goals")
    if total > TOTAL or min(goals.values(), default=0) < 0:
        raise Invalid(f"goals sum to {total}, and all flows together get {TOTAL}", field="warmup.goals")
    rest = weights.scaled(others, TOTAL - total)
    return tuple({**goals, **rest}[code] for code in start)


def _rule(codes: Weights, flow: str, wanted: WantedRule) -> EscapeRule:
    try:
        return EscapeRule(
            lower_score=wanted.lower_score,
            min_feedback=wanted.min_feedback,
            max_error_rate=wanted.max_error_rate,
            max_latency_p95_ms=wanted.max_latency_p95_ms,
            max_cost=wanted.max_cost,
            min_runs=wanted.min_runs,
            rollback=None if wanted.rollback is None else _rollback(codes, flow, wanted.rollback),
        )
    except Invalid as error:
        if error.field is None or error.field.startswith("escape."):
            raise
        raise Invalid(error.message, field=f"escape.{flow}.{error.field}") from error


def _rollback(codes: Weights, flow: str, wanted: Weights) -> tuple[int, ...]:
    at = f"escape.{flow}.rollback"
    _known(codes, {at: wanted})
    if wanted.get(flow, 0) > 0:
        raise Invalid("a flow that escapes gets nothing in its own rollback", field=f"{at}.{flow}")
    if sum(wanted.values()) != TOTAL or min(wanted.values(), default=0) < 0:
        raise Invalid(f"weights sum to {sum(wanted.values())}, not to {TOTAL}", field=at)
    return tuple(wanted.get(code, 0) for code in codes)
