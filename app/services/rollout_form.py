"""The shape in which a rollout is written down, the same at every door: HTTP, command line and pages."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.domain.feedback import Kind
from app.domain.money import from_usd, to_usd
from app.domain.rollout import Metric, Objective
from app.services.rollouts import Wanted, WantedRule, WantedWarmup

MOST_NANOS = 10**15


def _amount(text: str) -> str:
    if not 0 < from_usd(text) <= MOST_NANOS:
        raise ValueError("more than 0 and at most 1000000 is expected")
    return text


def _line(text: str) -> str:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise ValueError("control characters are not allowed")
    return text


Usd = Annotated[
    str,
    StringConstraints(pattern=r"^\d{1,7}(\.\d{1,9})?$"),
    AfterValidator(_amount),
    Field(description="US dollars as decimal text"),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_line)]
Line = Annotated[str, StringConstraints(max_length=255), AfterValidator(_line)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Part = Annotated[float, Field(gt=0, lt=1)]
Weight = Annotated[int, Field(ge=0, le=10_000, description="share in 1/10 000")]
Weights = Annotated[dict[Code, Weight], Field(max_length=100, description="share in 1/10 000 by flow code")]
Importance = Annotated[float, Field(ge=0, le=1_000_000)]


class Form(BaseModel):
    """Unknown fields, wrong types and numbers that are none are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class WarmupForm(Form):
    """A ramp to the goals, by `minutes` or by `sessions`; `ladder` climbs 1 → 5 → 10 → 25 → 50 % of a goal of 50 %.

    Flows without a goal share what is left. With `hold` the ramp stands still while the baseline leads a newcomer.
    """

    minutes: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    sessions: Count | None = None
    shape: Literal["linear", "ladder"] = "linear"
    goals: Weights = Field(default_factory=dict)
    hold: bool = True

    def wanted(self) -> WantedWarmup:
        """As the service takes it."""
        return WantedWarmup(self.minutes, self.sessions, self.shape, dict(self.goals), self.hold)


class EscapeForm(Form):
    """When a flow must leave: at its proven mean reward, error rate, latency or cost, whatever is given.

    Never before `min_feedback` (for the reward) or `min_runs` (for the rest). `rollback`: who gets what then, sum
    10 000; without it the other flows share in proportion and the experiment goes on.
    """

    lower_score: Annotated[float, Field(ge=0, lt=1, description="mean reward, 0 to 1")] | None = None
    min_feedback: Count = 10
    max_error_rate: Part | None = None
    max_latency_p95_ms: Annotated[int, Field(ge=1, le=86_400_000)] | None = None
    max_cost_usd_per_session: Usd | None = None
    min_runs: Count = 20
    rollback: Weights | None = None

    def wanted(self) -> WantedRule:
        """As the service takes it."""
        cost = self.max_cost_usd_per_session
        return WantedRule(
            lower_score=self.lower_score,
            min_feedback=self.min_feedback,
            max_error_rate=self.max_error_rate,
            max_latency_p95_ms=self.max_latency_p95_ms,
            max_cost=None if cost is None else from_usd(cost),
            min_runs=self.min_runs,
            rollback=None if self.rollback is None else dict(self.rollback),
        )


class MetricForm(Form):
    """Which feedback is the reward; null takes every kind that has one. `failures` `zero`: a session that its flow
    failed counts with reward 0."""

    kind: Literal["rating", "thumb", "approved", "score", "conversion"] | None = None
    failures: Literal["zero", "ignore"] = "zero"
    window_days: Annotated[int, Field(ge=1, le=3_650)] = 30

    def wanted(self) -> Metric:
        """As the domain has it."""
        kind: Kind | None = self.kind
        return Metric(kind, self.failures, self.window_days)


