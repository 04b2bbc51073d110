"""What the router learns from as rows: opinions and routes in the order of their ids, and the answers they speak of."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Row, Select, select

from app.db import model_days
from app.db.tables import calls, feedback, routes
from app.db.uow import Tx
from app.domain.feedback import Feedback
from app.domain.route import Tried, learner_of
from app.domain.routing.crediting import Answer, Made, Walked

ANSWERED: Final = ("ok", "cached")
AT_ONCE: Final = 200  # keys in one statement: stores limit its parameters
MOST: Final = 5_000  # newest routes, and calls, of the sessions of one page
WALKED: Final = ("id", "at", "learner", "level", "model", "tried", "session_id", "run_id", "use_case_id")

_walked: Final = select(*(routes.c[name] for name in WALKED))
_opinions: Final = select(feedback.c.id, feedback.c.session_id)


def opinions_after(tx: Tx, last: str, *, until: str, limit: int) -> list[tuple[str, str]]:
    """Id and session of opinions whose id is greater than `last` and at most `until`, in order."""
    return [(row.id, row.session_id) for row in tx.execute(_between(_opinions, feedback.c.id, last, until, limit))]


def opinions_of(tx: Tx, session_ids: Sequence[str]) -> list[Feedback]:
    """What is said of these sessions, their runs and their calls; of so many the newest MOST."""
    found: list[Feedback] = []
    for part in _parts(session_ids):
        statement = (
            select(*feedback.columns).where(feedback.c.session_id.in_(part)).order_by(feedback.c.id.desc()).limit(MOST)
        )
        found += [Feedback(**row._mapping) for row in tx.execute(statement)]
    return found


def routes_after(tx: Tx, last: str, *, until: str, limit: int) -> list[Walked]:
    """Routes whose id is greater than `last` and at most `until`, in order."""
    return [_of_row(row) for row in tx.execute(_between(_walked, routes.c.id, last, until, limit))]


def routes_of(tx: Tx, session_ids: Sequence[str]) -> list[Walked]:
    """The newest MOST routes of so many sessions."""
    found: list[Walked] = []
    for part in _parts(session_ids):
        statement = _walked.where(routes.c.session_id.in_(part)).order_by(routes.c.at.desc()).limit(MOST)
        found += [_of_row(row) for row in tx.execute(statement)]
    return found


def made_in(tx: Tx, session_ids: Sequence[str]) -> list[Made]:
    """The newest MOST answers that calls of so many sessions gave."""
    found: list[Made] = []
    for part in _parts(session_ids):
        statement = _calls().where(calls.c.session_id.in_(part)).order_by(calls.c.at.desc()).limit(MOST)
        found += [_made(row) for row in tx.execute(statement)]
    return found


def made_by(tx: Tx, call_ids: Sequence[str]) -> list[Made]:
    """The answers of these calls."""
    parts = (_calls().where(calls.c.id.in_(part)) for part in _parts(call_ids))
    return [_made(row) for part in parts for row in tx.execute(part)]


def errors_of(tx: Tx, call_ids: Sequence[str]) -> dict[str, str | None]:
    """The error of each of these calls, None of one without."""
    parts = (select(calls.c.id, calls.c.error).where(calls.c.id.in_(part)) for part in _parts(call_ids))
    return {row.id: row.error for part in parts for row in tx.execute(part)}


def encodings_of(tx: Tx, route_ids: Sequence[str]) -> dict[str, tuple[bytes, float | None]]:
    """By route, if it is still kept, its packed encoding and what the operator's scorer said."""
    columns = (routes.c.id, routes.c.encoding, routes.c.own)
    parts = (select(*columns).where(routes.c.id.in_(part)) for part in _parts(route_ids))
    return {row.id: (row.encoding, row.own) for part in parts for row in tx.execute(part)}


def _between(statement: Select[Any], key: Column[Any], last: str, until: str, limit: int) -> Select[Any]:
    return statement.where(key > last, key <= until).order_by(key).limit(limit)


def _calls() -> Select[Any]:
    c = calls.c
    told = (c.id, c.at, c.model, c.session_id, c.run_id, c.step, c.use_case_id, c.task)
    return select(*told).where(c.source.in_(sorted(model_days.COUNTED)), c.outcome.in_(ANSWERED))


def _made(row: Row[Any]) -> Made:
    learner = learner_of(use_case_id=row.use_case_id, task=row.task)
    answer = Answer(
        row.id,
        row.at,
        learner,
        row.model,
        level="",
        session_id=row.session_id,
        of=row.run_id or row.id,
        use_case_id=row.use_case_id,
    )
    return Made(answer, row.step or "")


def _of_row(row: Row[Any]) -> Walked:
    values = dict(row._mapping)
    return Walked(**{**values, "tried": tuple(Tried(**each) for each in values["tried"])})


def _parts(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)]
