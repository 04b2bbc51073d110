"""A native stream: `started`, `step` as one moves, `delta` per piece, `done` only once the answer is durable.

`restart` says that the pieces before it are void, because another model begins anew.
"""

from collections.abc import Callable, Generator
from functools import partial

import orjson
from flask import Response

from app.api import problems, sse
from app.api.answers import answer_out, label_run, run_answer_out
from app.api.once import Tap
from app.api.payloads import Out
from app.api.world import world
from app.domain.message import Delta
from app.services import direct, generate
from app.services.asking import Asked
from app.services.attempts import Piece
from app.services.departure import Departure
from app.services.direct import Answered, DirectAsked
from app.services.generate import Event, Finished, Started
from app.services.walking.moved import StepMoved


def of_model(asked: DirectAsked, tap: Tap) -> Response:
    """The answer of a model or task as it is written."""
    frames = tap(model_frames(direct.events(world(), asked), out=answer_out))
    return sse.respond(frames, asked.caller.departure, on_failure=sse.error_frame(problems.request_id()))


def of_use_case(code: str, asked: Asked, tap: Tap) -> Response:
    """The run of a use case as it happens."""
    return of_run(generate.events(world(), code, asked, streamed=True), asked.caller.departure, tap, use_case=code)


def of_run(events: Generator[Event], departure: Departure, tap: Tap, *, use_case: str) -> Response:
    """A run as it happens. The headers that name run and flow leave with the first event."""
    started = next(events)
    if not isinstance(started, Started):
        raise AssertionError("a run begins by naming its flow")
    response = sse.respond(
        tap(run_frames(started, events, use_case=use_case, out=partial(run_answer_out, use_case=use_case))),
        departure,
        on_failure=sse.error_frame(problems.request_id()),
    )
    return label_run(response, run_id=started.run_id, flow=started.flow.code, session=started.session)


def model_frames(events: Generator[Event | Answered], *, out: Callable[[Answered], Out]) -> Generator[bytes]:
    """The frames of an answer by a model or task; `out` tells its end."""
    try:
        for event in events:
            match event:
                case Piece(delta):
                    yield _delta(delta)
                case Answered():
                    yield sse.frame("done", out(event).model_dump_json().encode())
    finally:
        events.close()


def run_frames(
    started: Started, events: Generator[Event | Answered], *, use_case: str, out: Callable[[Finished], Out]
) -> Generator[bytes]:
    """The frames of a run; `out` tells its end.

    `started` waits for the event after it, so that a failure before the first word is an ordinary problem.
    """
    head = _started(started, use_case)
    try:
        for event in events:
            match event:
                case StepMoved():
                    yield head + sse.frame("step", orjson.dumps(_moved(event)))
                case Piece(delta):
                    yield head + _delta(delta)
                case Finished():
                    yield head + sse.frame("done", out(event).model_dump_json().encode())
            head = b""
    finally:
        events.close()


def _started(started: Started, use_case: str) -> bytes:
    told = {
        "use_case": use_case,
        "correlation_id": started.session.correlation_id,
        "session_id": started.session.id,
        "run_id": started.run_id,
        "flow": started.flow.code,
        "flow_version": started.flow.version,
        "reassigned": started.session.replaces is not None,
        "forced": started.session.forced,
    }
    return sse.frame("started", orjson.dumps(told))


def _moved(moved: StepMoved) -> dict[str, object]:
    """A step that started, answered, was skipped or failed; its text unless that has left in pieces."""
    told: dict[str, object] = {"step": moved.step, "state": "started" if moved.state == "running" else moved.state}
    more = {"text": moved.text, "items": moved.items, "error": moved.error}
    return told | {name: value for name, value in more.items() if value is not None}


def _delta(delta: Delta) -> bytes:
    if delta.restart:
        return sse.frame("restart", orjson.dumps({"model": delta.model}))
    told: dict[str, object] = {"text": delta.text}
    if delta.tool_calls:
        told["tool_calls"] = [
            {"index": call.index, "id": call.id, "name": call.name, "arguments": call.arguments}
            for call in delta.tool_calls
        ]
    return sse.frame("delta", orjson.dumps(told))