class ObjectiveForm(Form):
    """How much quality, cost and latency weigh. A session that costs `dearest_usd`, or runs of `slowest_ms`, or more,
    earn nothing for it."""

    quality: Importance = 1.0
    cost: Importance = 0.0
    latency: Importance = 0.0
    dearest_usd: Usd | None = None
    slowest_ms: Annotated[int, Field(ge=1, le=86_400_000)] | None = None

    def wanted(self) -> Objective:
        """As the domain has it. Raises Invalid for a weight without its measure."""
        dearest = None if self.dearest_usd is None else from_usd(self.dearest_usd)
        return Objective(self.quality, self.cost, self.latency, dearest, self.slowest_ms)


class RolloutForm(Form):
    """A rollout over the use case's active flows; flows are named by code, rewards are 0 to 1."""

    scale: Literal["rating", "binary", "decimal"] | None = None
    metric: MetricForm = Field(default_factory=MetricForm)
    objective: ObjectiveForm = Field(default_factory=ObjectiveForm)
    baseline: Code | None = None
    epsilon: Annotated[float, Field(ge=0, lt=1)] | None = None
    delta: Part = 0.05
    min_feedback: Count = 15
    max_step_pct: Annotated[float, Field(gt=0, le=100)] = 10.0
    max_sessions: Count | None = None
    max_feedback: Count | None = None
    max_days: Annotated[float, Field(gt=0, le=3_650)] | None = None
    certification: Literal["fe", "both"] = "fe"
    mode: Literal["certify", "optimise"] = "certify"
    best_guess: bool = False
    tick_s: Annotated[float, Field(gt=0, le=86_400, description="seconds between two looks")] = 60.0
    warmup: WarmupForm | None = None
    escape: Annotated[dict[Code, EscapeForm], Field(max_length=100)] = Field(default_factory=dict)
    on_escape: Literal["evict", "finish"] = "evict"
    holdout: Annotated[int, Field(ge=0, le=5_000, description="share in 1/10 000")] = 0
    warm_start: bool = False

    def wanted(self) -> Wanted:
        """As the service takes it. Raises Invalid for what cannot go together."""
        return Wanted(
            scale=self.scale,
            metric=self.metric.wanted(),
            objective=self.objective.wanted(),
            baseline=self.baseline,
            epsilon=self.epsilon,
            delta=self.delta,
            min_feedback=self.min_feedback,
            max_step_pct=self.max_step_pct,
            max_sessions=self.max_sessions,
            max_feedback=self.max_feedback,
            max_days=self.max_days,
            certification=self.certification,
            mode=self.mode,
            best_guess=self.best_guess,
            tick_s=self.tick_s,
            warmup=None if self.warmup is None else self.warmup.wanted(),
            escape={code: rule.wanted() for code, rule in self.escape.items()},
            on_escape=self.on_escape,
            holdout=self.holdout,
            warm_start=self.warm_start,
        )


def written(wanted: Wanted) -> dict[str, object]:
    """The form that says this, as JSON: what an author reads back, and may send again."""
    warmup, objective = wanted.warmup, wanted.objective
    fields: Mapping[str, object] = {
        name: getattr(wanted, name)
        for name in RolloutForm.model_fields
        if name not in ("metric", "objective", "warmup", "escape")
    }
    return {
        **fields,
        "metric": asdict(wanted.metric),
        "objective": {
            "quality": objective.quality,
            "cost": objective.cost,
            "latency": objective.latency,
            "dearest_usd": None if objective.dearest is None else to_usd(objective.dearest),
            "slowest_ms": objective.slowest_ms,
        },
        "warmup": None if warmup is None else asdict(warmup),
        "escape": {code: _written_rule(rule) for code, rule in wanted.escape.items()},
    }


def _written_rule(rule: WantedRule) -> dict[str, object]:
    named = {name: getattr(rule, name) for name in EscapeForm.model_fields if name != "max_cost_usd_per_session"}
    return {**named, "max_cost_usd_per_session": None if rule.max_cost is None else to_usd(rule.max_cost)}
