"""Lines of batches as rows: stored as they arrive, each answered once, and read in the order in which they were."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update

from app.db import batches
from app.db.frozen_json import codec
from app.db.tables import batch_lines
from app.db.uow import Tx
from app.domain.batch import Line, LineError

c = batch_lines.c
FIELDS: Final = tuple(each.name for each in fields(Line))
ERROR: Final = codec(LineError | None)
SAID: Final = ("answer", "cost", "input_tokens", "output_tokens", "ended_at")
WRITE: Final = (
    update(batch_lines)
    .where(c.batch_id == bindparam("b_batch_id"), c.place == bindparam("b_place"))
    .values(
        done=True,
        turn=bindparam("b_turn"),
        error=bindparam("b_error"),
        **{name: bindparam(f"b_{name}") for name in SAID},
    )
)


def add(tx: Tx, batch_id: str, several: Sequence[Line]) -> None:
    """Stores lines of a batch that is being received, and counts them."""
    rows = [
        {**{name: getattr(line, name) for name in FIELDS}, "error": ERROR.encode(line.error), "batch_id": batch_id}
        for line in several
    ]
    if rows:
        tx.execute(insert(batch_lines), rows)
        batches.count(tx, batch_id, lines=len(rows))


def pending(tx: Tx, batch_id: str, *, after: int = -1, limit: int) -> list[Line]:
    """Lines not done yet, and in no shipment, whose place comes after that one, in order of place."""
    own = (c.batch_id == batch_id, c.place > after, c.done.is_(False), c.shipment_id.is_(None))
    return [_line(row) for row in tx.execute(select(batch_lines).where(*own).order_by(c.place).limit(limit))]


def record(tx: Tx, batch_id: str, several: Sequence[Line]) -> int:
    """How many of the lines were not done before; one that is done stays as it is, and is counted once.

    The caller holds the batch.
    """
    _, answered = batches.hold(tx, batch_id)
    places = sorted({line.place for line in several})
    undone = select(c.place).where(c.batch_id == batch_id, c.place.in_(places), c.done.is_(False))
    missing = set(tx.execute(undone).scalars())
    fresh = list({line.place: line for line in several if line.place in missing}.values())
    if fresh:
        tx.execute(WRITE, [_said(batch_id, line, turn) for turn, line in enumerate(fresh, answered + 1)])
    batches.count(
        tx,
        batch_id,
        answered=len(fresh),
        failed=sum(line.error is not None for line in fresh),
        spent=sum(line.cost or 0 for line in fresh),
        unpriced=sum(line.cost is None and line.error is None for line in fresh),
        input_tokens=sum(line.input_tokens for line in fresh),
        output_tokens=sum(line.output_tokens for line in fresh),
    )
    return len(fresh)


def done(tx: Tx, batch_id: str, *, after: int, limit: int, failed: bool | None = None) -> list[Line]:
    """Lines that are done, in the order in which they were, from the one after that turn on."""
    statement = select(batch_lines).where(c.batch_id == batch_id, c.turn > after)
    if failed is not None:
        statement = statement.where(c.error.is_not(None) if failed else c.error.is_(None))
    return [_line(row) for row in tx.execute(statement.order_by(c.turn).limit(limit))]


def undone(tx: Tx, batch_id: str, *, after: int, limit: int) -> list[Line]:
    """Lines that are not done, by place, without their questions."""
    own = (c.batch_id == batch_id, c.place > after, c.done.is_(False))
    columns = [c[name] for name in FIELDS if name != "question"]
    found = tx.execute(select(*columns).where(*own).order_by(c.place).limit(limit))
    return [_line(row) for row in found]


def ship(tx: Tx, batch_id: str, places: Collection[int], shipment_id: str) -> int:
    """How many of these lines now belong to the shipment; none that is done, or in another one."""
    free = (c.batch_id == batch_id, c.place.in_(sorted(places)), c.done.is_(False), c.shipment_id.is_(None))
    return tx.execute(update(batch_lines).where(*free).values(shipment_id=shipment_id)).rowcount


def unship(tx: Tx, shipment_id: str) -> int:
    """How many lines that are not done belong to no shipment again."""
    open_ones = (c.shipment_id == shipment_id, c.done.is_(False))
    return tx.execute(update(batch_lines).where(*open_ones).values(shipment_id=None)).rowcount


def of_shipment(tx: Tx, shipment_id: str, *, after: int, limit: int) -> list[Line]:
    """Lines of a shipment that are not done, in order of place."""
    own = (c.shipment_id == shipment_id, c.place > after, c.done.is_(False))
    return [_line(row) for row in tx.execute(select(batch_lines).where(*own).order_by(c.place).limit(limit))]


def at(tx: Tx, batch_id: str, places: Collection[int]) -> list[Line]:
    """The lines at these places."""
    own = (c.batch_id == batch_id, c.place.in_(sorted(places)))
    return [_line(row) for row in tx.execute(select(batch_lines).where(*own).order_by(c.place))]


def remove_some(tx: Tx, batch_id: str, *, limit: int) -> int:
    """How many are gone now, of at most so many: nobody waits while fifty thousand go."""
    some = select(c.place).where(c.batch_id == batch_id).order_by(c.place).limit(limit)
    places = list(tx.execute(some).scalars())
    if not places:
        return 0
    mine = (c.batch_id == batch_id, c.place >= places[0], c.place <= places[-1])
    return tx.execute(delete(batch_lines).where(*mine)).rowcount


def _said(batch_id: str, line: Line, turn: int) -> dict[str, object]:
    said = {f"b_{name}": getattr(line, name) for name in SAID}
    own = {"b_batch_id": batch_id, "b_place": line.place, "b_turn": turn, "b_error": ERROR.encode(line.error)}
    return said | own


def _line(row: Row[Any]) -> Line:
    values = {name: row._mapping[name] for name in FIELDS if name in row._mapping}
    return Line(**{"question": {}, **values, "error": ERROR.decode(values["error"])})
