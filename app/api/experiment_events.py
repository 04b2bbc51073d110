"""Events of an experiment, as a page or as a stream that stays: `id` to go on after, `event` the kind, `data` JSON."""

from collections.abc import Generator
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from flask import Response, request
from pydantic import Field

from app.api import codes, http, problems, sse
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Out, Page, Words
from app.api.world import world
from app.domain.errors import Invalid
from app.domain.event import Event
from app.domain.experiment import Experiment
from app.domain.message import Json
from app.services import experiment_events, experiments
from app.services.departure import Departure
from app.services.world import World

door = Door("experiment-events")

LAST_SEEN: Final = "Last-Event-ID"
RETRY: Final = b"retry: 2000\n\n"  # milliseconds until a browser comes again


class EventsQuery(Words):
    """Events after the one with id `after`; `stream` asks for server-sent events, as does the header `Accept`."""

    after: UUID | None = None
    limit: int = Field(50, ge=1, le=200)
    stream: bool = False


class EventOut(Out):
    """Something that happened to an experiment: `text` for people, `data` for programs."""

    id: str
    at: datetime
    use_case: str | None
    experiment_id: str
    kind: str
    text: str
    data: Json


@door.get("/experiments/<id>/events", responses={200: Page[EventOut]})
@scope("read")
def list_events(path: ById, query: EventsQuery) -> Response:
    """Read the events of an experiment, oldest first; as a stream, also those to come until it has ended."""
    after = None if query.after is None else str(query.after)
    if query.stream or sse.MIMETYPE in request.accept_mimetypes.values():
        return _stream(str(path.id), _last_seen() or after)
    found, following = experiment_events.page(world(), str(path.id), after=after, limit=query.limit)
    use_case = codes.use_case_code(found[0].use_case_id) if found else None
    return http.answer(Page[EventOut](items=[_out(event, use_case) for event in found], next=following))


def _stream(experiment_id: str, after: str | None) -> Response:
    use_case = codes.use_case_code(experiments.get(world(), experiment_id).use_case_id)
    departure = Departure()
    world().listeners.enter()
    frames = _frames(world(), experiment_id, use_case, departure, after)
    return sse.respond(frames, departure, on_failure=sse.error_frame(problems.request_id()))


def _frames(
    served: World, experiment_id: str, use_case: str | None, departure: Departure, after: str | None
) -> Generator[bytes]:
    """Runs in a thread of its own, which begins at once and gives the listener's place back."""
    try:
        yield RETRY
        for told in experiment_events.follow(served, experiment_id, departure, after=after):
            match told:
                case Event():
                    data = _out(told, use_case).model_dump_json().encode()
                    yield b"id: " + told.id.encode() + b"\n" + sse.frame(told.what, data)
                case Experiment():
                    yield sse.frame("end", orjson.dumps({"status": told.status, "outcome": told.outcome}))
    finally:
        served.listeners.leave()


def _last_seen() -> str | None:
    """What a listener that comes again saw last. Raises Invalid for what is no id of ours."""
    given = request.headers.get(LAST_SEEN, "")
    try:
        return str(UUID(given)) if given else None
    except ValueError:
        raise Invalid("the id of an event is expected", field=LAST_SEEN) from None


def _out(event: Event, use_case: str | None) -> EventOut:
    return EventOut(
        id=event.id,
        at=event.at,
        use_case=use_case,
        experiment_id=event.about,
        kind=event.what,
        text=event.text,
        data=event.data,
    )
