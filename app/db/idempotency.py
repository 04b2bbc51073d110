"""A request with an idempotency key is done once; whoever repeats it gets the answer that was given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from app.db.insert import insert_new
from app.db.tables import idempotency
from app.db.uow import Tx

c = idempotency.c


@dataclass(frozen=True, slots=True)
class Kept:
    """A request that was begun; `status` is None while it runs, `response` also where its answer is not kept.

    `until`: whoever does it must have told by then that they live.
    """

    request_digest: str
    status: int | None
    response: str | None
    mimetype: str | None
    headers: Mapping[str, str] | None
    until: datetime | None


def begin(
    tx: Tx, key_id: str, idem_key: str, *, request_digest: str, holder: str, moment: datetime, ttl_s: float
) -> bool:
    """Whether this request is now the holder's to do: it is the first, or whoever did it has not been heard of since.

    A lease that ends later than two such terms from now was given by a clock that has since been set back.
    """
    until = moment + timedelta(seconds=ttl_s)
    row = {
        "key_id": key_id,
        "idem_key": idem_key,
        "request_digest": request_digest,
        "status": None,
        "response": None,
        "created_at": moment,
        "holder": holder,
        "until": until,
        "mimetype": None,
        "headers": None,
    }
    if insert_new(tx, idempotency, [row], returning=c.idem_key):
        return True
    lost = or_(c.until.is_(None), c.until <= moment, c.until > moment + timedelta(seconds=2 * ttl_s))
    same = and_(c.key_id == key_id, c.idem_key == idem_key, c.request_digest == request_digest)
    taken = update(idempotency).where(same, c.status.is_(None), lost)
    return tx.execute(taken.values(holder=holder, until=until, created_at=moment)).rowcount == 1


def find(tx: Tx, key_id: str, idem_key: str) -> Kept | None:
    """What is known of the request with this key."""
    columns = (c.request_digest, c.status, c.response, c.mimetype, c.headers, c.until)
    row = tx.execute(select(*columns).where(c.key_id == key_id, c.idem_key == idem_key)).one_or_none()
    return None if row is None else Kept(*row)


def renew(tx: Tx, key_id: str, idem_key: str, holder: str, until: datetime) -> None:
    """Whoever does it lives, and will say so again before that moment."""
    tx.execute(update(idempotency).where(_held(key_id, idem_key, holder)).values(until=until))


def finish(
    tx: Tx,
    key_id: str,
    idem_key: str,
    holder: str,
    *,
    status: int,
    response: str | None,
    mimetype: str,
    headers: Mapping[str, str],
) -> None:
    """Keeps the answer for whoever repeats the request; of one that is not kept, that there was one."""
    kept = {"status": status, "response": response, "mimetype": mimetype, "headers": dict(headers)}
    tx.execute(update(idempotency).where(_held(key_id, idem_key, holder)).values(**kept, holder=None, until=None))


def forget(tx: Tx, key_id: str, idem_key: str, holder: str) -> None:
    """The request came to nothing and may be tried again under the same key."""
    tx.execute(delete(idempotency).where(_held(key_id, idem_key, holder)))


def prune(tx: Tx, before: datetime) -> int:
    """How many answers older than that were dropped."""
    return tx.execute(delete(idempotency).where(c.created_at < before)).rowcount


def _held(key_id: str, idem_key: str, holder: str) -> ColumnElement[bool]:
    return and_(c.key_id == key_id, c.idem_key == idem_key, c.holder == holder, c.status.is_(None))
