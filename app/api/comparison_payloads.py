"""Comparisons as JSON: what was asked of whom, how far it is, and each answer with what it answers."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.api import codes
from app.api.payloads import Out, usd
from app.domain.comparison.comparison import Answer, Comparison, Input, Judge, Rule, Scoring, Status
from app.domain.message import Json


class ComparedCandidateOut(Out):
    """Who answers: a model, a flow in the version it had, or that flow with every step asked of that model."""

    name: str
    model: str | None
    flow: str | None
    flow_version: int | None


class ComparedPromptOut(Out):
    """What models that are no flow are asked."""

    text: str
    system: str
    params: Json


class ComparedScoringOut(Out):
    """The rule by which answers are right."""

    rule: Rule
    expected: str | None
    tolerance: float

    @classmethod
    def of(cls, scoring: Scoring | None) -> "ComparedScoringOut | None":
        """The rule, if there is one."""
        return (
            None if scoring is None else cls(rule=scoring.rule, expected=scoring.expected, tolerance=scoring.tolerance)
        )


class ComparedJudgeOut(Out):
    """The model that is shown pairs of answers."""

    model: str
    criteria: str
    max_pairs: int

    @classmethod
    def of(cls, judge: Judge | None) -> "ComparedJudgeOut | None":
        """The judge, if there is one."""
        return None if judge is None else cls(model=judge.model, criteria=judge.criteria, max_pairs=judge.max_pairs)


class ComparedWeightsOut(Out):
    """How much each counts for the winner."""

    quality: float
    cost: float
    speed: float


class ComparisonOut(Out):
    """A comparison as it was made, and its state; `error` is a code that says why it failed."""

    id: str
    name: str
    status: Status
    use_case: str | None
    benchmark: str | None
    candidates: list[ComparedCandidateOut]
    inputs: int
    repeats: int
    concurrency: int
    prompt: ComparedPromptOut
    scoring: ComparedScoringOut | None
    judge: ComparedJudgeOut | None
    weights: ComparedWeightsOut
    alpha: float
    budget_usd: str | None
    seed: str
    actor: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: str | None

    @classmethod
    def of(cls, it: Comparison) -> "ComparisonOut":
        """The comparison."""
        params = it.prompt.params
        told: Json = {name: getattr(params, name) for name in params.__slots__}
        return cls(
            id=it.id,
            name=it.name,
            status=it.status,
            use_case=codes.use_case_code(it.use_case_id),
            benchmark=it.benchmark,
            candidates=[
                ComparedCandidateOut(name=each.name, model=each.model, flow=each.flow, flow_version=each.flow_version)
                for each in it.candidates
            ],
            inputs=it.inputs,
            repeats=it.repeats,
            concurrency=it.concurrency,
            prompt=ComparedPromptOut(text=it.prompt.text, system=it.prompt.system, params=told),
            scoring=ComparedScoringOut.of(it.scoring),
            judge=ComparedJudgeOut.of(it.judge),
            weights=ComparedWeightsOut(quality=it.weights.quality, cost=it.weights.cost, speed=it.weights.speed),
            alpha=it.alpha,
            budget_usd=usd(it.budget),
            seed=it.seed,
            actor=it.actor,
            created_at=it.created_at,
            started_at=it.started_at,
            ended_at=it.ended_at,
            error=it.error,
        )


class ComparedInputOut(Out):
    """What was asked, and what a right answer says if that is known."""

    number: int
    values: Json
    reference: str | None
    label: str | None

    @classmethod
    def of(cls, given: Input) -> "ComparedInputOut":
        """The input."""
        return cls(number=given.number, values=dict(given.values), reference=given.reference, label=given.label)


class ComparedAnswerOut(Out):
    """What a candidate said to an input. `score` 0…1 by the rule; `error` is a code; times in milliseconds."""

    candidate: str
    input: ComparedInputOut
    repeat: int
    place: Annotated[int, Field(description="its turn in the drawn order")]
    done: bool
    text: str | None
    error: str | None
    score: float | None
    cost_usd: str | None
    latency_ms: int | None
    ttft_ms: int | None
    input_tokens: int
    output_tokens: int
    call_id: str | None

    @classmethod
    def of(cls, answer: Answer, comparison: Comparison, given: Input) -> "ComparedAnswerOut":
        """The answer to that input."""
        return cls(
            candidate=comparison.candidates[answer.candidate].name,
            input=ComparedInputOut.of(given),
            repeat=answer.repeat,
            place=answer.place,
            done=answer.done,
            text=answer.text,
            error=answer.error,
            score=answer.score,
            cost_usd=usd(answer.cost),
            latency_ms=answer.latency_ms,
            ttft_ms=answer.ttft_ms,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            call_id=answer.call_id,
        )
