"""How a call is told: in short beside an answer, whole in the call log."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.api.payloads import Out, Unit, UsageOut, usd
from app.domain.call import Call, CostStatus, Outcome, Source
from app.domain.message import Json


class AttemptOut(Out):
    """One attempt behind an answer."""

    id: str
    step: str | None
    model: str
    provider: str
    outcome: Outcome
    attempt: int
    reason: str
    error: str | None
    latency_ms: int
    cost_usd: str | None
    cost_status: CostStatus

    @classmethod
    def of(cls, call: Call) -> "AttemptOut":
        """The call in short."""
        return cls(
            id=call.id,
            step=call.step,
            model=call.model,
            provider=call.provider,
            outcome=call.outcome,
            attempt=call.attempt,
            reason=call.reason,
            error=call.error,
            latency_ms=call.latency_ms,
            cost_usd=usd(call.cost),
            cost_status=call.cost_status,
        )


class CallOut(Out):
    """A row of the call log; times in ms, `use_case` and `flow` by code, null when they are gone."""

    id: str
    at: datetime
    source: Source
    outcome: Outcome
    error: str | None
    model: str
    provider: str
    use_case: str | None
    flow: str | None
    flow_version: int | None
    step: str | None
    task: str | None
    session_id: str | None
    run_id: str | None
    unit: Unit | None
    key_id: str | None
    attempt: int
    reason: str
    finish_reason: str | None
    usage: UsageOut
    cost_usd: str | None
    cost_status: CostStatus
    price_version: str | None
    latency_ms: int
    ttft_ms: int | None
    tags: Annotated[Json, Field(description="facts of the caller's own")]

    @classmethod
    def of(cls, call: Call, *, use_case: str | None, flow: str | None) -> "CallOut":
        """The whole call."""
        return cls(
            id=call.id,
            at=call.at,
            source=call.source,
            outcome=call.outcome,
            error=call.error,
            model=call.model,
            provider=call.provider,
            use_case=use_case,
            flow=flow,
            flow_version=call.flow_version,
            step=call.step,
            task=call.task,
            session_id=call.session_id,
            run_id=call.run_id,
            unit=call.unit,
            key_id=call.key_id,
            attempt=call.attempt,
            reason=call.reason,
            finish_reason=call.finish_reason,
            usage=UsageOut.of(call.usage),
            cost_usd=usd(call.cost),
            cost_status=call.cost_status,
            price_version=call.price_version,
            latency_ms=call.latency_ms,
            ttft_ms=call.ttft_ms,
            tags=call.tags,
        )


class CallTextOut(Out):
    """What was said, where texts are kept."""

    prompt: str
    reply: str


class CallReadOut(Out):
    """One call with its text; null when it was not kept."""

    call: CallOut
    text: CallTextOut | None


CostSummary = Literal["priced", "unpriced"]
