"""Weights of a rubric's dimensions as rows, where a use case has its own."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select

from app.db.insert import insert
from app.db.tables import rubric_weights
from app.db.uow import Tx

c = rubric_weights.c


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight by dimension; `source` says where they come from, `answers` from how many they were learned."""

    use_case_id: str
    rubric: str
    weights: Mapping[str, float]
    source: str
    answers: int
    updated_at: datetime


FIELDS: Final = tuple(field.name for field in fields(Weights))


def get(tx: Tx, use_case_id: str, rubric: str) -> Weights | None:
    """None where the use case takes the weights that every one has."""
    own = (c.use_case_id == use_case_id, c.rubric == rubric)
    row = tx.execute(select(rubric_weights).where(*own)).one_or_none()
    return None if row is None else _weights(row)


def put(tx: Tx, weights: Weights) -> None:
    """Stores the weights in place of those before. Raises Invalid for a use case that is gone."""
    fresh = insert(tx, rubric_weights).values({name: getattr(weights, name) for name in FIELDS})
    changed = {name: fresh.excluded[name] for name in FIELDS if name not in ("use_case_id", "rubric")}
    tx.execute(fresh.on_conflict_do_update(index_elements=[c.use_case_id, c.rubric], set_=changed))


def remove(tx: Tx, use_case_id: str, rubric: str) -> bool:
    """Whether there were weights of its own to take away."""
    return tx.execute(delete(rubric_weights).where(c.use_case_id == use_case_id, c.rubric == rubric)).rowcount == 1


def _weights(row: Row[Any]) -> Weights:
    return Weights(**row._mapping)
