"""What a model said, as the native doors tell it: text, tool calls, tokens, cost, and every attempt behind it."""

from typing import Annotated, Final

from flask import Response
from pydantic import Field

from app.api import http
from app.api.call_payloads import AttemptOut, CostSummary
from app.api.forcing import Forced
from app.api.payloads import Out, UsageOut, cost_status, sum_cost, usd
from app.api.route_payloads import RouteBrief
from app.domain.call import Call
from app.domain.message import FinishReason
from app.domain.session import Session
from app.services.direct import Answered
from app.services.generate import Finished
from app.services.whole import Whole

REASSIGNED: Final = "X-MM-Reassigned"
Reassigned = Annotated[bool, Field(description="whether the session replaces one whose flow escaped")]


class ToolCalledOut(Out):
    """A function the model wants called, with its arguments as JSON text."""

    id: str
    name: str
    arguments: str


class AnswerOut(Out):
    """An answer by a model or task. `cost_usd` is null when one of the calls has no known price.

    `model` is empty where no model gave it: a step's `on_error` value, or an answer of the run that was resumed.
    `route` says why its model was picked, where `auto` picked it.
    """

    text: str
    tool_calls: list[ToolCalledOut]
    finish_reason: FinishReason
    model: str
    usage: UsageOut
    cost_usd: str | None
    cost_status: CostSummary
    latency_ms: int
    calls: list[AttemptOut]
    route: RouteBrief | None
    flags: list[str] = Field(default_factory=list, description="what hooks have said of the calls, as `hook:word`")


class RunAnswerOut(AnswerOut):
    """An answer by a use case: which flow of which session gave it. `outputs` by step, where texts are kept."""

    use_case: str
    correlation_id: str
    session_id: str
    run_id: str
    flow: str
    flow_version: int
    reassigned: Reassigned
    forced: Forced
    outputs: dict[str, str]
    resumes: str | None = Field(None, description="the run that this one went on with")


def answer_out(answered: Answered) -> AnswerOut:
    """The answer of a direct question."""
    return AnswerOut(**_common(answered))


def run_answer_out(finished: Finished, *, use_case: str) -> RunAnswerOut:
    """The answer of a run."""
    return RunAnswerOut(
        **_common(finished) | {"latency_ms": finished.run.latency_ms},
        use_case=use_case,
        correlation_id=finished.session.correlation_id,
        session_id=finished.session.id,
        run_id=finished.run.id,
        flow=finished.flow.code,
        flow_version=finished.flow.version,
        reassigned=finished.session.replaces is not None,
        forced=finished.session.forced,
        outputs={step: str(text) for step, text in finished.run.outputs.items()},
        resumes=finished.run.resumes,
    )


def label(response: Response, answer: Whole) -> Response:
    """The response with headers that say which call gave the answer, by which route, and what all calls cost."""
    if answer.flags:
        response.headers["X-MM-Flags"] = ",".join(answer.flags)
    if answer.route is not None:
        response.headers["X-MM-Route-Id"] = answer.route.id
    return label_calls(response, answer.calls, by=answer.by)


def label_calls(response: Response, calls: tuple[Call, ...], *, by: Call | None) -> Response:
    """The response with headers that say which call answered and what all cost, and with the wait for models booked."""
    http.waited(sum(call.latency_ms for call in calls))
    nanos = sum_cost(calls)
    if by is not None:
        response.headers["X-MM-Call-Id"] = by.id
        response.headers["X-MM-Model"] = by.model
    response.headers["X-MM-Cost-Status"] = cost_status(nanos)
    if (cost := usd(nanos)) is not None:
        response.headers["X-MM-Cost-Usd"] = cost
    return response


def label_run(response: Response, *, run_id: str, flow: str, session: Session) -> Response:
    """The response with headers that say which run, flow and session it belongs to, and if that one was reassigned."""
    response.headers["X-MM-Run-Id"] = run_id
    response.headers["X-MM-Flow"] = flow
    response.headers["X-MM-Session-Id"] = session.id
    return label_session(response, session)


def label_session(response: Response, session: Session) -> Response:
    """The response with a header where the session replaces one whose flow escaped."""
    if session.replaces is not None:
        response.headers[REASSIGNED] = "true"
    return response


def _common(answer: Whole) -> dict[str, object]:
    reply, calls, route = answer.reply, answer.calls, answer.route
    cost = sum_cost(calls)
    return {
        "text": reply.text,
        "tool_calls": [
            ToolCalledOut(id=call.id, name=call.name, arguments=call.arguments) for call in reply.tool_calls
        ],
        "finish_reason": reply.finish_reason,
        "model": answer.model,
        "usage": UsageOut.of(answer.usage),
        "cost_usd": usd(cost),
        "cost_status": cost_status(cost),
        "latency_ms": sum(call.latency_ms for call in calls),
        "calls": [AttemptOut.of(call) for call in calls],
        "route": None if route is None else RouteBrief.of(route),
        "flags": list(answer.flags),
    }
