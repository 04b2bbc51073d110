"""The log of events: in pages, one by one, as a stream that stays, and told to webhooks once more."""

from collections.abc import Generator
from typing import Final

from flask import Response, request

from app.api import http, problems, sse
from app.api.door import Door
from app.api.event_payloads import FARTHEST, EventReplayIn, EventReplayOut, EventsQuery, FeedQuery, LoggedEventOut
from app.api.guard import scope
from app.api.payloads import ById, Page
from app.api.world import world
from app.domain.errors import Invalid
from app.services import event_log, event_replays
from app.services.departure import Departure
from app.services.event_log import EventFilter
from app.services.world import World

door = Door("events")

LAST_SEEN: Final = "Last-Event-ID"
RETRY: Final = b"retry: 2000\n\n"  # milliseconds until a browser comes again


@door.get("/events", responses={200: Page[LoggedEventOut]})
@scope("read")
def list_all_events(query: EventsQuery) -> Response:
    """Read the log of events, newest first."""
    found, following = event_log.page(
        world(),
        query.asked(query.since, query.until),
        oldest_first=query.order == "at",
        cursor=query.cursor,
        limit=query.limit,
    )
    return http.answer(Page[LoggedEventOut](items=[LoggedEventOut.of(shown) for shown in found], next=following))


@door.get("/events/feed", responses={200: {"content": {sse.MIMETYPE: {"schema": {"type": "string"}}}}})
@scope("read")
def follow_events(query: FeedQuery) -> Response:
    """Follow the log as server-sent events, in the order of their numbers, behind `Last-Event-ID` or `after`."""
    wanted, last = event_log.start(world(), query.asked())
    seen = _last_seen()
    after = next((number for number in (seen, query.after) if number is not None), last)
    departure = Departure()
    world().listeners.enter()
    frames = _frames(world(), wanted, departure, after)
    return sse.respond(frames, departure, on_failure=sse.error_frame(problems.request_id()))


@door.get("/events/<id>", responses={200: LoggedEventOut})
@scope("read")
def get_event(path: ById) -> Response:
    """Read one event."""
    return http.answer(LoggedEventOut.of(event_log.get(world(), str(path.id))))


@door.post("/events/replay", responses={202: EventReplayOut})
@scope("admin")
def replay_events(body: EventReplayIn) -> Response:
    """Tell events of the past to webhooks once more, under their own ids: a job that begins at once."""
    return http.answer(EventReplayOut.of(event_replays.begin(world(), body.wanted())), status=202)


def _frames(served: World, wanted: EventFilter, departure: Departure, after: int) -> Generator[bytes]:
    """Runs in a thread of its own, which begins at once and gives the listener's place back."""
    try:
        yield RETRY
        for shown in event_log.follow(served, wanted, departure, after=after):
            data = LoggedEventOut.of(shown).model_dump_json().encode()
            yield f"id: {shown.event.number}\n".encode() + sse.frame(shown.event.kind, data)
    finally:
        served.listeners.leave()


def _last_seen() -> int | None:
    """What a listener that comes again saw last. Raises Invalid for what is no number of ours."""
    given = request.headers.get(LAST_SEEN, "")
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or int(given) > FARTHEST:
        raise Invalid("the number of an event is expected", field=LAST_SEEN)
    return int(given)
