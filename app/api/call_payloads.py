"""How a call is told: in short beside an answer, whole in the call log."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.api.payloads import Out, Unit, UsageOut, usd
from app.domain.call import Call, CostStatus, Outcome, Source
from app.domain.message import Json

SavedUsd = Annotated[str, Field(description="what a kept answer cost when it was made")]
CacheKey = Annotated[str, Field(description="fingerprint under which the answer is, or would be, kept")]


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
    saved_cost_usd: SavedUsd | None
    cache_key: CacheKey | None

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
            saved_cost_usd=usd(call.saved),
            cache_key=call.cache_key,
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
    saved_cost_usd: SavedUsd | None
    cache_key: CacheKey | None
    latency_ms: int
    ttft_ms: int | None
    endpoint: Annotated[str | None, Field(description="which of the provider's keys and addresses was used")]
    upstream_id: Annotated[str | None, Field(description="the vendor's id of the request")]
    user_id: str | None
    owner: str | None
    team: str | None
    experiment_id: str | None
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
            saved_cost_usd=usd(call.saved),
            cache_key=call.cache_key,
            latency_ms=call.latency_ms,
            ttft_ms=call.ttft_ms,
            endpoint=call.endpoint,
            upstream_id=call.upstream_id,
            user_id=call.user_id,
            owner=call.owner,
            team=call.team,
            experiment_id=call.experiment_id,
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
