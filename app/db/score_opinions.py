"""Opinions of people beside the scores of what they are about, as far as both are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select

from app.db.tables import feedback, scores
from app.db.uow import Tx
from app.domain.quality.opinions import JUDGING, Said

MOST_OPINIONS: Final = 5_000
MOST_ROWS: Final = 20_000

f, c = feedback.c, scores.c


def said(tx: Tx, use_case_id: str, rubric: str, *, since: datetime) -> list[Said]:
    """The newest opinions since that moment with each score by the rubric of the call, else of the session.

    At most 5 000 opinions on calls and as many on sessions. Shadows are left out, and opinions of the service itself.
    """
    named = _beside(tx, use_case_id, rubric, since, of=f.call_id.is_not(None), same=c.call_id == f.call_id)
    whole = _beside(tx, use_case_id, rubric, since, of=f.call_id.is_(None), same=c.session_id == f.session_id)
    return [*named, *whole]


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
        select(f.call_id, f.session_id, f.kind, f.value, f.reward, f.edit_distance, c.total, c.dimensions)
        .join(scores, same)
        .where(f.id.in_(newest), c.rubric == rubric)
        .order_by(f.at.desc(), f.id.desc(), c.at.desc(), c.call_id)
        .limit(MOST_ROWS)
    )
    return [_said(row) for row in tx.execute(statement)]


def _said(row: Row[*tuple[Any, ...]]) -> Said:
    return Said(
        about=row.call_id or row.session_id,
        kind=row.kind,
        value=row.value,
        reward=row.reward,
        edited=row.edit_distance,
        total=row.total,
        points=row.dimensions,
    )
