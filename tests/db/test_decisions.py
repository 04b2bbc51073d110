"""Decisions are read as they were stored, with the qualities of their calls, newest first."""

from datetime import timedelta
from math import isnan

from app.db import decisions, outcomes, routes
from app.db.uow import Store
from app.domain.route import Tried
from app.services.ids import new_id
from tests.db.makers import NOW
from tests.db.routed import LEARNER, outcome, route

SINCE = NOW - timedelta(days=1)


def read(store: Store, **given: object) -> tuple[list[decisions.Decided], str | None]:
    wanted = {"since": SINCE, "cursor": None, "limit": 10, **given}
    with store.read() as tx:
        return decisions.page(tx, LEARNER, **wanted)  # type: ignore[arg-type]  # parameters by name


def test_a_decision_is_read_with_what_is_known_of_its_calls(store: Store) -> None:
    calls = new_id(), new_id()
    tried = (Tried(calls[0], "vendor/small", 0.2, 12, 30), Tried(calls[1], "vendor/large", None, None, 0))
    made = route(tried=tried, session_id=new_id())
    with store.write() as tx:
        routes.add_new(tx, [made])
        outcomes.put(tx, [outcome(call_id=calls[0], route_id=made.id, quality=0.25)])

    (found,), following = read(store)

    own = found.decision
    assert following is None
    assert found.qualities == {calls[0]: 0.25}
    assert (own.id, own.picked, own.by_router, own.model) == (made.id, made.picked, made.by_router, made.model)
    assert (own.held_out, own.tried, own.session_id) == (True, tried, made.session_id)
    assert own.models == tuple(each.model for each in made.rated)
    assert own.rated[0].tolist() == [0.9, 0.9, 2_000]
    assert own.rated[1, :2].tolist() == [0.1, 0.7]
    assert isnan(own.rated[1, 2])


def test_a_decision_without_ratings_or_outcomes_is_read_as_such(store: Store) -> None:
    with store.write() as tx:
        routes.add_new(tx, [route(rated=(), drawn="router")])

    (found,), _ = read(store)

    assert (found.decision.models, found.decision.rated.shape, found.qualities) == ((), (0, 3), {})
    assert not found.decision.held_out


def test_only_the_learner_s_own_of_that_time_are_read_and_none_for_speed(store: Store) -> None:
    mine = route()
    others = route(learner="direct"), route(at=SINCE - timedelta(seconds=1)), route(strategy="fastest")
    with store.write() as tx:
        routes.add_new(tx, [mine, *others])

    assert [each.decision.id for each in read(store)[0]] == [mine.id]


def test_decisions_are_read_page_by_page_newest_first(store: Store) -> None:
    made = [route(at=NOW - timedelta(seconds=number)) for number in range(5)]
    with store.write() as tx:
        routes.add_new(tx, made)

    first, following = read(store, limit=3)
    second, end = read(store, limit=3, cursor=following)

    assert [each.decision.id for each in (*first, *second)] == [each.id for each in made]
    assert end is None
