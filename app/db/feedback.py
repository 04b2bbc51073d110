"""Feedback as rows: one opinion per target, kind and rater; the newest by id stands."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Row, select, tuple_, update

from app.db.insert import insert_new
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import feedback
from app.db.uow import Tx
from app.domain.feedback import Feedback

FIELDS: Final = tuple(column for column in feedback.columns if column.name != "target_id")
ORDERS: Final[Orders] = {"at": feedback.c.at}

Place = tuple[str, str, str]  # target, kind, rater
Change = tuple[Feedback | None, Feedback]  # what stood before, what stands now


def place(opinion: Feedback) -> Place:
    """Where at most one opinion stands."""
    return (opinion.call_id or opinion.session_id, opinion.kind, opinion.rater)


def give(tx: Tx, opinions: Sequence[Feedback]) -> list[Change]:
    """Stores each opinion unless one as new stands in its place; what changed, once per place."""
    newest: dict[Place, Feedback] = {}
    for opinion in sorted(opinions, key=lambda opinion: opinion.id):
        newest[place(opinion)] = opinion
    rows = [_values(newest[key]) for key in sorted(newest)]
    new = insert_new(tx, feedback, rows, returning=feedback.c.id)
    changes: list[Change] = [(None, opinion) for opinion in newest.values() if opinion.id in new]
    standing = _standing(tx, [key for key in sorted(newest) if newest[key].id not in new])
    for key, before in standing.items():
        if before.id < newest[key].id:
            tx.execute(update(feedback).where(feedback.c.id == before.id).values(_values(newest[key])))
            changes.append((before, newest[key]))
    return changes


def of_session(tx: Tx, session_id: str) -> list[Feedback]:
    """All opinions on the session and its calls, oldest first."""
    statement = select(*FIELDS).where(feedback.c.session_id == session_id)
    return [_feedback(row) for row in tx.execute(statement.order_by(feedback.c.at, feedback.c.id))]


def page(tx: Tx, use_case_id: str, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Feedback], str | None]:
    """Opinions on a use case, newest first, and the next page's cursor."""
    statement = select(*FIELDS).where(feedback.c.use_case_id == use_case_id)
    by = order_by("-at", ORDERS, unique=feedback.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_feedback)


def _standing(tx: Tx, places: Sequence[Place]) -> dict[Place, Feedback]:
    """The opinions in these places, locked in one order for all writers."""
    if not places:
        return {}
    columns = (feedback.c.target_id, feedback.c.kind, feedback.c.rater)
    statement = select(*FIELDS).where(tuple_(*columns).in_(places)).order_by(*columns).with_for_update()
    return {place(opinion): opinion for opinion in map(_feedback, tx.execute(statement))}


def _values(opinion: Feedback) -> dict[str, object]:
    return {
        **{column.name: getattr(opinion, column.name) for column in FIELDS},
        "target_id": opinion.call_id or opinion.session_id,
    }


def _feedback(row: Row[tuple[object, ...]]) -> Feedback:
    return Feedback(**row._mapping)
