"""Events as rows: written once, by whoever makes them happen or by the journal, and numbered once they are told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, delete, insert, select

from app.db.insert import insert_new
from app.db.tables import events, experiments
from app.db.uow import Tx
from app.domain.event import Event

FIELDS: Final = tuple(column.name for column in events.columns)
c = events.c


def last_id(tx: Tx, experiment_id: str) -> str | None:
    """The id of the experiment's last event, None before the first.

    Nobody else adds one until this unit of work has ended, so ids become visible in their order.
    """
    tx.execute(select(experiments.c.id).where(experiments.c.id == experiment_id).with_for_update(key_share=True))
    own = select(c.id).where(c.about == experiment_id)
    return tx.execute(own.order_by(c.id.desc()).limit(1)).scalar()


def add(tx: Tx, event: Event) -> None:
    """Records the event."""
    tx.execute(insert(events).values({name: getattr(event, name) for name in FIELDS}))


def after(tx: Tx, about: str, last: str | None, *, limit: int) -> list[Event]:
    """At most `limit` events about it after the one with id `last`, oldest first; None: from the first on."""
    statement = select(events).where(c.about == about)
    if last is not None:
        statement = statement.where(c.id > last)
    return [to_event(row) for row in tx.execute(statement.order_by(c.id).limit(limit))]


def newest(tx: Tx, about: str, *, limit: int) -> list[Event]:
    """The last events about it, the newest first."""
    own = select(events).where(c.about == about)
    return [to_event(row) for row in tx.execute(own.order_by(c.id.desc()).limit(limit))]


def last_of(tx: Tx, about: str, kind: str) -> Event | None:
    """The newest event of that kind, None before the first."""
    own = select(events).where(c.about == about, c.kind == kind)
    row = tx.execute(own.order_by(c.id.desc()).limit(1)).one_or_none()
    return None if row is None else to_event(row)


def add_new(tx: Tx, made: Sequence[Event]) -> None:
    """Records those that are not there yet."""
    insert_new(tx, events, [{name: getattr(event, name) for name in FIELDS} for event in made], returning=c.id)


def prune(tx: Tx, before: datetime, kinds: Sequence[str], *, limit: int = 1_000) -> int:
    """Forgets the oldest events of each of the kinds from before that moment, so many of each; how many."""
    gone = 0
    for kind in kinds:
        oldest = select(c.id, c.at).where(c.kind == kind).order_by(c.id).limit(limit).subquery()
        old = select(oldest.c.id).where(oldest.c.at < before)
        gone += tx.execute(delete(events).where(c.id.in_(old))).rowcount
    return gone


def to_event(row: Row[tuple[object, ...]]) -> Event:
    """The event of a row."""
    return Event(**row._mapping)
