"""A stream begins only once its first event is known, and ends with its own end or an error event, never silently."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

import orjson
from flask import Response

from app.api import problems
from app.api.problems import Problem

MIMETYPE: Final = "text/event-stream"


def frame(event: str, data: bytes) -> bytes:
    """One event in the wire format of the HTML standard; `data` is JSON on one line."""
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"


def error_frame(instance: str) -> Callable[[Problem], bytes]:
    """How a native stream tells a failure: an `error` event with the problem."""
    return lambda problem: frame("error", orjson.dumps(problem.members(instance)))


def respond(frames: Iterator[bytes], *, on_failure: Callable[[Problem], bytes]) -> Response:
    """The stream as an answer. What fails before the first frame raises here and becomes an ordinary problem.

    `frames` is a generator: when the client leaves it is closed, even if nothing of it was sent yet.
    """
    first, instance = next(frames), problems.request_id()
    response = Response(chain((first,), problems.until_failure(frames, on_failure, instance)), mimetype=MIMETYPE)
    response.call_on_close(frames.close)  # type: ignore[attr-defined]  # generators can be closed
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
