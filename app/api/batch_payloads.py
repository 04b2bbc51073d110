"""Batches as JSON: how one is to be run, and where it stands."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, StringConstraints

from app.api import guard
from app.api.payloads import JsonObject, Name, Out, Payload, Tags, Words, usd
from app.api.world import world
from app.domain.batch import AT_ONCE, MOST_AT_ONCE, BadLine, Door, OnBadLine, OnBudget, Status, Via
from app.domain.errors import Invalid
from app.domain.message import Json
from app.domain.money import from_usd
from app.services.batches.progress import Progress
from app.services.batches.receiving import WantedBatch
from app.services.rollout_form import Usd

MOST_REQUESTS: Final = 1_000_000
Window = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9]\d{0,2}[hd]$"),
    Field(description="how long it may take, in hours or days: 24h, 7d"),
]
AtOnce = Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="lines asked at once")]
MaxCost = Annotated[Usd, Field(description="what all its calls may cost together; never overspent")]
Deadline = Annotated[AwareDatetime, Field(description="lines that are not asked by then are given up")]
Wait = Annotated[OnBudget, Field(description="when another budget has nothing left: end, or wait until it has")]
Bad = Annotated[OnBadLine, Field(description="what broken lines do: refuse the whole, or are left out")]
Way = Annotated[Via, Field(description="each line by a call, or by the batch endpoint of its model's provider")]
PAIR: Final = re.compile(r"(?P<name>[^=,]{1,255})=(?P<value>[^,]{0,255})")


class BatchOptions(Payload):
    """How a batch is run."""

    concurrency: AtOnce = AT_ONCE
    max_cost_usd: MaxCost | None = None
    on_budget: Wait = "end"
    on_bad_line: Bad = "refuse"
    via: Way = "calls"
    completion_window: Window | None = None


class BatchIn(BatchOptions):
    """A batch in one body. Each request is a flat line or one in OpenAI's shape; its `custom_id` is its own."""

    requests: Annotated[list[JsonObject], Field(min_length=1, max_length=MOST_REQUESTS)]
    deadline: Annotated[Deadline, Field(strict=False)] | None = None
    tags: Tags = Field(default_factory=dict)

    def wanted(self) -> WantedBatch:
        """As the service takes it. Raises Invalid."""
        return wanted(self, deadline=self.deadline, tags=self.tags, door="native")


class BatchQuery(Words):
    """How a batch of JSONL lines is run; `tags` as name=value,name=value."""

    concurrency: AtOnce = AT_ONCE
    max_cost_usd: MaxCost | None = None
    on_budget: Wait = "end"
    on_bad_line: Bad = "refuse"
    via: Way = "calls"
    completion_window: Window | None = None
    deadline: Deadline | None = None
    tags: Annotated[
        str, StringConstraints(max_length=2_000), Field(description="facts of the caller's own: name=value,name=value")
    ] = ""

    def wanted(self) -> WantedBatch:
        """As the service takes it. Raises Invalid."""
        return wanted(self, deadline=self.deadline, tags=_tags(self.tags), door="native")


class BadLineOut(Out):
    """A line that was left out."""

    line: int
    field: str
    message: str

    @classmethod
    def of(cls, bad: BadLine) -> "BadLineOut":
        """The line."""
        return cls(line=bad.line, field=bad.field, message=bad.message)


class BatchOut(Out):
    """A batch and where it stands; `error` says why it failed, `waits_for` what stands in its way at the moment.

    `cost_usd` is what recorded answers have cost, of the `unpriced` nothing. `eta_s`: seconds left at the present pace.
    `forgotten_at`: since when its lines and answers are gone.
    """

    id: str
    status: Status
    door: Door
    lines: int
    answered: int
    failed: int
    skipped: int
    skipped_lines: list[BadLineOut]
    cost_usd: str
    unpriced: int
    input_tokens: int
    output_tokens: int
    eta_s: float | None
    concurrency: int
    max_cost_usd: str | None
    on_budget: OnBudget
    via: Via
    deadline: datetime | None
    tags: Annotated[Json, Field(description="facts of the caller's own, kept with each call")]
    actor: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    forgotten_at: datetime | None
    waits_for: str | None
    error: str | None

    @classmethod
    def of(cls, now: Progress) -> "BatchOut":
        """The batch."""
        batch, standing = now.batch, now.standing
        return cls(
            id=batch.id,
            status=batch.status,
            door=batch.door,
            lines=standing.lines,
            answered=standing.answered,
            failed=standing.failed,
            skipped=standing.skipped,
            skipped_lines=[BadLineOut.of(bad) for bad in batch.skipped_lines],
            cost_usd=usd(standing.spent) or "0",
            unpriced=standing.unpriced,
            input_tokens=standing.input_tokens,
            output_tokens=standing.output_tokens,
            eta_s=None if now.eta_s is None else round(now.eta_s, 1),
            concurrency=batch.concurrency,
            max_cost_usd=usd(batch.budget),
            on_budget=batch.on_budget,
            via=batch.via,
            deadline=batch.deadline,
            tags=batch.tags,
            actor=batch.actor,
            created_at=batch.created_at,
            started_at=batch.started_at,
            ended_at=batch.ended_at,
            forgotten_at=batch.forgotten_at,
            waits_for=batch.waits_for,
            error=batch.error,
        )


class BatchesQuery(Words):
    """Those of one status only."""

    status: Status | None = None
    cursor: Annotated[Name, StringConstraints(max_length=2_000)] | None = None
    limit: int = Field(50, ge=1, le=200)


class LinesQuery(Words):
    """Lines that were done after the one with this `turn`; `failed`: only those with an error, or only the others."""

    after: int = Field(0, ge=0, le=2**31 - 1)
    failed: bool | None = None
    limit: int | None = Field(None, ge=1, le=2**31 - 1)


def wanted(
    given: BatchOptions | BatchQuery,
    *,
    deadline: datetime | None,
    tags: Json,
    door: Door,
    endpoint: str | None = None,
    file_id: str | None = None,
) -> WantedBatch:
    """On behalf of the present request's key. Raises Invalid for two deadlines."""
    key = guard.key()
    if deadline is not None and given.completion_window is not None:
        raise Invalid("either a deadline or a window is expected", field="deadline")
    if given.completion_window is not None:
        deadline = world().now() + _span(given.completion_window)
    return WantedBatch(
        door=door,
        actor=key.name,
        key_id=key.id,
        owner=key.owner,
        team=key.team,
        models=key.models,
        concurrency=given.concurrency,
        budget=None if given.max_cost_usd is None else from_usd(given.max_cost_usd),
        on_budget=given.on_budget,
        on_bad_line=given.on_bad_line,
        via=given.via,
        deadline=deadline,
        tags=tags,
        endpoint=endpoint,
        file_id=file_id,
    )


def _span(window: str) -> timedelta:
    many = int(window[:-1])
    return timedelta(days=many) if window.endswith("d") else timedelta(hours=many)


def _tags(given: str) -> Json:
    if not given:
        return {}
    found = [PAIR.fullmatch(pair.strip()) for pair in given.split(",")]
    if None in found:
        raise Invalid("name=value,name=value is expected", field="tags")
    return {pair["name"]: pair["value"] for pair in found if pair is not None}
