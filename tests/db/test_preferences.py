"""What users and teams prefer stands once for each, and is seen by whoever serves."""

from datetime import timedelta

from app.db import preferences, snapshot
from app.db.preferences import Preference
from app.db.uow import Store
from tests.db.makers import NOW

ANNA = Preference("summaries", "user", "anna", "vendor/small")


def test_a_preference_takes_the_place_of_the_one_before_and_is_in_the_snapshot(store: Store) -> None:
    team = Preference("summaries", "team", "anna", "vendor/team")
    changed = Preference("summaries", "user", "anna", "vendor/large")
    other = Preference("default", "user", "anna", "vendor/other")
    with store.write() as tx:
        for each in (ANNA, team, other, changed):
            preferences.put(tx, each, NOW + timedelta(seconds=1))

        assert preferences.of_task(tx, "summaries") == [team, changed]
        assert snapshot.load(tx).preferences == {
            ("summaries", "team", "anna"): "vendor/team",
            ("summaries", "user", "anna"): "vendor/large",
            ("default", "user", "anna"): "vendor/other",
        }


def test_a_preference_is_taken_away_once(store: Store) -> None:
    with store.write() as tx:
        preferences.put(tx, ANNA, NOW)

        assert not preferences.clear(tx, "summaries", "team", "anna")
        assert preferences.clear(tx, "summaries", "user", "anna")
        assert not preferences.clear(tx, "summaries", "user", "anna")
        assert preferences.all_of(tx) == {}
