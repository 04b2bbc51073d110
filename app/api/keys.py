"""Keys: issued and shown once, rotated with overlap, revoked at once."""

from datetime import datetime, timedelta
from typing import Annotated

from flask import Response
from pydantic import AwareDatetime, Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Name, Out, Page, Paging, Payload
from app.api.world import world
from app.domain.access import ApiKey, Scope
from app.services import keys

door = Door("keys")


class KeyIn(Payload):
    """A new key; without `expires_at` it is valid until it is revoked."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    expires_at: Annotated[AwareDatetime, Field(strict=False)] | None = None


class RotateIn(Payload):
    """How long the old key stays valid beside the new one."""

    overlap_s: Annotated[int, Field(ge=0, le=31_536_000)] = 86_400


class KeyOut(Out):
    """A key without its secret; `prefix` is what people may see of it."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None


class IssuedOut(Out):
    """A new key and its secret, which is shown only now."""

    key: KeyOut
    secret: str


@door.get("/keys", responses={200: Page[KeyOut]})
@scope("admin")
def list_keys(query: Paging) -> Response:
    """Read all keys, newest first, without secrets."""
    found, following = keys.page(world(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[KeyOut](items=[_out(key) for key in found], next=following))


@door.post("/keys", responses={201: IssuedOut})
@scope("admin")
def issue_key(body: KeyIn) -> Response:
    """Issue a key."""
    issued = keys.issue(world(), body.name, tuple(body.scopes), expires_at=body.expires_at)
    return http.created(IssuedOut(key=_out(issued.key), secret=issued.secret))


@door.post("/keys/<id>/rotate", responses={201: IssuedOut})
@scope("admin")
def rotate_key(path: ById, body: RotateIn) -> Response:
    """Replace a key by a new one with its name and scopes."""
    issued = keys.rotate(world(), str(path.id), overlap=timedelta(seconds=body.overlap_s))
    return http.created(IssuedOut(key=_out(issued.key), secret=issued.secret))


@door.delete("/keys/<id>", responses={204: None})
@scope("admin")
def revoke_key(path: ById) -> Response:
    """Revoke a key; it opens nothing from now on."""
    keys.revoke(world(), str(path.id))
    return http.no_content()


def _out(key: ApiKey) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=list(key.scopes),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        replaced_by=key.replaced_by,
    )
