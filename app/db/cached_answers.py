"""Kept answers as rows, found by the fingerprint of the request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select

from app.db.entry_json import reply_from_json, reply_to_json
from app.db.insert import insert
from app.db.tables import cached_answers, revisions
from app.db.uow import Tx
from app.domain.cached import Entry, Kept

PURGES: Final = "cache"


@dataclass(frozen=True, slots=True)
class Forgettable:
    """Which answers go; None asks nothing. `older_than`: those made before that moment."""

    older_than: datetime | None = None
    partition: str | None = None
    model: str | None = None

    def covers(self, kept: Kept) -> bool:
        """Whether that answer goes."""
        return (
            (self.older_than is None or kept.made_at < self.older_than)
            and self.partition in (None, kept.partition)
            and self.model in (None, kept.model)
        )


def get(tx: Tx, key: str, moment: datetime) -> Entry | None:
    """The answer, unless there is none or its lifetime is over."""
    columns = cached_answers.c
    row = tx.execute(select(cached_answers).where(columns.key == key, columns.expires_at > moment)).one_or_none()
    reply = None if row is None else reply_from_json(row.body)
    if row is None or reply is None:
        return None
    kept = Kept(
        reply=reply,
        cost=row.cost,
        model=row.model,
        provider=row.provider,
        made_at=row.at,
        call_id=row.call_id,
        partition=row.partition,
    )
    return Entry(kept, row.expires_at)


def put(tx: Tx, key: str, entry: Entry) -> None:
    """Keeps the answer in place of an older one. Raises Invalid for text that cannot be kept."""
    kept, body = entry.kept, reply_to_json(entry.kept.reply)
    values = {
        "partition": kept.partition,
        "at": kept.made_at,
        "expires_at": entry.expires_at,
        "model": kept.model,
        "provider": kept.provider,
        "body": body.decode(),
        "cost": kept.cost,
        "call_id": kept.call_id,
        "bytes": len(body),
    }
    fresh = insert(tx, cached_answers).values(key=key, **values)
    tx.execute(fresh.on_conflict_do_update(index_elements=[cached_answers.c.key], set_=values))


def count(tx: Tx) -> int:
    """How many answers are kept, also those whose lifetime is over."""
    return int(tx.execute(select(func.count()).select_from(cached_answers)).scalar_one())


def forget(tx: Tx, which: Forgettable) -> int:
    """How many answers were dropped; every process notices by `purges`."""
    columns = cached_answers.c
    asked: list[ColumnElement[bool]] = []
    if which.older_than is not None:
        asked.append(columns.at < which.older_than)
    if which.partition is not None:
        asked.append(columns.partition == which.partition)
    if which.model is not None:
        asked.append(columns.model == which.model)
    _mark(tx)
    return tx.execute(delete(cached_answers).where(*asked)).rowcount


def prune(tx: Tx, moment: datetime, *, limit: int) -> int:
    """How many answers whose lifetime is over were dropped, at most `limit`."""
    columns = cached_answers.c
    over = select(columns.key).where(columns.expires_at <= moment).order_by(columns.expires_at).limit(limit)
    return tx.execute(delete(cached_answers).where(columns.key.in_(over.scalar_subquery()))).rowcount


def purges(tx: Tx) -> int:
    """How often answers were forgotten on purpose."""
    return int(tx.execute(select(revisions.c.revision).where(revisions.c.name == PURGES)).scalar() or 0)


def _mark(tx: Tx) -> None:
    fresh = insert(tx, revisions).values(name=PURGES, revision=1)
    tx.execute(
        fresh.on_conflict_do_update(index_elements=[revisions.c.name], set_={"revision": revisions.c.revision + 1})
    )
