"""A request with an idempotency key is done once; whoever repeats it gets the answer that was given."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from app.db.insert import insert_new
from app.db.tables import idempotency
from app.db.uow import Tx


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was begun; `status` and `response` are None while it runs."""

    request_digest: str
    status: int | None
    response: str | None
    created_at: datetime


def begin(tx: Tx, key_id: str, idem_key: str, *, request_digest: str, moment: datetime) -> Answered | None:
    """None when this request is the first; else what is known of the first."""
    row = {
        "key_id": key_id,
        "idem_key": idem_key,
        "request_digest": request_digest,
        "status": None,
        "response": None,
        "created_at": moment,
    }
    if insert_new(tx, idempotency, [row], returning=idempotency.c.idem_key):
        return None
    columns = idempotency.c
    known = select(columns.request_digest, columns.status, columns.response, columns.created_at)
    found = tx.execute(known.where(columns.key_id == key_id, columns.idem_key == idem_key)).one_or_none()
    return None if found is None else Answered(**found._mapping)


def finish(tx: Tx, key_id: str, idem_key: str, *, status: int, response: str) -> None:
    """Keeps the answer for whoever repeats the request."""
    own = (idempotency.c.key_id == key_id, idempotency.c.idem_key == idem_key)
    tx.execute(update(idempotency).where(*own).values(status=status, response=response))


def forget(tx: Tx, key_id: str, idem_key: str) -> None:
    """The request came to nothing and may be tried again under the same key."""
    tx.execute(delete(idempotency).where(idempotency.c.key_id == key_id, idempotency.c.idem_key == idem_key))


def prune(tx: Tx, before: datetime) -> int:
    """How many answers older than that were dropped."""
    return tx.execute(delete(idempotency).where(idempotency.c.created_at < before)).rowcount
