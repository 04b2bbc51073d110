"""Runs: one execution of a flow each, with its calls."""

from datetime import datetime
from typing import Literal

from flask import Response

from app.api import calls, codes, http
from app.api.call_payloads import CallOut
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Out, usd
from app.api.world import world
from app.domain.call import Run
from app.domain.message import Json
from app.services import runs

door = Door("runs")


class RunOut(Out):
    """A run; `outputs` by step, partial when it failed. Inputs and outputs are empty where texts are not kept."""

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


@door.get("/runs/<id>", responses={200: RunOut})
@scope("read")
def get_run(path: ById) -> Response:
    """Read a run with its calls, first attempt first."""
    read = runs.get(world(), str(path.id))
    return http.answer(_out(read.run, [calls.out(call) for call in read.calls]))


def _out(run: Run, made: list[CallOut]) -> RunOut:
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
    )
