"""A session is one conversation: it keeps the flow, and the version of it, that it was given first."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import Invalid

MAX_CORRELATION_ID = 255


@dataclass(frozen=True, slots=True)
class Session:
    """`propensity` is the flow's weight (1/10 000) at the moment of assignment; `epoch_id` the epoch it counts for.

    `replaces`: the session of an escaped flow that this one took over. `runs`, `cost` (nano-dollars) and `latency_ms`
    are sums over its runs, kept only where an experiment asks for them. A `shadow` session is never shown to its user.
    `forced`: a tester named the flow; it is served as others are, and counts for nothing.
    """

    id: str
    use_case_id: str
    correlation_id: str
    unit: str
    flow_id: str
    flow_version: int
    epoch_id: str | None
    propensity: int
    assigned_at: datetime
    expires_at: datetime
    replaces: str | None = None
    runs: int = 0
    cost: int = 0
    latency_ms: int = 0
    shadow: bool = False
    forced: bool = False


def check_correlation_id(value: str, *, field: str = "correlation_id") -> str:
    """The id. Raises Invalid unless it is 1..255 characters without control characters."""
    if not 1 <= len(value) <= MAX_CORRELATION_ID:
        raise Invalid(f"1 to {MAX_CORRELATION_ID} characters are allowed", field=field)
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        raise Invalid("control characters are not allowed", field=field)
    return value
