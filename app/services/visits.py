"""A visit is somebody's time on the pages: begun with a key, carried by a signed text, ended with the key or by time.

Nothing of it is stored. What signs it is made of the key's own digest, and of ADMIN_KEY's where there is one, so that
every process knows it, a rotated ADMIN_KEY ends all visits, and a copy of the store alone signs nothing.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from app.domain.access import ApiKey
from app.domain.errors import Forbidden, Unauthenticated
from app.services import keys
from app.services.world import World

LASTS_S: Final = 12 * 3600
SALT: Final = "visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who visits; `token` goes with every form, so that no other page can send one in their name."""

    key: ApiKey
    token: str


def begin(world: World, secret: str, *, address: str) -> str:
    """The text of a new visit. Raises Unauthenticated, LimitExceeded, Forbidden for a key that may not read."""
    key = world.guesses.attempt(address, secret, lambda shown: keys.authenticate(world, shown))
    if not key.allows("read"):
        raise Forbidden("a key with scope read is needed to look at pages")
    started = int(world.now().timestamp())
    return f"{key.id}.{_signer(world, key).dumps([started, secrets.token_urlsafe(16)])}"


def resume(world: World, carried: str) -> Visit:
    """The visit, as long as its key is valid and its time is not over. Raises Unauthenticated."""
    key_id, _, signed = carried.partition(".")
    key = keys.known(world, key_id)
    try:
        started, nonce = _signer(world, key).loads(signed)
    except (BadData, ValueError, TypeError) as error:
        raise Unauthenticated("this visit was not begun here") from error
    if not 0 <= world.now().timestamp() - started + 1 < LASTS_S:
        raise Unauthenticated("this visit is over")
    if not key.allows("read"):
        raise Unauthenticated("this key may not read any more")
    return Visit(key, hmac.new(_secret(world, key), str(nonce).encode(), hashlib.sha256).hexdigest())


def same(token: str, other: str) -> bool:
    """Whether two tokens are one, in a time that tells nothing."""
    return hmac.compare_digest(token.encode(), other.encode())


def _signer(world: World, key: ApiKey) -> URLSafeSerializer:
    return URLSafeSerializer(_secret(world, key), salt=SALT, signer_kwargs={"digest_method": hashlib.sha256})


def _secret(world: World, key: ApiKey) -> bytes:
    return hashlib.sha256("\n".join((SALT, world.policy.admin_key_digest or "", key.digest)).encode()).digest()
