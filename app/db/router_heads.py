"""Heads of the router as rows: what one model's quality is forecast from, of one learner, with its place in the log."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select, tuple_

from app.db.insert import insert
from app.db.tables import router_heads
from app.db.uow import Tx

c = router_heads.c


@dataclass(frozen=True, slots=True)
class Head:
    """`outcomes` is the weight that it has learned from, up to place `seq` of the learner's log; `fitted` how many
    outcomes it was last fitted to as a whole."""

    learner: str
    model: str
    state: bytes
    outcomes: float
    seq: str | None
    fitted: int
    updated_at: datetime


FIELDS: Final = tuple(field.name for field in fields(Head))


def of_learner(tx: Tx, learner: str) -> list[Head]:
    """By model."""
    return [_head(row) for row in tx.execute(select(router_heads).where(c.learner == learner).order_by(c.model))]


def marks(tx: Tx) -> dict[tuple[str, str], datetime]:
    """When each head was last written, by learner and model."""
    return {(row.learner, row.model): row.updated_at for row in tx.execute(select(c.learner, c.model, c.updated_at))}


def put(tx: Tx, head: Head) -> None:
    """Stores the head in place of the one before."""
    fresh = insert(tx, router_heads).values(_values(head))
    changed = {name: fresh.excluded[name] for name in FIELDS if name not in ("learner", "model")}
    tx.execute(fresh.on_conflict_do_update(index_elements=[c.learner, c.model], set_=changed))


def prune(tx: Tx, before: datetime, *, at_most: int = 100) -> int:
    """Forgets heads that have learned nothing since that moment, some at a time; how many."""
    old = select(c.learner, c.model).where(c.updated_at < before).order_by(c.updated_at).limit(at_most)
    return tx.execute(delete(router_heads).where(tuple_(c.learner, c.model).in_(old))).rowcount


def _values(head: Head) -> dict[str, object]:
    return {name: getattr(head, name) for name in FIELDS}


def _head(row: Row[Any]) -> Head:
    return Head(**row._mapping)
