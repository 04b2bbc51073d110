"""Batches as rows, with sums that tell how far each is without counting its lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, delete, func, insert, literal, select, update

from app.db.frozen_json import codec
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import batches
from app.db.uow import Tx
from app.domain.batch import LIVE, OVER, BadLine, Batch, Door, OnBudget, Standing, Status, Via
from app.domain.errors import NotFound
from app.domain.message import Json

c = batches.c
ORDERS: Final[Orders] = {"created_at": c.created_at}


@dataclass(frozen=True, slots=True)
class Config:
    """What of a batch nothing is looked up by."""

    owner: str | None = None
    team: str | None = None
    models: tuple[str, ...] | None = None
    on_budget: OnBudget = "end"
    via: Via = "calls"
    tags: Json = field(default_factory=dict)
    endpoint: str | None = None


CONFIG: Final = codec(Config)
BAD: Final = codec(tuple[BadLine, ...])
CONFIG_FIELDS: Final = tuple(each.name for each in fields(Config))
FIELDS: Final = tuple(each.name for each in fields(Batch) if each.name not in (*CONFIG_FIELDS, "skipped_lines"))
SUMS: Final = tuple(each.name for each in fields(Standing))


def add(tx: Tx, batch: Batch) -> None:
    """Stores a batch without lines."""
    config = Config(**{name: getattr(batch, name) for name in CONFIG_FIELDS})
    values = {name: getattr(batch, name) for name in FIELDS}
    tx.execute(insert(batches).values(**values, config=CONFIG.encode(config), skipped_lines=[]))


def get(tx: Tx, batch_id: str) -> Batch:
    """One whose lines have all arrived. Raises NotFound."""
    row = tx.execute(select(batches).where(c.id == batch_id, c.status != "receiving")).one_or_none()
    if row is None:
        raise NotFound("batch", batch_id)
    return _batch(row)


def page(
    tx: Tx, *, status: Status | None, cursor: str | None = None, limit: int = 50
) -> tuple[list[tuple[Batch, Standing]], str | None]:
    """Batches with where they stand, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement: Select[tuple[object, ...]] = select(batches).where(c.status != "receiving")
    if status is not None:
        statement = statement.where(c.status == status)
    by = order_by("-created_at", ORDERS, unique=c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_both)


def after(tx: Tx, batch: Batch | None, *, door: Door, limit: int) -> list[tuple[Batch, Standing]]:
    """At most so many of that door that came before that one, newest first; from the newest on without one."""
    statement = select(batches).where(c.status != "receiving", c.door == door)
    if batch is not None:
        older = (c.created_at < batch.created_at) | ((c.created_at == batch.created_at) & (c.id < batch.id))
        statement = statement.where(older)
    return [_both(row) for row in tx.execute(statement.order_by(c.created_at.desc(), c.id.desc()).limit(limit))]


def standing(tx: Tx, batch_id: str) -> Standing:
    """How far it is; one row, whatever its size. Raises NotFound."""
    row = tx.execute(select(*(c[name] for name in SUMS)).where(c.id == batch_id)).one_or_none()
    if row is None:
        raise NotFound("batch", batch_id)
    return Standing(*row)


def hold(tx: Tx, batch_id: str) -> tuple[Status, int]:
    """Its status and how many lines are done; nobody else changes either until the transaction is over."""
    row = tx.execute(select(c.status, c.answered).where(c.id == batch_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("batch", batch_id)
    return row.status, row.answered


def count(tx: Tx, batch_id: str, **more: int) -> None:
    """Adds to its sums, by name."""
    added = {name: c[name] + amount for name, amount in more.items() if amount}
    if added:
        tx.execute(update(batches).where(c.id == batch_id).values(added))


def arrived(tx: Tx, batch_id: str, bad: Sequence[BadLine], *, skipped: int) -> None:
    """All its lines are there: it waits to be run."""
    told = {"status": "queued", "skipped_lines": BAD.encode(tuple(bad)), "skipped": skipped}
    tx.execute(update(batches).where(c.id == batch_id).values(told))


def take(tx: Tx, batch_id: str, moment: datetime) -> bool:
    """Whether it waited or ran, and is now run from where it stands."""
    values = {
        c.status: "running",
        c.started_at: func.coalesce(c.started_at, literal(moment, c.started_at.type)),
        c.taken_at: moment,
        c.taken_done: c.answered,
        c.waits_for: None,
    }
    return tx.execute(update(batches).where(c.id == batch_id, c.status.in_(LIVE)).values(values)).rowcount == 1


def wait(tx: Tx, batch_id: str, why: str) -> None:
    """It stays where it is until what stands in its way is over."""
    tx.execute(update(batches).where(c.id == batch_id, c.status.in_(LIVE)).values(waits_for=why))


def end(tx: Tx, batch_id: str, status: Status, moment: datetime, *, error: str | None = None) -> bool:
    """Whether it had not ended before."""
    values = {"status": status, "ended_at": moment, "error": error, "waits_for": None}
    return tx.execute(update(batches).where(c.id == batch_id, c.status.in_(LIVE)).values(values)).rowcount == 1


def queue_again(tx: Tx, batch_id: str) -> bool:
    """Whether it had failed and still has its lines, and now waits again with what is answered kept."""
    failed = (c.id == batch_id, c.status == "failed", c.forgotten_at.is_(None))
    values = {"status": "queued", "ended_at": None, "error": None}
    return tx.execute(update(batches).where(*failed).values(values)).rowcount == 1


def remove(tx: Tx, batch_id: str) -> None:
    """With all that it owns. Raises NotFound."""
    if not tx.execute(delete(batches).where(c.id == batch_id)).rowcount:
        raise NotFound("batch", batch_id)


def forget(tx: Tx, batch_id: str, moment: datetime) -> None:
    """Its lines are gone; what it came to stays."""
    tx.execute(update(batches).where(c.id == batch_id).values(forgotten_at=moment, skipped_lines=[]))


def forgettable(tx: Tx, ended_before: datetime, *, limit: int) -> list[str]:
    """Ids of batches that ended before that and still have their lines, oldest first."""
    old = (c.ended_at < ended_before, c.forgotten_at.is_(None), c.status.in_(OVER))
    return list(tx.execute(select(c.id).where(*old).order_by(c.ended_at).limit(limit)).scalars())


def abandoned(tx: Tx, begun_before: datetime, *, limit: int) -> list[str]:
    """Ids of batches whose upload began before that and never ended."""
    old = (c.status == "receiving", c.created_at < begun_before)
    return list(tx.execute(select(c.id).where(*old).order_by(c.created_at).limit(limit)).scalars())


def _both(row: Row[Any]) -> tuple[Batch, Standing]:
    return _batch(row), Standing(**{name: row._mapping[name] for name in SUMS})


def _batch(row: Row[Any]) -> Batch:
    values = row._mapping
    config: Config = CONFIG.decode(values["config"])
    return Batch(
        **{name: getattr(config, name) for name in CONFIG_FIELDS},
        **{name: values[name] for name in FIELDS},
        skipped_lines=BAD.decode(values["skipped_lines"]),
    )
