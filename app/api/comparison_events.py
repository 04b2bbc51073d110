"""The progress of a comparison as a stream: a `progress` event whenever it changes, then `end`."""

from collections.abc import Generator
from typing import Final

from flask import Response

from app.api import problems, sse
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById
from app.api.world import world
from app.services.comparing import progress
from app.services.comparing.readout_json import ComparisonProgressOut
from app.services.departure import Departure
from app.services.world import World

door = Door("comparison-events")

RETRY: Final = b"retry: 2000\n\n"  # milliseconds until a browser comes again
STREAM: Final = {sse.MIMETYPE: {"schema": {"type": "string"}}}


@door.get("/comparisons/<id>/events", responses={200: {"description": "OK", "content": STREAM}})
@scope("read")
def follow_comparison(path: ById) -> Response:
    """Follow how far a comparison is, as server-sent events, until it is over."""
    now = progress.of(world(), str(path.id))
    departure = Departure()
    world().listeners.enter()
    frames = _frames(world(), now.comparison_id, departure)
    return sse.respond(frames, departure, on_failure=sse.error_frame(problems.request_id()))


def _frames(served: World, comparison_id: str, departure: Departure) -> Generator[bytes]:
    """Runs in a thread of its own, which begins at once and gives the listener's place back."""
    try:
        yield RETRY
        for standing in progress.follow(served, comparison_id, departure):
            told = ComparisonProgressOut.of(standing).model_dump_json().encode()
            yield sse.frame("progress", told)
            if standing.over:
                yield sse.frame("end", told)
    finally:
        served.listeners.leave()
