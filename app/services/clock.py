"""Time is aware UTC and comes from here."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """This moment, UTC, microseconds."""
    return datetime.now(UTC)


def now_ms() -> int:
    """This moment in milliseconds of Unix time."""
    return time.time_ns() // 1_000_000
