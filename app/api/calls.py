"""The call log: every attempt at a provider, found by filter or words; calls made elsewhere are reported here."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from flask import Response
from pydantic import AwareDatetime, Field, StringConstraints

from app.api import codes, guard, http
from app.api.call_payloads import CallOut, CallReadOut, CallTextOut
from app.api.door import Door
from app.api.guard import scope
from app.api.once import once
from app.api.payloads import ById, Line, Milliseconds, Name, Page, Paging, Payload, Tags, Text, Tokens
from app.api.world import world
from app.domain.call import Call, Outcome, Source
from app.domain.errors import Invalid
from app.domain.message import Usage
from app.domain.money import from_usd
from app.services import calls
from app.services.calls import CallFilter, Reported

door = Door("calls")

Usd = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,12})?$")]


class UsageIn(Payload):
    """Tokens on disjoint lines: `input` without cache, `output` without reasoning."""

    input_tokens: Tokens = 0
    cache_read_tokens: Tokens = 0
    cache_write_tokens: Tokens = 0
    output_tokens: Tokens = 0
    reasoning_tokens: Tokens = 0
    estimated: bool = False


class CallIn(Payload):
    """A call that the caller made itself; a model outside the catalogue names its provider. Cost as decimal text."""

    model: Name
    latency_ms: Milliseconds
    usage: UsageIn
    use_case: Name | None = None
    correlation_id: Line | None = None
    user_id: Line | None = None
    step: Name | None = None
    provider: Name | None = None
    cost_usd: Usd | None = None
    error: Name | None = None
    ttft_ms: Milliseconds | None = None
    prompt: Text | None = None
    reply: Text | None = None
    tags: Tags = Field(default_factory=dict)

    def to_domain(self) -> Reported:
        """The report."""
        return Reported(
            model=self.model,
            latency_ms=self.latency_ms,
            usage=Usage(**self.usage.model_dump()),
            use_case=self.use_case,
            correlation_id=self.correlation_id,
            user_id=self.user_id,
            step=self.step,
            provider=self.provider,
            cost=None if self.cost_usd is None else from_usd(Decimal(self.cost_usd)),
            error=self.error,
            ttft_ms=self.ttft_ms,
            prompt=self.prompt,
            reply=self.reply,
            key_id=guard.key().id,
            owner=guard.key().owner,
            team=guard.key().team,
            tags=self.tags,
        )


class CallQuery(Paging):
    """What a call must match; `since` counts, `until` does not; `text` stands in prompt or reply."""

    use_case: Name | None = None
    flow: Name | None = None
    model: Name | None = None
    provider: Name | None = None
    session_id: UUID | None = None
    run_id: UUID | None = None
    outcome: Outcome | None = None
    source: Source | None = None
    step: Name | None = None
    task: Name | None = None
    key_id: Line | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    text: Line | None = None

    def to_domain(self) -> CallFilter:
        """The filter. Raises NotFound for an unknown code, Invalid for a flow without its use case."""
        if self.flow is not None and self.use_case is None:
            raise Invalid("a flow is known only within its use case", field="use_case")
        return CallFilter(
            use_case_id=None if self.use_case is None else codes.use_case_id(self.use_case),
            flow_id=None if self.flow is None else codes.flow_id(self.use_case or "", self.flow),
            model=self.model,
            provider=self.provider,
            session_id=_text(self.session_id),
            run_id=_text(self.run_id),
            outcome=self.outcome,
            source=self.source,
            step=self.step,
            task=self.task,
            key_id=self.key_id,
            since=self.since,
            until=self.until,
            text=self.text,
        )


@door.post("/calls", responses={201: CallOut})
@scope("run")
def report_call(body: CallIn) -> Response:
    """Report a call made elsewhere; with an Idempotency-Key it counts once."""
    reported = body.to_domain()
    return once(lambda: http.created(out(calls.report(world(), reported))))


@door.get("/calls", responses={200: Page[CallOut]})
@scope("read")
def list_calls(query: CallQuery) -> Response:
    """Find calls, newest first."""
    found, following = calls.page(world(), query.to_domain(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[CallOut](items=[out(call) for call in found], next=following))


@door.get("/calls/<id>", responses={200: CallReadOut})
@scope("read")
def get_call(path: ById) -> Response:
    """Read one call with its text."""
    read = calls.get(world(), str(path.id))
    text = None if read.text is None else CallTextOut(prompt=read.text.prompt, reply=read.text.reply)
    return http.answer(CallReadOut(call=out(read.call), text=text))


def out(call: Call) -> CallOut:
    """The call with the codes of its use case and flow."""
    return CallOut.of(
        call,
        use_case=codes.use_case_code(call.use_case_id),
        flow=codes.flow_code(call.use_case_id, call.flow_id),
    )


def _text(given: UUID | None) -> str | None:
    return None if given is None else str(given)
