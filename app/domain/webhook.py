"""A webhook is an address that is told of events: where it may lead, and how what it is sent is signed."""

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from app.domain.errors import Invalid
from app.domain.event import Event, matching

SECRET_PREFIX: Final = "whsec_"
URL_CHARS: Final = 2_048
PRINTABLE: Final = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces and backslashes, which parsers read differently
OVERLAP: Final = timedelta(days=1)  # for so long a secret that was replaced signs too
MOST_HEADERS: Final = 8
HEADER: Final = re.compile(r"X-[A-Za-z0-9-]{1,62}", re.IGNORECASE)
HEADER_VALUE: Final = re.compile(r"[!-~](?:[ -~]{0,254}[!-~])?")


@dataclass(frozen=True, slots=True)
class Webhook:
    """`secret` signs, so it is kept readable; it is shown when it is made and never again.

    `kinds` are patterns as `event.matching` takes them; with `use_case_id` only events of that use case are sent, with
    `texts` the outputs of a run too. `former_secret` signs as well until `former_until`. `failures` in a row, since
    `failing_since`; until `paused_until` it is left alone. `disabled_at`: it was given up then.
    """

    id: str
    url: str
    secret: str = field(repr=False)
    kinds: tuple[str, ...]
    active: bool
    created_at: datetime
    updated_at: datetime
    use_case_id: str | None = None
    texts: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    former_secret: str | None = field(default=None, repr=False)
    former_until: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    disabled_at: datetime | None = None

    def wants(self, event: Event) -> bool:
        """Whether it is told of such events, as long as it is active."""
        return event.kind in matching(self.kinds) and self.use_case_id in (None, event.use_case_id)

    def signatures(self, *, id_: str, moment: datetime, body: bytes) -> str:
        """The value of `webhook-signature` at that moment, by each secret that signs then."""
        former = self.former_until is not None and moment < self.former_until
        signing = [self.secret, *([self.former_secret] if former and self.former_secret else [])]
        timestamp = int(moment.timestamp())
        return " ".join(signature(secret, id_=id_, timestamp=timestamp, body=body) for secret in signing)


def rotated(webhook: Webhook, secret: str, moment: datetime) -> Webhook:
    """The webhook with a new secret; the one before signs too for a day."""
    return replace(
        webhook,
        secret=secret,
        former_secret=webhook.secret,
        former_until=moment + OVERLAP,
        updated_at=moment,
    )


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises Invalid (`headers`) unless all are named `X-…`, printable, and few."""
    if len(headers) > MOST_HEADERS:
        raise Invalid(f"at most {MOST_HEADERS} headers are sent", field="headers")
    if not all(HEADER.fullmatch(name) and HEADER_VALUE.fullmatch(value) for name, value in headers.items()):
        raise Invalid("a header is named X-… and holds 1 to 256 printable ASCII characters", field="headers")


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
