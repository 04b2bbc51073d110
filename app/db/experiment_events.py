"""Events of experiments as rows: written once, read in the order of their ids."""

from datetime import datetime
from typing import Final

from sqlalchemy import Row, delete, insert, select

from app.db.tables import experiment_events as events
from app.db.tables import experiments
from app.db.uow import Tx
from app.domain.event import ExperimentEvent

FIELDS: Final = tuple(column.name for column in events.columns)


def last_id(tx: Tx, experiment_id: str) -> str | None:
    """The id of the experiment's last event, None before the first.

    Nobody else adds one until this unit of work has ended, so ids become visible in their order.
    """
    tx.execute(select(experiments.c.id).where(experiments.c.id == experiment_id).with_for_update(key_share=True))
    own = events.c.experiment_id == experiment_id
    return tx.execute(select(events.c.id).where(own).order_by(events.c.id.desc()).limit(1)).scalar()


def add(tx: Tx, event: ExperimentEvent) -> None:
    """Records the event."""
    tx.execute(insert(events).values({name: getattr(event, name) for name in FIELDS}))


def after(tx: Tx, experiment_id: str, last: str | None, *, limit: int) -> list[ExperimentEvent]:
    """At most `limit` events of the experiment after the one with id `last`, oldest first; None: from the first on."""
    statement = select(events).where(events.c.experiment_id == experiment_id)
    if last is not None:
        statement = statement.where(events.c.id > last)
    return [_event(row) for row in tx.execute(statement.order_by(events.c.id).limit(limit))]


def newest(tx: Tx, experiment_id: str, *, limit: int) -> list[ExperimentEvent]:
    """The last events of the experiment, the newest first."""
    own = select(events).where(events.c.experiment_id == experiment_id)
    return [_event(row) for row in tx.execute(own.order_by(events.c.id.desc()).limit(limit))]


def last_of(tx: Tx, experiment_id: str, kind: str) -> ExperimentEvent | None:
    """The newest event of that kind, None before the first."""
    own = (events.c.experiment_id == experiment_id, events.c.kind == kind)
    row = tx.execute(select(events).where(*own).order_by(events.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _event(row)


def prune(tx: Tx, before: datetime, *, limit: int = 1_000) -> int:
    """Forgets the oldest events from before that moment, some at a time; how many."""
    old = select(events.c.id).where(events.c.at < before).order_by(events.c.id).limit(limit)
    return tx.execute(delete(events).where(events.c.id.in_(old))).rowcount


def _event(row: Row[tuple[object, ...]]) -> ExperimentEvent:
    return ExperimentEvent(**row._mapping)
