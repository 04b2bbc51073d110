"""What users have put in, as far as runs have kept it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from app.db.tables import runs, sessions
from app.db.uow import Tx
from app.domain.message import Json


def real_inputs(tx: Tx, use_case_id: str, since: datetime, *, limit: int) -> Iterator[Json]:
    """Inputs of the newest whole runs that were served since then, without those that kept none."""
    own = (runs.c.use_case_id == use_case_id, runs.c.started_at >= since)
    whole = (
        runs.c.status == "succeeded",
        runs.c.step.is_(None),
        sessions.c.shadow.is_(False),
        sessions.c.forced.is_(False),
    )
    statement = (
        select(runs.c.inputs)
        .join(sessions, sessions.c.id == runs.c.session_id)
        .where(*own, *whole)
        .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    for row in tx.execute(statement):
        if isinstance(row[0], dict) and row[0]:
            yield row[0]
