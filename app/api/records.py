"""The record of models: what they did for a use case, a task or direct questions, by difficulty."""

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Words, usd
from app.api.world import world
from app.services.routing import learners, records
from app.services.routing.records import Recorded

door = Door("records")


class RecordQuery(Words):
    """Whose record, that of direct questions where neither is named, and how many days back."""

    use_case: Name | None = None
    task: Name | None = None
    days: int = Field(30, ge=1, le=3_650)


class RecordOut(Out):
    """What a model did at one level; `level` is empty for calls that no router chose."""

    model: str
    level: str
    calls: int
    errors: int
    outcomes: int
    quality: float | None = Field(description="mean of the outcomes by their weights, 0 to 1")
    expected_quality: float | None = Field(description="what the router expects, 0 to 1")
    expected_quality_low: float | None = Field(description="its lower bound")
    cost_each_usd: str | None
    latency_ms: float | None
    output_tokens: float | None

    @classmethod
    def of(cls, own: Recorded) -> "RecordOut":
        """The line."""
        return cls(
            model=own.model,
            level=own.level,
            calls=own.calls,
            errors=own.errors,
            outcomes=own.outcomes,
            quality=own.quality,
            expected_quality=own.expected,
            expected_quality_low=own.low,
            cost_each_usd=usd(own.cost_each),
            latency_ms=own.latency_ms,
            output_tokens=own.output_tokens,
        )


@door.get("/models/record", responses={200: Page[RecordOut]})
@scope("read")
def read_record(query: RecordQuery) -> Response:
    """Read what each model did for a use case, a task or direct questions, by level of difficulty."""
    learner = learners.named(world(), use_case=query.use_case, task=query.task)
    found = records.record(world(), learner, days=query.days)
    return http.answer(Page[RecordOut](items=[RecordOut.of(each) for each in found], next=None))
