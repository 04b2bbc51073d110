"""The log of all events: read in pages, and followed as it grows."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.db import event_numbers as numbers
from app.db import event_pages as pages
from app.db import use_cases as use_case_rows
from app.db.event_pages import EventFilter
from app.db.uow import Tx
from app.domain.errors import Invalid
from app.domain.event import Event, matching
from app.services.departure import Departure
from app.services.world import World

__all__ = ["Asked", "EventFilter", "Shown", "filter_of", "follow", "get", "page", "start"]

POLL_S: Final = 0.5
LASTS_S: Final = 900.0  # then the listener comes again, and names the last number that it has seen
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events are meant: `kinds` are patterns as `event.matching` takes them, `use_case` is a code."""

    kinds: Sequence[str] = ()
    about: str | None = None
    use_case: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An event, and the code of its use case if that is still there."""

    event: Event
    use_case: str | None


def page(
    world: World, asked: Asked, *, oldest_first: bool = False, cursor: str | None, limit: int
) -> tuple[list[Shown], str | None]:
    """Events that match, newest first unless told otherwise, and the next page's cursor. Raises Invalid, NotFound."""
    with world.store.read() as tx:
        wanted = filter_of(tx, asked)
        found, following = pages.page(tx, wanted, oldest_first=oldest_first, cursor=cursor, limit=limit)
        return _shown(tx, found), following


def get(world: World, event_id: str) -> Shown:
    """Raises NotFound."""
    with world.store.read() as tx:
        return _shown(tx, [pages.get(tx, event_id)])[0]


def start(world: World, asked: Asked) -> tuple[EventFilter, int]:
    """What a feed is to look for, and the last number given so far. Raises Invalid, NotFound."""
    with world.store.read() as tx:
        return filter_of(tx, asked), numbers.last_given(tx)


def follow(
    world: World, wanted: EventFilter, departure: Departure, *, after: int, lasts_s: float = LASTS_S
) -> Generator[Shown]:
    """Events behind the number `after`, in the order of their numbers, as they come; none is missed, none told twice.

    Ends when the listener leaves, when the server is about to stop, and after `lasts_s`. Raises StoreUnavailable.
    """
    until = time.monotonic() + lasts_s
    bare = replace(wanted, kinds=None)
    while not departure.left:
        with world.store.read() as tx:
            found, looked = numbers.after(tx, after, among=pages.conditions(bare), kinds=wanted.kinds, limit=AT_ONCE)
            shown = _shown(tx, found)
        yield from shown
        if world.listeners.closed or time.monotonic() >= until:
            return
        if looked == after:
            departure.wait(POLL_S)
        after = looked


def filter_of(tx: Tx, asked: Asked) -> EventFilter:
    """The filter with ids in place of codes. Raises NotFound for the use case, Invalid for a kind or the times."""
    if asked.since is not None and asked.until is not None and asked.since >= asked.until:
        raise Invalid("until must be after since", field="until")
    return EventFilter(
        kinds=matching(asked.kinds) if asked.kinds else None,
        about=asked.about,
        use_case_id=None if asked.use_case is None else use_case_rows.get_by_code(tx, asked.use_case).id,
        since=asked.since,
        until=asked.until,
    )


def _shown(tx: Tx, found: Sequence[Event]) -> list[Shown]:
    codes = use_case_rows.codes_of(tx, {event.use_case_id for event in found if event.use_case_id is not None})
    return [Shown(event, codes.get(event.use_case_id or "")) for event in found]
