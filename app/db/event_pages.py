"""Pages of the log: newest or oldest first, by kind, by what events are about, by use case, and by time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, union_all

from app.db.events import to_event
from app.db.tables import events
from app.db.types import uuid
from app.db.uow import Tx
from app.domain.errors import Invalid, NotFound
from app.domain.event import Event

c = events.c
SLACK: Final = timedelta(days=1)  # an id may have been made so long before, or after, the moment of its event
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are meant; None means any. From `since` on, and before `until`."""

    kinds: tuple[str, ...] | None = None
    about: str | None = None
    use_case_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def get(tx: Tx, event_id: str) -> Event:
    """Raises NotFound."""
    row = tx.execute(select(events).where(c.id == event_id)).one_or_none()
    if row is None:
        raise NotFound("event", event_id)
    return to_event(row)


def page(
    tx: Tx, wanted: EventFilter, *, oldest_first: bool = False, cursor: str | None = None, limit: int = 50
) -> tuple[list[Event], str | None]:
    """Events by their ids, and the cursor of the next page. Raises Invalid for a foreign cursor.

    Of each kind no more is read than fits on the page, so that what is rare is found as fast as what is frequent.
    """
    asked = [*conditions(wanted), *_beyond(cursor, oldest_first)]
    by = c.id.asc() if oldest_first else c.id.desc()
    if wanted.kinds is None or wanted.about is not None:
        kinds = [] if wanted.kinds is None else [c.kind.in_(wanted.kinds)]
        statement = select(events).where(*asked, *kinds).order_by(by).limit(limit + 1)
    else:
        parts = [
            select(select(c.id).where(c.kind == kind, *asked).order_by(by).limit(limit + 1).subquery().c.id)
            for kind in wanted.kinds
        ]
        statement = select(events).where(c.id.in_(union_all(*parts))).order_by(by).limit(limit + 1)
    rows = [to_event(row) for row in tx.execute(statement)]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    """What an event must be, all but its kind; bounds on ids keep from reading what is far too old or too new."""
    asked: list[ColumnElement[bool]] = []
    if wanted.about is not None:
        asked.append(c.about == wanted.about)
    if wanted.use_case_id is not None:
        asked.append(c.use_case_id == wanted.use_case_id)
    if wanted.since is not None:
        since = _bounded(wanted.since)
        asked += [c.at >= since, c.id >= first_id(since - SLACK)]
    if wanted.until is not None:
        until = _bounded(wanted.until)
        asked += [c.at < until, c.id < first_id(until + SLACK)]
    return asked


def _bounded(moment: datetime) -> datetime:
    """The moment, or the end of time that is nearer: there are no events beyond, and no figures to count with."""
    return min(max(moment, EARLIEST), LATEST)


def first_id(moment: datetime) -> str:
    """The lowest UUIDv7 of that millisecond."""
    digits = f"{max(0, int(moment.timestamp() * 1000)):012x}"
    return f"{digits[:8]}-{digits[8:12]}-7000-8000-000000000000"


def _beyond(cursor: str | None, oldest_first: bool) -> Sequence[ColumnElement[bool]]:
    if cursor is None:
        return ()
    try:
        seen = uuid(cursor)
    except Invalid:
        raise Invalid("this cursor does not belong to this list", field="cursor") from None
    return (c.id > seen,) if oldest_first else (c.id < seen,)
