"""Cursors as rows: how far a job that reads in order has come, moved by one process at a time."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from app.db.insert import insert, insert_new
from app.db.tables import cursors
from app.db.uow import Tx

c = cursors.c


def position(tx: Tx, name: str) -> str | None:
    """Where it stands, None before its first move."""
    return tx.execute(select(c.position).where(c.name == name)).scalar() or None


def starting_with(tx: Tx, prefix: str) -> dict[str, str]:
    """Where each cursor stands whose name begins so, by name."""
    statement = select(c.name, c.position).where(c.name.startswith(prefix, autoescape=True)).order_by(c.name)
    return {row.name: row.position for row in tx.execute(statement)}


def move(tx: Tx, name: str, position: str, *, expected: str | None) -> bool:
    """Whether it stood where expected (None: had not moved yet), and so stands at `position` now."""
    if expected is None:
        row = {"name": name, "position": position, "steps": 1}
        return bool(insert_new(tx, cursors, [row], returning=c.name))
    moved = update(cursors).where(c.name == name, c.position == expected).values(position=position, steps=c.steps + 1)
    return tx.execute(moved).rowcount == 1


def hold(tx: Tx, name: str) -> str:
    """Where it stands, empty before its first move; nobody else moves it until the transaction is over."""
    fresh = insert(tx, cursors).values(name=name, position="", steps=0)
    held = fresh.on_conflict_do_update(index_elements=[c.name], set_={"steps": c.steps + 1})
    return str(tx.execute(held.returning(c.position)).scalar_one())


def put(tx: Tx, name: str, position: str) -> None:
    """Moves a cursor that the caller holds."""
    tx.execute(update(cursors).where(c.name == name).values(position=position))


def drop(tx: Tx, names: Sequence[str]) -> None:
    """Forgets these cursors."""
    tx.execute(delete(cursors).where(c.name.in_(names)))
