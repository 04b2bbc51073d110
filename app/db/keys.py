"""API keys as rows; only their digest is kept."""

from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import Row, func, insert, select
from sqlalchemy import update as change

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import api_keys
from app.db.uow import Tx
from app.domain.access import ApiKey
from app.domain.errors import NotFound
from app.domain.limits import KeyLimits

ORDERS: Final[Orders] = {name: api_keys.c[name] for name in ("name", "created_at")}
FIELDS: Final = tuple(field.name for field in fields(ApiKey))


def add(tx: Tx, key: ApiKey) -> None:
    """Raises Conflict (`duplicate-key`) for a digest that exists."""
    tx.execute(insert(api_keys).values({name: getattr(key, name) for name in FIELDS}))


def get(tx: Tx, key_id: str) -> ApiKey:
    """Raises NotFound."""
    row = tx.execute(select(api_keys).where(api_keys.c.id == key_id)).one_or_none()
    if row is None:
        raise NotFound("key", key_id)
    return _key(row)


def update(tx: Tx, key: ApiKey) -> None:
    """All but the digest. Raises NotFound."""
    values = {name: getattr(key, name) for name in FIELDS if name not in ("id", "digest", "created_at")}
    if not tx.execute(change(api_keys).where(api_keys.c.id == key.id).values(values)).rowcount:
        raise NotFound("key", key.id)


def revoke(tx: Tx, key_id: str, moment: datetime) -> None:
    """Closes the key; the first moment stays when it is done twice. Raises NotFound."""
    first = func.coalesce(api_keys.c.revoked_at, moment, type_=api_keys.c.revoked_at.type)
    if not tx.execute(change(api_keys).where(api_keys.c.id == key_id).values(revoked_at=first)).rowcount:
        raise NotFound("key", key_id)


def all_of(tx: Tx) -> list[ApiKey]:
    """Every key, also revoked ones, oldest first."""
    return [_key(row) for row in tx.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id))]


def page(
    tx: Tx, *, order: str = "-created_at", cursor: str | None = None, limit: int = 50
) -> tuple[list[ApiKey], str | None]:
    """Keys and the next page's cursor. Raises Invalid for a foreign cursor."""
    by = order_by(order, ORDERS, unique=api_keys.c.id)
    return paged(tx, select(api_keys), order=by, cursor=cursor, limit=limit, to=_key)


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    values = {name: row._mapping[name] for name in FIELDS}
    values["scopes"] = tuple(values["scopes"])
    values["limits"] = None if values["limits"] is None else KeyLimits(**values["limits"])
    values["models"] = None if values["models"] is None else tuple(values["models"])
    return ApiKey(**values)
