"""What units did in sessions before a moment: their opinions and their runs, for a batch of units at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from app.db.tables import feedback, runs, sessions
from app.db.uow import Tx


@dataclass(frozen=True, slots=True)
class PastOpinion:
    """One opinion, as a metric reads it."""

    unit: str
    kind: str
    metric: str
    value: float | None
    reward: float | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run; `cost` in nano-dollars, None when a price is unknown."""

    unit: str
    failed: bool
    latency_ms: int
    cost: int | None


def opinions(
    tx: Tx, use_case_id: str, units: Sequence[str], *, since: datetime, until: datetime
) -> Iterator[PastOpinion]:
    """Opinions given until then on sessions of these units that began in that time."""
    statement = (
        select(sessions.c.unit, feedback.c.kind, feedback.c.metric, feedback.c.value, feedback.c.reward)
        .join(feedback, feedback.c.session_id == sessions.c.id)
        .where(*_of(use_case_id, units, since, until), feedback.c.at < until)
    )
    for row in tx.execute(statement):
        yield PastOpinion(**row._mapping)


def served(tx: Tx, use_case_id: str, units: Sequence[str], *, since: datetime, until: datetime) -> Iterator[PastRun]:
    """Runs that ended until then, of sessions of these units that began in that time; those cancelled say nothing."""
    statement = (
        select(sessions.c.unit, runs.c.status, runs.c.latency_ms, runs.c.cost)
        .join(runs, runs.c.session_id == sessions.c.id)
        .where(*_of(use_case_id, units, since, until), runs.c.ended_at < until, runs.c.status != "cancelled")
    )
    for row in tx.execute(statement):
        yield PastRun(row.unit, row.status == "failed", row.latency_ms, row.cost)


def came(tx: Tx, use_case_id: str, units: Sequence[str], *, since: datetime, until: datetime) -> set[str]:
    """Which of these units had a session that began in that time."""
    statement = select(sessions.c.unit).where(*_of(use_case_id, units, since, until)).distinct()
    return {row.unit for row in tx.execute(statement)}


def _of(use_case_id: str, units: Sequence[str], since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [
        sessions.c.use_case_id == use_case_id,
        sessions.c.unit.in_(units),
        sessions.c.assigned_at >= since,
        sessions.c.assigned_at < until,
        ~sessions.c.shadow,
        ~sessions.c.forced,
    ]
