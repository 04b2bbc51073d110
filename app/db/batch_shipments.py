"""Shipments as rows: lines of a batch that went to a provider's own batch endpoint."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, insert, select, update

from app.db.tables import batch_shipments
from app.db.uow import Tx
from app.domain.batch import Shipment, ShipmentState

c = batch_shipments.c
FIELDS: Final = tuple(each.name for each in fields(Shipment))
OPEN: Final[tuple[ShipmentState, ...]] = ("packed", "sent")


def add(tx: Tx, shipment: Shipment) -> None:
    """Stores a shipment; its lines are said to be its own in the same unit of work."""
    tx.execute(insert(batch_shipments).values({name: getattr(shipment, name) for name in FIELDS}))


def of_batch(tx: Tx, batch_id: str, states: Collection[ShipmentState] = OPEN) -> list[Shipment]:
    """Those of a batch in one of these states, oldest first."""
    mine = select(batch_shipments).where(c.batch_id == batch_id, c.state.in_(states))
    return [_shipment(row) for row in tx.execute(mine.order_by(c.id))]


def held(tx: Tx, batch_id: str) -> int:
    """Nano-dollars that the open ones of a batch may still cost, as far as that is known."""
    mine = select(func.coalesce(func.sum(c.held), 0)).where(c.batch_id == batch_id, c.state.in_(OPEN))
    return int(tx.execute(mine).scalar_one())


def sending(tx: Tx, shipment_id: str, moment: datetime) -> None:
    """From now on the vendor may have it."""
    tx.execute(update(batch_shipments).where(c.id == shipment_id).values(sent_at=moment))


def sent(tx: Tx, shipment_id: str, vendor_id: str, *, error: str | None = None) -> None:
    """The vendor has it, by that id; with an `error` it was told that nobody wants it any more."""
    values = {"state": "sent", "vendor_id": vendor_id, "error": error}
    tx.execute(update(batch_shipments).where(c.id == shipment_id).values(values))


def end(tx: Tx, shipment_id: str, state: ShipmentState, moment: datetime, *, error: str | None = None) -> None:
    """It is over."""
    values = {"state": state, "ended_at": moment, "error": error}
    tx.execute(update(batch_shipments).where(c.id == shipment_id).values(values))


def _shipment(row: Row[Any]) -> Shipment:
    return Shipment(**{name: row._mapping[name] for name in FIELDS})
