"""Events of traffic: written by the journal with the facts that they tell of, under the ids of those, once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite

from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, RunDone
from app.db.tables import events
from app.db.uow import Tx
from app.domain.call import REPORTED, Call, Run
from app.domain.feedback import Feedback
from app.domain.money import to_usd
from app.domain.session import Session

TEXTS: Final = {
    "session.assigned": "a session was given its flow",
    "run.succeeded": "a run succeeded",
    "run.failed": "a run failed",
    "run.cancelled": "a run was cancelled",
    "feedback.given": "an opinion was given",
    "call.reported": "a call made elsewhere was reported",
}
Row = Mapping[str, object]


def add(tx: Tx, facts: Sequence[Fact], new: set[str]) -> None:
    """Records what those facts tell of whose ids are among the new ones; nothing of shadows, which nobody is shown."""
    shadows = {fact.session.id for fact in facts if isinstance(fact, Pin) and fact.session.shadow}
    rows = {str(row["id"]): row for fact in facts for row in _rows(fact, new, shadows)}
    if rows:
        tx.execute(_do_nothing(tx.dialect.name), list(rows.values()))


def _rows(fact: Fact, new: set[str], shadows: set[str]) -> Iterator[Row]:
    match fact:
        case Pin(session) if session.id in new and not session.shadow:
            yield _of_session(session)
        case RunDone() if fact.run.id in new and fact.run.session_id not in shadows:
            yield _of_run(fact.run)
        case FeedbackGiven(opinion) if opinion.id in new and not opinion.shadow and opinion.kind != "failure":
            yield _of_opinion(opinion)
        case CallDone() if fact.call.id in new and fact.call.source in REPORTED:
            yield _of_call(fact.call)


def _of_session(session: Session) -> Row:
    data = {
        "correlation_id": session.correlation_id,
        "flow_id": session.flow_id,
        "flow_version": session.flow_version,
        "replaces": session.replaces,
        **({"forced": True} if session.forced else {}),
    }
    return _row("session.assigned", session.id, session.id, session.assigned_at, session.use_case_id, data)


def _of_run(run: Run) -> Row:
    data = {
        "session_id": run.session_id,
        "flow_id": run.flow_id,
        "flow_version": run.flow_version,
        "step": run.step,
        "error": run.error,
        "failed_step": run.failed_step,
        "cost_usd": _usd(run.cost),
        "latency_ms": run.latency_ms,
    }
    return _row(f"run.{run.status}", run.id, run.id, run.ended_at or run.started_at, run.use_case_id, data)


def _of_opinion(opinion: Feedback) -> Row:
    """Without comment and link: they are somebody's words."""
    data = {
        "session_id": opinion.session_id,
        "run_id": opinion.run_id,
        "call_id": opinion.call_id,
        "flow_id": opinion.flow_id,
        "kind": opinion.kind,
        "rater": opinion.rater,
        "value": opinion.value,
        "reward": opinion.reward,
        "metric": opinion.metric or None,
    }
    return _row("feedback.given", opinion.id, opinion.session_id, opinion.at, opinion.use_case_id, data)


def _of_call(call: Call) -> Row:
    data = {
        "model": call.model,
        "provider": call.provider,
        "outcome": call.outcome,
        "session_id": call.session_id,
        "cost_usd": _usd(call.cost),
        "latency_ms": call.latency_ms,
    }
    return _row("call.reported", call.id, call.id, call.at, call.use_case_id, data)


def _row(kind: str, id_: str, about: str, at: datetime, use_case_id: str | None, data: Row) -> Row:
    return {
        "id": id_,
        "at": at,
        "kind": kind,
        "about": about,
        "use_case_id": use_case_id,
        "text": TEXTS[kind],
        "data": data,
    }


def _usd(nanos: int | None) -> str | None:
    return None if nanos is None else to_usd(nanos)


@cache
def _do_nothing(dialect: str) -> Insert:
    fresh = sqlite.insert(events) if dialect == "sqlite" else postgresql.insert(events)
    return fresh.on_conflict_do_nothing()
