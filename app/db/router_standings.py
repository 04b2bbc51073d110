"""Standings as rows: whether a learner's router was better than one model all the time, as last judged."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select

from app.db.insert import insert
from app.db.tables import router_standings
from app.db.uow import Tx

c = router_standings.c


@dataclass(frozen=True, slots=True)
class Standing:
    """`verdict` in a few words; `single` the model that would do as well, None when there is none or nobody knows.

    `told`: the figures on which the verdict rests, as JSON.
    """

    learner: str
    verdict: str
    single: str | None
    told: Mapping[str, object]
    judged_at: datetime


FIELDS: Final = tuple(field.name for field in fields(Standing))


def get(tx: Tx, learner: str) -> Standing | None:
    """None before the first judgement."""
    row = tx.execute(select(router_standings).where(c.learner == learner)).one_or_none()
    return None if row is None else _standing(row)


def all_of(tx: Tx) -> dict[str, Standing]:
    """By learner."""
    return {row.learner: _standing(row) for row in tx.execute(select(router_standings).order_by(c.learner))}


def put(tx: Tx, standing: Standing) -> None:
    """Stores the standing in place of the one before."""
    fresh = insert(tx, router_standings).values({name: getattr(standing, name) for name in FIELDS})
    changed = {name: fresh.excluded[name] for name in FIELDS if name != "learner"}
    tx.execute(fresh.on_conflict_do_update(index_elements=[c.learner], set_=changed))


def prune(tx: Tx, before: datetime) -> int:
    """Forgets standings that nobody has judged since that moment, as of use cases that are gone; how many."""
    return tx.execute(delete(router_standings).where(c.judged_at < before)).rowcount


def _standing(row: Row[Any]) -> Standing:
    return Standing(**row._mapping)
