"""Feedback as rows: one opinion per target, kind, rater, metric and event; the newest by id stands."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from sqlalchemy import Row, bindparam, func, select, tuple_, update

from app.db.insert import insert_new
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import feedback
from app.db.uow import Tx
from app.domain.feedback import Feedback

FIELDS: Final = tuple(feedback.columns)
NAMES: Final = tuple(column.name for column in FIELDS)
ORDERS: Final[Orders] = {"at": feedback.c.at}
FAILURE: Final = "failure"  # the service's own opinion of a run that its flow failed

_fields: Final = attrgetter(*NAMES)
PLACE: Final = (feedback.c.target_id, feedback.c.kind, feedback.c.rater, feedback.c.metric, feedback.c.event)
Place = tuple[str, str, str, str, str]  # target, kind, rater, metric, event
Change = tuple[Feedback | None, Feedback]  # what stood before, what stands now


def place(opinion: Feedback) -> Place:
    """Where at most one opinion stands."""
    return (_target(opinion), opinion.kind, opinion.rater, opinion.metric, opinion.event)


def give(tx: Tx, opinions: Sequence[Feedback]) -> list[Change]:
    """Stores each opinion unless one as new stands in its place; what changed, once per place."""
    newest: dict[Place, Feedback] = {}
    for opinion in sorted(opinions, key=lambda opinion: opinion.id):
        newest[place(opinion)] = opinion
    rows = [_values(newest[key]) for key in sorted(newest)]
    new = insert_new(tx, feedback, rows, returning=feedback.c.id)
    changes: list[Change] = [(None, opinion) for opinion in newest.values() if opinion.id in new]
    standing = _standing(tx, [key for key in sorted(newest) if newest[key].id not in new])
    replaced = [(before, newest[key]) for key, before in standing.items() if before.id < newest[key].id]
    if replaced:
        statement = update(feedback).where(feedback.c.id == bindparam("b_before"))
        tx.execute(statement, [{"b_before": before.id, **_values(after)} for before, after in replaced])
    return [*changes, *replaced]


def by_people(changes: Sequence[Change]) -> Counter[str]:
    """How many opinions of people that count each session has won or, below 0, lost; only sessions where that is so."""
    net: Counter[str] = Counter()
    for before, after in changes:
        net[after.session_id] += _of_person(after)
        if before is not None:
            net[before.session_id] -= _of_person(before)
    return Counter({session_id: count for session_id, count in net.items() if count})


def standing_by_people(tx: Tx, session_ids: Collection[str]) -> dict[str, int]:
    """How many opinions of people that count stand on each of these sessions, which the caller holds."""
    if not session_ids:
        return {}
    statement = (
        select(feedback.c.session_id, func.count())
        .where(feedback.c.session_id.in_(sorted(session_ids)))
        .where(feedback.c.counted.is_not(None), feedback.c.kind != FAILURE)
        .group_by(feedback.c.session_id)
    )
    return {row[0]: row[1] for row in tx.execute(statement)}


def of_session(tx: Tx, session_id: str) -> list[Feedback]:
    """All opinions on the session, its runs and its calls, oldest first."""
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
    statement = select(*FIELDS).where(tuple_(*PLACE).in_(places)).order_by(*PLACE).with_for_update()
    return {place(opinion): opinion for opinion in map(_feedback, tx.execute(statement))}


def _of_person(opinion: Feedback) -> int:
    return int(opinion.counted is not None and opinion.kind != FAILURE)


def _values(opinion: Feedback) -> dict[str, object]:
    return {**dict(zip(NAMES, _fields(opinion), strict=True)), "target_id": _target(opinion)}


def _target(opinion: Feedback) -> str:
    return opinion.target_id or opinion.about


def _feedback(row: Row[tuple[object, ...]]) -> Feedback:
    found = Feedback(**row._mapping)
    return replace(found, target_id=None) if found.target_id == found.about else found
