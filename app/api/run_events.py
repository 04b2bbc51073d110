"""A run as a stream for whoever listens: `step-started`, `step-ended`, and `run-ended` once it is over."""

from collections.abc import Generator
from typing import Final

from flask import Response

from app.api import problems, sse
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, usd
from app.api.runs import RunBriefOut, RunStepOut
from app.api.world import world
from app.domain.call import Run
from app.services import run_progress
from app.services.departure import Departure
from app.services.run_progress import StepBegan, StepOver
from app.services.world import World

door = Door("run-events")

RETRY: Final = b"retry: 2000\n\n"  # milliseconds until a browser comes again
STREAM: Final = {sse.MIMETYPE: {"schema": {"type": "string"}}}


@door.get("/runs/<id>/events", responses={200: {"description": "OK", "content": STREAM}})
@scope("read")
def follow_run(path: ById) -> Response:
    """Follow the steps of a run, as server-sent events, until it is over; what has happened is told first."""
    run = run_progress.known(world(), str(path.id))
    departure = Departure()
    world().listeners.enter()
    frames = _frames(world(), RunBriefOut.of(run), departure)
    return sse.respond(frames, departure, on_failure=sse.error_frame(problems.request_id()))


def _frames(served: World, known: RunBriefOut, departure: Departure) -> Generator[bytes]:
    """Runs in a thread of its own, which begins at once and gives the listener's place back."""
    try:
        yield RETRY
        for told in run_progress.follow(served, known.id, departure):
            match told:
                case StepBegan(step):
                    yield sse.frame("step-started", RunStepOut.of(step).model_dump_json().encode())
                case StepOver(step):
                    yield sse.frame("step-ended", RunStepOut.of(step).model_dump_json().encode())
                case Run():
                    ended = known.model_copy(update=_ended(told))
                    yield sse.frame("run-ended", ended.model_dump_json().encode())
    finally:
        served.listeners.leave()


def _ended(run: Run) -> dict[str, object]:
    """What the run's end has changed; the codes of its use case and flow are known from within the request."""
    names = ("status", "failed_step", "error", "latency_ms", "ended_at")
    return {**{name: getattr(run, name) for name in names}, "cost_usd": usd(run.cost)}
