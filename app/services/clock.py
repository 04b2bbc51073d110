"""Time is aware UTC and comes from here."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, UTC, microseconds."""
    return datetime.now(UTC)
