"""Keys: issued and shown once, rotated with overlap, revoked at once."""

from dataclasses import asdict, replace
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
from app.domain.limits import MOST, KeyLimits
from app.services import keys

door = Door("keys")

Limit = Annotated[int, Field(ge=1, le=MOST)]
Models = Annotated[list[Name], Field(max_length=200, description="slugs or aliases of the models that it may ask")]


class LimitsIn(Payload):
    """What the key may do; what is absent is not limited. Minutes refill steadily, days are those of UTC."""

    requests_per_min: Limit | None = None
    tokens_per_min: Limit | None = None
    concurrent: Limit | None = None
    requests_per_day: Limit | None = None
    tokens_per_day: Limit | None = None

    def to_domain(self) -> KeyLimits:
        """The limits."""
        return KeyLimits(**self.model_dump())


class KeyIn(Payload):
    """A new key; without `expires_at` it is valid until it is revoked, without `limits` those of the settings hold.

    With `models` it may ask those alone, by whatever name; an empty list lets it ask none.
    """

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    expires_at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    owner: Name | None = None
    team: Name | None = None
    limits: LimitsIn | None = None
    models: Models | None = None


class KeyPatchIn(Payload):
    """What changes; what is absent stays, and null takes away: without `limits` those of the settings hold.

    Without `models` the key may ask all.
    """

    name: Name = ""
    owner: Name | None = None
    team: Name | None = None
    limits: LimitsIn | None = None
    models: Models | None = None

    def edited(self, key: ApiKey) -> ApiKey:
        """The key with what was given."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"limits", "models"}}
        if "models" in self.model_fields_set:
            given["models"] = None if self.models is None else tuple(self.models)
        if "limits" in self.model_fields_set:
            given["limits"] = None if self.limits is None else self.limits.to_domain()
        return replace(key, **given)


class RotateIn(Payload):
    """How long the old key stays valid beside the new one."""

    overlap_s: Annotated[int, Field(ge=0, le=31_536_000)] = 86_400


class LimitsOut(Out):
    """What the key may do; null is not limited."""

    requests_per_min: int | None
    tokens_per_min: int | None
    concurrent: int | None
    requests_per_day: int | None
    tokens_per_day: int | None


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
    owner: str | None
    team: str | None
    limits: LimitsOut | None
    models: list[str] | None = Field(description="the models that it may ask; null: all")


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
    issued = keys.issue(
        world(),
        body.name,
        tuple(body.scopes),
        expires_at=body.expires_at,
        owner=body.owner,
        team=body.team,
        limits=None if body.limits is None else body.limits.to_domain(),
        models=body.models,
    )
    return http.created(IssuedOut(key=_out(issued.key), secret=issued.secret))


@door.post("/keys/<id>/rotate", responses={201: IssuedOut})
@scope("admin")
def rotate_key(path: ById, body: RotateIn) -> Response:
    """Replace a key by a new one with its name, scopes, owner, team, limits and models."""
    issued = keys.rotate(world(), str(path.id), overlap=timedelta(seconds=body.overlap_s))
    return http.created(IssuedOut(key=_out(issued.key), secret=issued.secret))


@door.patch("/keys/<id>", responses={200: KeyOut})
@scope("admin")
def change_key(path: ById, body: KeyPatchIn) -> Response:
    """Change a key's name, owner, team, limits or models; other processes follow with their next look at the store."""
    return http.answer(_out(keys.change(world(), str(path.id), body.edited)))


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
        owner=key.owner,
        team=key.team,
        limits=None if key.limits is None else LimitsOut(**asdict(key.limits)),
        models=None if key.models is None else list(key.models),
    )
