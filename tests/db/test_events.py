"""Events are stored alike on both stores, and outlive what they tell of."""

from datetime import timedelta
from typing import Any

from app.db import events, experiments
from app.db.uow import Store
from app.domain.event import Event
from app.services.ids import new_id
from tests.db.makers import NOW, experiment, seeded


def event(about: str, **given: Any) -> Event:
    """An event of the kind that experiments have most."""
    plain: dict[str, Any] = {
        "id": new_id(),
        "at": NOW,
        "kind": "experiment.moved",
        "about": about,
        "use_case_id": None,
        "experiment_id": None,
        "actor": None,
        "text": "Moved.",
        "data": {"n": 1},
    }
    return Event(**{**plain, **given})


def test_events_are_read_in_the_order_of_their_ids(store: Store) -> None:
    owner, _ = seeded(store)
    mine, other = experiment(owner), experiment(owner, status="ended")
    made = [event(one.id, data={"n": number}) for number, one in enumerate((mine, other, mine, mine))]
    with store.write() as tx:
        experiments.add(tx, mine)
        experiments.add(tx, other)
        assert events.last_id(tx, mine.id) is None
        for one in reversed(made):
            events.add(tx, one)
        assert events.last_id(tx, mine.id) == made[3].id

    with store.read() as tx:
        assert events.after(tx, mine.id, None, limit=2) == [made[0], made[2]]
        assert events.after(tx, mine.id, made[1].id, limit=9) == [made[2], made[3]]
        assert events.after(tx, mine.id, made[3].id, limit=9) == []
        assert events.newest(tx, mine.id, limit=1) == [made[3]]
        assert events.last_of(tx, mine.id, "experiment.moved") == made[3]
        assert events.last_of(tx, mine.id, "experiment.escaped") is None


def test_an_event_may_be_about_anything(store: Store) -> None:
    made = event("openai/gpt-4o/main", kind="breaker.opened", actor="balancer", use_case_id=new_id(), number=7)

    with store.write() as tx:
        events.add(tx, made)

    with store.read() as tx:
        assert events.after(tx, "openai/gpt-4o/main", None, limit=2) == [made]


def test_old_events_are_pruned_some_at_a_time(store: Store) -> None:
    old = [event("x", at=NOW - timedelta(seconds=1)) for _ in range(3)]
    other, young = event("x", at=NOW - timedelta(seconds=1), kind="run.failed"), event("x")

    with store.write() as tx:
        for one in (*old, other, young):
            events.add(tx, one)
        kinds = ["experiment.moved"]
        assert [events.prune(tx, NOW, kinds, limit=2) for _ in range(3)] == [2, 1, 0]
        assert events.after(tx, "x", None, limit=5) == [other, young]
