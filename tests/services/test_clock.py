"""Moments are aware and in UTC, ids are UUIDs that grow with time."""

from datetime import timedelta
from uuid import UUID

from app.services import clock, ids


def test_now_is_aware_and_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)


def test_ids_are_version_seven_and_grow() -> None:
    made = [ids.new_id() for _ in range(1000)]

    assert made == sorted(set(made))
    assert {UUID(one).version for one in made} == {7}
