"""Steps of runs as rows: each begins once and ends once, however often it is told."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import Row, or_, select, update

from app.db.insert import insert
from app.db.tables import run_steps
from app.db.uow import Tx
from app.domain.run_step import LOST, RunStep

FIELDS: Final = tuple(field.name for field in fields(RunStep))
KEY: Final = (run_steps.c.run_id, run_steps.c.step)


def begin(tx: Tx, begun: Sequence[RunStep]) -> None:
    """Stores those that are not there yet."""
    if begun:
        tx.execute(insert(tx, run_steps).on_conflict_do_nothing(), [_values(step) for step in begun])


def end(tx: Tx, ended: Sequence[RunStep]) -> None:
    """Stores how they ended, unless that is known already; what was taken for lost has ended after all."""
    if not ended:
        return
    fresh = insert(tx, run_steps)
    given = {name: fresh.excluded[name] for name in FIELDS if name not in ("run_id", "step")}
    open_still = or_(run_steps.c.state == "running", run_steps.c.error == LOST)
    statement = fresh.on_conflict_do_update(index_elements=list(KEY), set_=given, where=open_still)
    rows = {(step.run_id, step.step): _values(step) for step in ended}
    tx.execute(statement, list(rows.values()))


def of_run(tx: Tx, run_id: str) -> list[RunStep]:
    """Those that have begun, in the flow's order."""
    statement = select(run_steps).where(run_steps.c.run_id == run_id)
    return [_step(row) for row in tx.execute(statement.order_by(run_steps.c.place))]


def lose(tx: Tx, run_id: str, moment: datetime) -> None:
    """Nobody is at these steps any more."""
    own = (run_steps.c.run_id == run_id, run_steps.c.state == "running")
    tx.execute(update(run_steps).where(*own).values(state="failed", error=LOST, ended_at=moment))


def _values(step: RunStep) -> dict[str, object]:
    return {name: getattr(step, name) for name in FIELDS}


def _step(row: Row[tuple[object, ...]]) -> RunStep:
    return RunStep(**row._mapping)
