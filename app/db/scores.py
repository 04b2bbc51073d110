"""Scores of answers as rows: written once per call and rubric, read in the order in which they came."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, delete, select, tuple_

from app.db.facts import Scored
from app.db.insert import insert
from app.db.tables import scores
from app.db.uow import Tx

Key = tuple[str, str]  # call id, rubric

c = scores.c
FIELDS: Final = tuple(field.name for field in fields(Scored))


def add_new(tx: Tx, scored: Sequence[Scored]) -> set[Key]:
    """Stores those that are not there yet; their keys."""
    if not scored:
        return set()
    fresh = insert(tx, scores).on_conflict_do_nothing().returning(c.call_id, c.rubric)
    return {(row.call_id, row.rubric) for row in tx.execute(fresh, [_values(each) for each in scored])}


def after(tx: Tx, since: datetime, *, last: Scored | None = None, limit: int) -> list[Scored]:
    """Scores from that moment on, or those that follow `last`, oldest first."""
    order = (c.at, c.call_id, c.rubric)
    statement = select(scores).where(c.at >= since)
    if last is not None:
        statement = statement.where(tuple_(*order) > (last.at, last.call_id, last.rubric))
    return _read(tx, statement.order_by(*order).limit(limit))


def of_calls(tx: Tx, call_ids: Sequence[str]) -> list[Scored]:
    """All scores of these calls, by call and rubric."""
    return _read(tx, select(scores).where(c.call_id.in_(call_ids)).order_by(c.call_id, c.rubric))


def prune(tx: Tx, before: datetime, *, at_most: int = 500) -> int:
    """Forgets the oldest scores from before that moment, some at a time; how many."""
    old = select(c.call_id, c.rubric).where(c.at < before).order_by(c.at).limit(at_most)
    return tx.execute(delete(scores).where(tuple_(c.call_id, c.rubric).in_(old))).rowcount


def _read(tx: Tx, statement: Select[Any]) -> list[Scored]:
    return [_scored(row) for row in tx.execute(statement)]


def _values(each: Scored) -> dict[str, object]:
    return {name: getattr(each, name) for name in FIELDS}


def _scored(row: Row[Any]) -> Scored:
    return Scored(**row._mapping)
