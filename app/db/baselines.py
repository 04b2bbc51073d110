"""What the newest sessions of a use case have shown: a bounded part of the history, however long that is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, select

from app.db.feedback import FAILURE
from app.db.tables import calls, feedback, runs, sessions
from app.db.uow import Tx
from app.domain.ab.metric import OPINIONS, SERVED, Metric
from app.domain.run_step import LOST

MOST: Final = 10_000  # sessions that are looked at, and about so many facts of theirs
AT_ONCE: Final = 500  # sessions in one statement, so few that every store looks them up by index
REPORTED: Final = "reported"  # the source of calls made elsewhere; those of our own belong to a run
# What stood in a run's way and says nothing of its flow.
NOT_OF_FLOW: Final = (
    *("unpriced", "budget-exceeded", "rate-limited", "overloaded", "store-unavailable", "caller-left"),
    *("run-cancelled", LOST),
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A session as far as units are concerned."""

    id: str
    unit: str
    correlation_id: str
    flow_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact of a session, as an amount in parts of 1e-9 of the metric's range."""

    session_id: str
    amount: int


def newest(tx: Tx, use_case_id: str) -> list[Arrived]:
    """At most MOST sessions that were shown, newest first."""
    c = sessions.c
    own = select(c.id, c.unit, c.correlation_id, c.flow_id, c.assigned_at).where(
        c.use_case_id == use_case_id, ~c.shadow, ~c.forced
    )
    rows = tx.execute(own.order_by(c.assigned_at.desc(), c.id.desc()).limit(MOST))
    return [Arrived(*row) for row in rows]


def facts(tx: Tx, own: Sequence[Arrived], metric: Metric) -> tuple[list[Shown], int]:
    """What these sessions have shown of the metric, and how many of them, from the first on, were looked at.

    No more are looked at once there are MOST facts; of those that were, all facts are told.
    """
    shown: list[Shown] = []
    for start in range(0, len(own), AT_ONCE):
        if len(shown) >= MOST:
            return shown, start
        ids = [session.id for session in own[start : start + AT_ONCE]]
        for statement in _served(ids) if metric.kind in SERVED else (_opinions(ids, metric),):
            amounts = ((row.session_id, _amount(metric, row)) for row in tx.execute(statement))
            shown += [Shown(session_id, amount) for session_id, amount in amounts if amount is not None]
    return shown, len(own)


def _opinions(ids: Collection[str], metric: Metric) -> Select[Any]:
    """Those that the metric is made of."""
    c = feedback.c
    found = select(c.session_id, c.kind, c.metric, c.value, c.reward).where(c.session_id.in_(ids))
    if metric.kind == "number":
        return found.where(c.kind == "number", c.metric == metric.name)
    kind = OPINIONS.get(metric.kind)
    return found.where(c.reward.is_not(None)) if kind is None else found.where(c.kind.in_([kind, FAILURE]))


def _served(ids: Collection[str]) -> tuple[Select[Any], Select[Any]]:
    """Runs that say something of their flow, and calls that were reported from elsewhere."""
    ended = (runs.c.status == "succeeded") | ((runs.c.status == "failed") & runs.c.error.not_in(NOT_OF_FLOW))
    of_runs = select(runs.c.session_id, (runs.c.status == "failed").label("failed"), runs.c.latency_ms, runs.c.cost)
    of_calls = select(
        calls.c.session_id, (calls.c.outcome == "error").label("failed"), calls.c.latency_ms, calls.c.cost
    )
    return (
        of_runs.where(runs.c.session_id.in_(ids), ended),
        of_calls.where(calls.c.session_id.in_(ids), calls.c.source == REPORTED),
    )


def _amount(metric: Metric, row: Row[Any]) -> int | None:
    if metric.kind in SERVED:
        return metric.amount_of_run(failed=row.failed, latency_ms=row.latency_ms, cost=row.cost)
    return metric.amount_of_opinion(row.kind, name=row.metric, value=row.value, reward=row.reward)
