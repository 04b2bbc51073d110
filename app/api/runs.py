"""Runs: one execution of a flow each, with its calls."""

from datetime import datetime
from typing import Literal

from flask import Response

from app.api import calls, codes, http
from app.api.call_payloads import CallOut
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Out, usd
from app.api.quality import RubricName
from app.api.world import world
from app.domain.call import Run
from app.domain.message import Json
from app.services import runs
from app.services.runs import Scored

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


class RunOut(Out):
    """A run; `outputs` by step, partial when it failed. Inputs and outputs are empty where texts are not kept.

    `scores` follow its end by a moment.
    """

    id: str
    status: Literal["succeeded", "failed", "cancelled"]
    use_case: str | None
    flow: str | None
    flow_version: int
    session_id: str
    step: str | None
    failed_step: str | None
    error: str | None
    inputs: Json
    outputs: Json
    cost_usd: str | None
    latency_ms: int
    started_at: datetime
    ended_at: datetime
    calls: list[CallOut]
    scores: list[RunScoreOut]


@door.get("/runs/<id>", responses={200: RunOut})
@scope("read")
def get_run(path: ById) -> Response:
    """Read a run with its calls, first attempt first."""
    read = runs.get(world(), str(path.id))
    scores = [RunScoreOut.of(each) for each in read.scores]
    return http.answer(_out(read.run, [calls.out(call) for call in read.calls], scores))


def _out(run: Run, made: list[CallOut], scores: list[RunScoreOut]) -> RunOut:
    return RunOut(
        id=run.id,
        status=run.status,
        use_case=codes.use_case_code(run.use_case_id),
        flow=codes.flow_code(run.use_case_id, run.flow_id),
        flow_version=run.flow_version,
        session_id=run.session_id,
        step=run.step,
        failed_step=run.failed_step,
        error=run.error,
        inputs=run.inputs,
        outputs=run.outputs,
        cost_usd=usd(run.cost),
        latency_ms=run.latency_ms,
        started_at=run.started_at,
        ended_at=run.ended_at,
        calls=made,
        scores=scores,
    )
