"""A lease is held by one process at a time until it runs out."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_

from app.db.insert import insert
from app.db.tables import leases
from app.db.uow import Tx


def acquire(tx: Tx, name: str, holder: str, now: datetime, ttl_s: float) -> bool:
    """Whether `holder` has the lease now, for `ttl_s` from now: taken when free or run out, prolonged when its own.

    One that ends later than two such terms from now was given by a clock that has since been set back, and counts for
    nothing: its holder may be gone, and nobody should wait an hour for that.
    """
    term = timedelta(seconds=ttl_s)
    fresh = insert(tx, leases).values(name=name, holder=holder, until=now + term)
    statement = fresh.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={"holder": fresh.excluded.holder, "until": fresh.excluded.until},
        where=or_(leases.c.holder == holder, leases.c.until <= now, leases.c.until > now + 2 * term),
    )
    return tx.execute(statement.returning(leases.c.name)).one_or_none() is not None


def release(tx: Tx, name: str, holder: str) -> bool:
    """Whether the lease was the holder's to give back."""
    return tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder)).rowcount == 1
