"""A key is who is asking: 256 random bits, kept only as SHA-256, with scopes that open doors."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from app.domain.limits import KeyLimits

Scope = Literal["admin", "write", "run", "read"]
SCOPES: Final[tuple[str, ...]] = get_args(Scope)
IMPLIED: Final[dict[str, frozenset[str]]] = {
    "admin": frozenset(SCOPES),
    "write": frozenset({"write", "run", "read"}),
    "run": frozenset({"run"}),
    "read": frozenset({"read"}),
}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`prefix` is the part people may see. A rotated key stays valid until `expires_at`.

    `owner` and `team` say for whom it is used; budgets may be theirs. Without `limits` those of the settings hold.
    `models` are the slugs that it may ask, None for all.
    """

    id: str
    name: str
    prefix: str
    digest: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: str | None = None
    owner: str | None = None
    team: str | None = None
    limits: KeyLimits | None = None
    models: tuple[str, ...] | None = None

    def allows(self, scope: str) -> bool:
        """Whether one of the key's scopes implies the asked one."""
        return any(scope in IMPLIED[held] for held in self.scopes)

    def valid(self, moment: datetime) -> bool:
        """Whether the key opens anything at that moment."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)


def digest(secret: str) -> str:
    """SHA-256 of the secret, hex; a slow hash buys nothing against 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
