"""Opinions of people beside the scores of what they are about, as far as both are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select

from app.db.tables import feedback, runs, scores
from app.db.uow import Tx
from app.domain.quality.opinions import JUDGING, Said

MOST_OPINIONS: Final = 5_000
MOST_ROWS: Final = 20_000

f, c = feedback.c, scores.c


def said(tx: Tx, use_case_id: str, rubric: str, *, since: datetime) -> list[Said]:
    """The newest opinions since that moment with each score by the rubric of call, else run, else session.

    A session's scores are those of runs that had begun when the opinion was given. At most 5 000 opinions on calls, and
    as many on runs and on sessions. Shadows are left out, and opinions of the service itself.
    """
    session = c.session_id == f.session_id
    begun = func.coalesce(select(runs.c.started_at).where(runs.c.id == c.run_id).scalar_subquery(), c.at)
    on_call, on_run = f.call_id.is_not(None), f.run_id.is_not(None)
    return [
        *_beside(tx, use_case_id, rubric, since, of=on_call, same=c.call_id == f.call_id),
        *_beside(tx, use_case_id, rubric, since, of=~on_call & on_run, same=session & (c.run_id == f.run_id)),
        *_beside(tx, use_case_id, rubric, since, of=~on_call & ~on_run, same=session & (begun <= f.at)),
    ]


def _beside(
    tx: Tx, use_case_id: str, rubric: str, since: datetime, *, of: ColumnElement[bool], same: ColumnElement[bool]
) -> Sequence[Said]:
    newest = (
        select(f.id)
        .where(f.use_case_id == use_case_id, f.at >= since, f.kind.in_(JUDGING), of)
        .where(f.reward.is_not(None), f.shadow.is_(False))
        .order_by(f.at.desc(), f.id.desc())
        .limit(MOST_OPINIONS)
    )
    statement = (
        select(f.id, f.call_id, f.run_id, f.kind, f.value, f.reward, f.edit_distance)
        .add_columns(c.call_id.label("scored"), c.session_id, c.total, c.dimensions)
        .select_from(feedback)
        .join(scores, same)
        .where(f.id.in_(newest), c.rubric == rubric)
        .order_by(f.at.desc(), f.id.desc(), c.at.desc(), c.call_id)
        .limit(MOST_ROWS)
    )
    return [_said(row) for row in tx.execute(statement)]


def _said(row: Row[*tuple[Any, ...]]) -> Said:
    """Of a run one answer is scored, that of its last step: who speaks of the run speaks of it."""
    return Said(
        opinion=row.id,
        about=row.session_id if row.call_id is None and row.run_id is None else row.scored,
        kind=row.kind,
        value=row.value,
        reward=row.reward,
        edited=row.edit_distance,
        total=row.total,
        points=row.dimensions,
    )
