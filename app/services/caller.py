"""A caller is who asks, who pays, and how they want to be served."""

from dataclasses import dataclass, field
from typing import Literal

from app.domain.cached import CacheWish
from app.services.departure import Departure

Recovery = Literal["error", "buffer", "restart"]


@dataclass(frozen=True, slots=True)
class Caller:
    """`stream_recovery`: what happens when a stream breaks after its first token; None leaves it to the policy.

    `cache`: whether kept answers are used and kept; None leaves it to the step. `models`: the slugs that the key may
    ask, None for all.
    """

    key_id: str | None = None
    owner: str | None = None
    team: str | None = None
    cache: CacheWish | None = None
    stream_recovery: Recovery | None = None
    models: tuple[str, ...] | None = None
    departure: Departure = field(default_factory=Departure)
