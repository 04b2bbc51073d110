"""Periods follow the calendar of their time zone, also on days when its clocks are changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.period import EPOCH, PERIODS, Period, Span, known_zone, span

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # once changed its clocks at midnight
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # has left out a day
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(
    st.sampled_from(PERIODS),
    st.sampled_from(ZONES),
    st.integers(1_104_537_600, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_every_moment_lies_in_one_period_and_the_next_begins_where_it_ends(
    period: Period, zone: str, moment: datetime
) -> None:
    found = span(period, zone, moment)

    assert found.holds(moment)
    assert span(period, zone, found.starts_at) == found
    if found.ends_at is not None:
        assert span(period, zone, found.ends_at).starts_at == found.ends_at
        assert span(period, zone, found.ends_at - timedelta(microseconds=1)) == found


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28T12:00", 24), ("2026-03-29T12:00", 23), ("2026-10-25T12:00", 25)]
)
def test_a_day_is_as_long_as_the_clocks_say(day: str, hours: int) -> None:
    found = span("day", "Europe/Berlin", at(day))

    assert found.ends_at is not None
    assert found.ends_at - found.starts_at == timedelta(hours=hours)


def test_a_day_begins_at_midnight_of_its_zone() -> None:
    found = span("day", "America/New_York", at("2026-07-01T03:00"))

    assert found == Span(at("2026-06-30T04:00"), at("2026-07-01T04:00"))


def test_a_week_begins_on_monday_and_a_month_on_its_first_day() -> None:
    sunday = at("2026-11-22T23:59:59")

    assert span("week", "UTC", sunday) == Span(at("2026-11-16T00:00"), at("2026-11-23T00:00"))
    assert span("month", "UTC", sunday) == Span(at("2026-11-01T00:00"), at("2026-12-01T00:00"))
    assert span("month", "UTC", at("2026-12-31T23:59")) == Span(at("2026-12-01T00:00"), at("2027-01-01T00:00"))


def test_all_time_never_ends() -> None:
    found = span("total", "Europe/Berlin", at("2026-11-22T00:00"))

    assert found == Span(EPOCH, None)
    assert found.holds(at("2999-01-01T00:00"))


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "\x00"])
def test_only_time_zones_are_time_zones(name: str) -> None:
    with pytest.raises(Invalid):
        known_zone(name)
    assert known_zone("Europe/Berlin") == "Europe/Berlin"
