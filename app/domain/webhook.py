"""A webhook is an address that is told of events; each telling is a delivery, tried again until it is believed lost."""

import base64
import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from app.domain.errors import Invalid
from app.domain.message import Json

Status = Literal["pending", "delivered", "dead"]

SECRET_PREFIX: Final = "whsec_"
URL_CHARS: Final = 2_048
PRINTABLE: Final = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces and backslashes, which parsers read differently
MOST_ATTEMPTS: Final = 8
FIRST_WAIT: Final = timedelta(seconds=15)
WAIT_FACTOR: Final = 4  # 8 attempts at 0 s, 15 s, 75 s, … span 22 h 45 min


@dataclass(frozen=True, slots=True)
class Webhook:
    """`secret` signs, so it is kept readable; it is shown when it is made and never again."""

    id: str
    url: str
    secret: str = field(repr=False)
    kinds: tuple[str, ...]
    active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook. `answered`: the HTTP status of the last attempt; `error`: what was wrong with it."""

    id: str
    webhook_id: str
    kind: str
    payload: Json
    status: Status
    attempts: int
    due_at: datetime
    answered: int | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver made of an attempt: its HTTP status if it gave one, and what was wrong, None for 2xx."""

    status: int | None
    error: str | None


def after(delivery: Delivery, answer: Answer, moment: datetime) -> Delivery:
    """The delivery once this attempt has ended: delivered, due again after a wait that grows, or dead."""
    attempts = delivery.attempts + 1
    tried = replace(delivery, attempts=attempts, answered=answer.status, error=answer.error)
    if answer.error is None:
        return replace(tried, status="delivered", ended_at=moment)
    if attempts >= MOST_ATTEMPTS:
        return replace(tried, status="dead", ended_at=moment)
    return replace(tried, due_at=moment + FIRST_WAIT * WAIT_FACTOR ** (attempts - 1))


def secret_of(random: bytes) -> str:
    """The secret as people copy it. Source: Standard Webhooks, which asks for 24 to 64 random bytes."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signature(secret: str, *, id_: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 of `id.timestamp.body`. Source: Standard Webhooks 1.0."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def check_url(url: str) -> None:
    """Raises Invalid (`url`) unless it is an absolute http or https address without credentials in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("an address such as https://host/path is expected", field="url") from None
    if len(url) > URL_CHARS or not PRINTABLE.fullmatch(url) or port == 0:
        raise Invalid(f"at most {URL_CHARS} printable ASCII characters with a valid port are expected", field="url")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid("an address such as https://host/path is expected", field="url")
    if "@" in parts.netloc:
        raise Invalid("credentials do not belong into the address; verify the signature instead", field="url")


def is_public(address: str) -> bool:
    """Whether the IP address belongs to the internet at large.

    Not loopback, private, link-local, shared, multicast or reserved, nor one of IPv6 that carries such an IPv4 address.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.sixtofour is not None or found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved)
