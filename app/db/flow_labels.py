"""Labels of a flow's versions as rows, and the history of where each one stood."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import flow_label_moves, flow_labels
from app.db.uow import Tx

OWN: Final = flow_labels.c
ORDERS: Final[Orders] = {"at": flow_label_moves.c.at}


@dataclass(frozen=True, slots=True)
class Label:
    """A name of a version, since when, and who put it there."""

    flow_id: str
    label: str
    version: int
    moved_at: datetime
    actor: str | None


@dataclass(frozen=True, slots=True)
class LabelMove:
    """From which version to which a label went; None where it was not there before, or is gone since."""

    id: str
    flow_id: str
    label: str
    before: int | None
    after: int | None
    at: datetime
    actor: str | None


def put(tx: Tx, label: Label) -> None:
    """The label stands at that version from now on, wherever it stood."""
    values = {field.name: getattr(label, field.name) for field in fields(label)}
    own = (OWN.flow_id == label.flow_id, OWN.label == label.label)
    if not tx.execute(update(flow_labels).where(*own).values(values)).rowcount:
        tx.execute(insert(flow_labels).values(values))


def remove(tx: Tx, flow_id: str, label: str) -> bool:
    """Whether there was one."""
    return bool(tx.execute(delete(flow_labels).where(OWN.flow_id == flow_id, OWN.label == label)).rowcount)


def of_flow(tx: Tx, flow_id: str) -> list[Label]:
    """By name."""
    rows = tx.execute(select(flow_labels).where(OWN.flow_id == flow_id).order_by(OWN.label))
    return [Label(**row._mapping) for row in rows]


def all_of(tx: Tx) -> Mapping[str, Mapping[str, int]]:
    """Version by label, by flow id, of the flows that have any."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in tx.execute(select(OWN.flow_id, OWN.label, OWN.version).order_by(OWN.label)):
        found[row.flow_id][row.label] = row.version
    return dict(found)


def moved(tx: Tx, move: LabelMove) -> None:
    """Keep where a label went."""
    values = {field.name: getattr(move, field.name) for field in fields(move)}
    tx.execute(insert(flow_label_moves).values(values))


def last_move(tx: Tx, flow_id: str, label: str) -> LabelMove | None:
    """The newest move of that label, None where it has not moved."""
    c = flow_label_moves.c
    own = select(flow_label_moves).where(c.flow_id == flow_id, c.label == label)
    row = tx.execute(own.order_by(c.at.desc(), c.id.desc()).limit(1)).one_or_none()
    return None if row is None else LabelMove(**row._mapping)


def moves(tx: Tx, flow_id: str, *, cursor: str | None, limit: int) -> tuple[list[LabelMove], str | None]:
    """Where labels of the flow went, newest first, and the cursor of the next page."""
    c = flow_label_moves.c
    statement = select(flow_label_moves).where(c.flow_id == flow_id)
    order = order_by("-at", ORDERS, unique=c.id)
    return paged(tx, statement, order=order, cursor=cursor, limit=limit, to=lambda row: LabelMove(**row._mapping))
