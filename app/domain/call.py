"""A call is one attempt at one provider for one model: the one fact table of the product."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from app.domain.message import Json, Usage

Outcome = Literal["ok", "error", "cancelled", "cached"]
CostStatus = Literal["priced", "unpriced", "reported", "free", "cached"]
RunStatus = Literal["running", "succeeded", "failed", "cancelled"]
Source = Literal[
    "served", "reported", "shadow", "judge", "comparison", "summary", "test", "reported-test", "preview", "batch"
]
REPORTED: Final[tuple[Source, ...]] = ("reported", "reported-test")  # calls made elsewhere; the last by a tester
FLAGS: Final = "hook_flags"  # the tag that holds what hooks have said of the call


@dataclass(frozen=True, slots=True)
class Call:
    """Times in ms; `cost` in nano-dollars, None when `cost_status` is `unpriced` (never 0 for unknown).

    `attempt` counts from 1 within its step; `reason` says why this attempt was made. Texts are kept apart in CallText.
    `endpoint` names which of the provider's keys and addresses was used, `upstream_id` the vendor's id of the request.
    `user_id`, `owner` and `team` say who is behind it. A cached call costs 0; `saved` is what its answer cost when it
    was made, in nano-dollars.
    """

    id: str
    at: datetime
    source: Source
    model: str
    provider: str
    outcome: Outcome
    latency_ms: int
    usage: Usage = field(default_factory=Usage)
    cost: int | None = None
    cost_status: CostStatus = "unpriced"
    price_version: str | None = None
    ttft_ms: int | None = None
    run_id: str | None = None
    use_case_id: str | None = None
    flow_id: str | None = None
    flow_version: int | None = None
    step: str | None = None
    session_id: str | None = None
    unit: str | None = None
    task: str | None = None
    key_id: str | None = None
    attempt: int = 1
    reason: str = "first"
    finish_reason: str | None = None
    error: str | None = None
    tags: Json = field(default_factory=dict)
    endpoint: str | None = None
    upstream_id: str | None = None
    user_id: str | None = None
    owner: str | None = None
    team: str | None = None
    experiment_id: str | None = None
    cache_key: str | None = None
    saved: int | None = None


@dataclass(frozen=True, slots=True)
class CallText:
    """What was said in one call; kept only for the retention period and only if the setting allows."""

    call_id: str
    prompt: str
    reply: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a flow, or of one of its steps, in a session. `outputs` by step code; partial when failed.

    While it is `running` it has no end. `asked` is what it needs beside its inputs to be resumed, None where nobody
    would or texts are not kept; `resumes` is the run that this one went on with.
    """

    id: str
    session_id: str
    use_case_id: str
    flow_id: str
    flow_version: int
    status: RunStatus
    step: str | None
    error: str | None
    failed_step: str | None
    inputs: Json
    outputs: Json
    cost: int | None
    latency_ms: int
    started_at: datetime
    ended_at: datetime | None
    asked: Json | None = None
    resumes: str | None = None


def storable(text: str, limit: int) -> str:
    """Capped, and without NUL, which PostgreSQL cannot keep."""
    return text[:limit].replace("\x00", "")
