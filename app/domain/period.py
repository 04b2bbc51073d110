"""A period is a stretch of the calendar in a time zone of its own: a day, a week, a month, or all time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from app.domain.errors import Invalid

Period = Literal["day", "week", "month", "total"]
PERIODS: Final[tuple[str, ...]] = get_args(Period)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` up to, not including, `ends_at`; both in UTC, None = it never ends."""

    starts_at: datetime
    ends_at: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


def span(period: Period, time_zone: str, moment: datetime) -> Span:
    """The period that holds an aware moment. Weeks begin on Monday (ISO 8601).

    A day of a zone is as long as the clocks there say, 23 or 25 hours when they are changed.
    """
    if period == "total":
        return Span(EPOCH, None)
    zone = _zone(time_zone)
    day = moment.astimezone(zone).date()
    first, following = _days(period, day)
    return Span(_midnight(first, zone), _midnight(following, zone))


def known_zone(name: str, *, field: str = "time_zone") -> str:
    """The name of an IANA time zone. Raises Invalid for any other text."""
    try:
        _zone(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, no relative path, or a folder of the database
        raise Invalid("an IANA time zone such as Europe/Berlin is expected", field=field) from error
    return name


def _days(period: Period, day: date) -> tuple[date, date]:
    """The first day of the period, and the first of the next one."""
    match period:
        case "week":
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=7)
        case "month":
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1)
        case _:
            return day, day + timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins there; where clocks jump over midnight, that is the moment of the jump."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
