"""Runs: one execution of a flow each, with its steps and calls; those under way are cancelled, others go on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from app.api import calls, codes, generation_stream, http, sse
from app.api.answers import RunAnswerOut, label, label_run, run_answer_out
from app.api.call_payloads import CallOut
from app.api.caller import caller
from app.api.door import Door
from app.api.guard import scope
from app.api.once import Tap, once, once_streamed
from app.api.payloads import ById, Name, Out, Page, Paging, Payload, usd
from app.api.quality import RubricName
from app.api.world import world
from app.domain.call import Run, RunStatus
from app.domain.message import Json
from app.domain.run_step import Moved, RunStep
from app.services import cancelling, resuming, run_progress, runs
from app.services.caller import Caller
from app.services.runs import RunFilter, Scored

door = Door("runs")


class RunScoreOut(Out):
    """What the answer of a run was worth by the rules of a rubric, 0 to 100 in all and by dimension."""

    call_id: str
    rubric: RubricName
    total: float
    dimensions: dict[str, float]
    at: datetime

    @classmethod
    def of(cls, scored: Scored) -> "RunScoreOut":
        """The score."""
        return cls(
            call_id=scored.call_id,
            rubric=scored.rubric,
            total=scored.total,
            dimensions=dict(scored.dimensions),
            at=scored.at,
        )


class RunStepOut(Out):
    """How a step of a run went: `tries` of the whole step, `rounds` of a loop, `items` of a list.

    `output` is null until it answered, and where texts are not kept; `error` is also that of a step that was mended.
    """

    step: str
    state: Moved
    tries: int
    rounds: int
    items: int | None
    output: str | None
    error: str | None
    cost_usd: str | None
    latency_ms: int
    started_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, step: RunStep) -> "RunStepOut":
        """The step."""
        return cls(
            step=step.step,
            state=step.state,
            tries=step.tries,
            rounds=step.rounds,
            items=step.items,
            output=step.output,
            error=step.error,
            cost_usd=usd(step.cost),
            latency_ms=step.latency_ms,
            started_at=step.started_at,
            ended_at=step.ended_at,
        )


class RunBriefOut(Out):
    """A run without what was said in it. While it is `running` it has no end; `resumes`: the run it went on with."""

    id: str
    status: RunStatus
    use_case: str | None
    flow: str | None
    flow_version: int
    session_id: str
    step: str | None
    failed_step: str | None
    error: str | None
    cost_usd: str | None
    latency_ms: int
    started_at: datetime
    ended_at: datetime | None
    resumes: str | None

    @classmethod
    def of(cls, run: Run) -> "RunBriefOut":
        """The run."""
        return cls(**_brief(run))


class RunOut(RunBriefOut):
    """A run; `outputs` by step, partial when it failed. Inputs and outputs are empty where texts are not kept.

    `steps` in the flow's order, as far as they have begun; `scores` follow the run's end by a moment.
    """

    inputs: Json
    outputs: Json
    steps: list[RunStepOut]
    calls: list[CallOut]
    scores: list[RunScoreOut]


class RunQuery(Paging):
    """Which runs."""

    use_case: Name | None = None
    status: RunStatus | None = None
    session_id: UUID | None = None


class RunCancelOut(Out):
    """The run that is being cancelled."""

    id: str
    cancelling: bool


class ResumeIn(Payload):
    """How the answer of the run that goes on is given."""

    stream: bool = False


@door.get("/runs", responses={200: Page[RunBriefOut]})
@scope("read")
def list_runs(query: RunQuery) -> Response:
    """List runs, newest first; those of one step stand here once they are over."""
    wanted = RunFilter(
        use_case_id=None if query.use_case is None else codes.use_case_id(query.use_case),
        status=query.status,
        session_id=None if query.session_id is None else str(query.session_id),
    )
    found, following = runs.page(world(), wanted, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[RunBriefOut](items=[RunBriefOut.of(run) for run in found], next=following))


@door.get("/runs/<id>", responses={200: RunOut})
@scope("read")
def get_run(path: ById) -> Response:
    """Read a run with its steps, and its calls, first attempt first."""
    read = runs.get(world(), str(path.id))
    return http.answer(
        RunOut(
            **_brief(read.run),
            inputs=read.run.inputs,
            outputs=read.run.outputs,
            steps=[RunStepOut.of(step) for step in read.steps],
            calls=[calls.out(call) for call in read.calls],
            scores=[RunScoreOut.of(each) for each in read.scores],
        )
    )


@door.post("/runs/<id>/cancel", responses={202: RunCancelOut})
@scope("run")
def cancel_run(path: ById) -> Response:
    """Cancel a run of several steps: what is under way is hung up within a second."""
    cancelling.cancel(world(), str(path.id))
    return http.answer(RunCancelOut(id=str(path.id), cancelling=True), 202)


@door.post("/runs/<id>/resume", responses={200: RunAnswerOut})
@scope("run")
def resume_run(path: ById, body: ResumeIn) -> Response:
    """Go on with a run that failed, was cancelled or was lost: a new run, which asks no step again that answered."""
    who, run_id = caller(), str(path.id)
    if body.stream:
        return once_streamed(lambda tap: _streamed(run_id, who, tap), last=sse.DONE)
    return once(lambda: _resumed(run_id, who), texts=True)


def _streamed(run_id: str, who: Caller, tap: Tap) -> Response:
    use_case = codes.use_case_code(run_progress.known(world(), run_id).use_case_id) or ""
    events = resuming.events(world(), run_id, who, streamed=True)
    return generation_stream.of_run(events, who.departure, tap, use_case=use_case)


def _resumed(run_id: str, who: Caller) -> Response:
    finished = resuming.run(world(), run_id, who)
    use_case = codes.use_case_code(finished.run.use_case_id) or ""
    response = label(http.answer(run_answer_out(finished, use_case=use_case)), finished)
    return label_run(response, run_id=finished.run.id, flow=finished.flow.code, session=finished.session)


def _brief(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "status": run.status,
        "use_case": codes.use_case_code(run.use_case_id),
        "flow": codes.flow_code(run.use_case_id, run.flow_id),
        "flow_version": run.flow_version,
        "session_id": run.session_id,
        "step": run.step,
        "failed_step": run.failed_step,
        "error": run.error,
        "cost_usd": usd(run.cost),
        "latency_ms": run.latency_ms,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "resumes": run.resumes,
    }
