"""Keys are issued once, shown once, kept as a digest, rotated with overlap, and revoked at once."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.db import keys as rows
from app.db.snapshot import Snapshot
from app.db.uow import Tx
from app.domain.access import SCOPES, ApiKey, digest
from app.domain.errors import Conflict, Invalid, Unauthenticated
from app.domain.limits import KeyLimits
from app.domain.message import Json
from app.services import events
from app.services.editing import edit
from app.services.world import World

PREFIX = "mm_"
SHOWN = 10
ENVIRONMENT_KEY = "environment"
NOTHING: Json = {}


@dataclass(frozen=True, slots=True)
class Issued:
    """The key and its secret, which exists nowhere else."""

    key: ApiKey
    secret: str


def issue(
    world: World,
    name: str,
    scopes: tuple[str, ...],
    *,
    expires_at: datetime | None = None,
    owner: str | None = None,
    team: str | None = None,
    limits: KeyLimits | None = None,
    models: Sequence[str] | None = None,
) -> Issued:
    """A new key. Raises Invalid for an unknown or missing scope, or an end in the past; UnknownModel."""
    issued = _new(world, name, scopes, expires_at)
    allowed = _slugs(world, models)
    issued = replace(issued, key=replace(issued.key, owner=owner, team=team, limits=limits, models=allowed))

    def apply(tx: Tx) -> None:
        rows.add(tx, issued.key)
        _tell(tx, world, "created", issued.key)

    edit(world, apply)
    return issued


def rotate(world: World, key_id: str, *, overlap: timedelta) -> Issued:
    """A new key with the old one's name, scopes, owner, team, limits and models.

    The old one stays valid for `overlap`, never beyond its own end.
    Raises NotFound, Conflict when the key is revoked, expired or already replaced.
    """

    def apply(tx: Tx) -> Issued:
        old = rows.get(tx, key_id)
        moment = world.now()
        if not old.valid(moment) or old.replaced_by is not None:
            raise Conflict("this key is revoked, expired or already replaced", code="key-ended")
        issued = _new(world, old.name, old.scopes, None)
        inherited = {name: getattr(old, name) for name in ("owner", "team", "limits", "models")}
        issued = replace(issued, key=replace(issued.key, **inherited))
        rows.add(tx, issued.key)
        ends = min(moment + overlap, old.expires_at or datetime.max.replace(tzinfo=UTC))
        rows.update(tx, replace(old, expires_at=ends, replaced_by=issued.key.id))
        _tell(tx, world, "rotated", old, {"replaced_by": issued.key.id, "ends": ends.isoformat()})
        return issued

    return edit(world, apply)


def change(world: World, key_id: str, edited: Callable[[ApiKey], ApiKey]) -> ApiKey:
    """The key as `edited` makes it of the present one; what opens doors stays. Raises NotFound, UnknownModel."""

    def apply(tx: Tx) -> ApiKey:
        old = rows.get(tx, key_id)
        new = edited(old)
        allowed = _slugs(world, new.models)
        changed = replace(old, name=new.name, owner=new.owner, team=new.team, limits=new.limits, models=allowed)
        rows.update(tx, changed)
        _tell(tx, world, "changed", changed)
        return changed

    return edit(world, apply)


def _slugs(world: World, names: Sequence[str] | None) -> tuple[str, ...] | None:
    """The slugs of these models, also of those named by an alias."""
    if names is None:
        return None
    return tuple(world.catalogue.get(name, field=f"models[{place}]").slug for place, name in enumerate(names))


def revoke(world: World, key_id: str) -> None:
    """The key opens nothing from now on; done twice, the first moment stays. Raises NotFound."""

    def apply(tx: Tx) -> None:
        before = rows.get(tx, key_id)
        rows.revoke(tx, key_id, world.now())
        if before.revoked_at is None:
            _tell(tx, world, "revoked", before)

    edit(world, apply)


def page(world: World, *, cursor: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
    """All keys, newest first, without secrets."""
    with world.store.read() as tx:
        return rows.page(tx, cursor=cursor, limit=limit)


def authenticate(world: World, secret: str) -> ApiKey:
    """Who holds this secret. Raises Unauthenticated. Digests are looked up, so timing tells nothing of a secret."""
    shown = digest(secret)
    moment = world.now()
    if world.policy.admin_key_digest is not None and secrets.compare_digest(shown, world.policy.admin_key_digest):
        return ApiKey(ENVIRONMENT_KEY, "ADMIN_KEY", secret[:4], shown, ("admin",), moment)
    key = world.snapshots.find(lambda snapshot: snapshot.keys.get(shown))
    if key is None or not key.valid(moment):
        raise Unauthenticated("a valid API key is needed")
    return key


def known(world: World, key_id: str) -> ApiKey:
    """The key with that id, if it still opens anything. Raises Unauthenticated."""
    moment, admin = world.now(), world.policy.admin_key_digest
    if key_id == ENVIRONMENT_KEY and admin is not None:
        return ApiKey(ENVIRONMENT_KEY, "ADMIN_KEY", "", admin, ("admin",), moment)

    def look(snapshot: Snapshot) -> ApiKey | None:
        return next((key for key in snapshot.keys.values() if key.id == key_id), None)

    key = world.snapshots.find(look)
    if key is None or not key.valid(moment):
        raise Unauthenticated("this key has ended")
    return key


def any_valid(world: World) -> bool:
    """Whether anyone can come in."""
    moment = world.now()
    keys = world.snapshots.current.keys.values()
    return world.policy.admin_key_digest is not None or any(key.valid(moment) for key in keys)


def _tell(tx: Tx, world: World, what: str, key: ApiKey, more: Json = NOTHING) -> None:
    """With its name and scopes; nothing by which a key could be known."""
    data = {"name": key.name, "scopes": list(key.scopes), **more}
    events.record(tx, world, f"key.{what}", about=key.id, text=f"key {key.name} {what}", data=data)


def _new(world: World, name: str, scopes: tuple[str, ...], expires_at: datetime | None) -> Issued:
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise Invalid(f"scopes are among {', '.join(SCOPES)}", field="scopes")
    moment = world.now()
    if expires_at is not None and expires_at <= moment:
        raise Invalid("the end lies in the past", field="expires_at")
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        id=world.new_id(),
        name=name,
        prefix=secret[:SHOWN],
        digest=digest(secret),
        scopes=tuple(dict.fromkeys(scopes)),
        created_at=moment,
        expires_at=expires_at,
    )
    return Issued(key, secret)
