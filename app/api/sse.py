"""A stream begins only once its first event is known, and ends with its own end or an error event, never silently."""

from collections.abc import Callable, Generator
from itertools import chain
from typing import Final

import orjson
from flask import Response

from app.api import problems
from app.api.problems import Problem
from app.api.pump import Pump
from app.api.world import world
from app.services.departure import Departure

MIMETYPE: Final = "text/event-stream"
DONE: Final = b"event: done\n"  # in the last frame of a native stream, and in no other


def frame(event: str, data: bytes) -> bytes:
    """One event in the wire format of the HTML standard; `data` is JSON on one line."""
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"


def error_frame(instance: str) -> Callable[[Problem], bytes]:
    """How a native stream tells a failure: an `error` event with the problem."""
    return lambda problem: frame("error", orjson.dumps(problem.members(instance)))


def respond(frames: Generator[bytes], departure: Departure, *, on_failure: Callable[[Problem], bytes]) -> Response:
    """The stream as an answer. What fails before the first frame raises here and becomes an ordinary problem, unless
    it took so long that a comment had to be sent before.

    When the caller leaves, `departure` is told and the generator is closed, even if nothing of it was sent yet.
    """
    pump = Pump(frames, departure, heartbeat_s=world().policy.stream_heartbeat_s)
    first, instance = next(pump), problems.request_id()
    response = Response(chain((first,), problems.until_failure(pump, on_failure, instance)), mimetype=MIMETYPE)
    response.call_on_close(pump.close)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
