"""Routes come back as they were, are found by what learns from them, and go after their time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import routes, runs, sessions
from app.db.routes import RouteFilter
from app.db.uow import Store
from app.domain.errors import Invalid, NotFound
from app.domain.route import Route
from app.services.ids import new_id
from tests.db import makers
from tests.db.makers import NOW
from tests.db.routed import LEARNER, route

USE_CASE = new_id()


def keep(store: Store, *several: Route) -> None:
    with store.write() as tx:
        assert routes.add_new(tx, several) == {each.id for each in several}


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def test_a_route_comes_back_equal_and_is_written_once(store: Store) -> None:
    bare = Route(
        id=new_id(), at=NOW, learner="direct", strategy="tiers", picked="a", by_router="a", drawn="router",
        difficulty=1.0, level="hard", rated=(),
    )  # fmt: skip
    full = route(
        **{name: new_id() for name in ("use_case_id", "flow_id", "session_id", "run_id")}, step="answer", key_id="k"
    )
    keep(store, bare, full)

    with store.write() as tx:
        assert routes.add_new(tx, [replace(bare, picked="b"), full]) == set()
        assert routes.get(tx, bare.id) == bare
        assert routes.get(tx, full.id) == full
        assert routes.of_ids(tx, [full.id, new_id()]) == [full]


def test_a_route_that_is_not_there_is_not_found(store: Store) -> None:
    with store.read() as tx, pytest.raises(NotFound, match="route"):
        routes.get(tx, new_id())


def test_a_learner_has_its_newest_routes_in_order_of_time(store: Store) -> None:
    own = [route(at=NOW + minutes(number)) for number in range(5)]
    keep(store, *reversed(own), route(learner="direct"))

    with store.read() as tx:
        assert routes.of_learner(tx, LEARNER, since=NOW + minutes(1), limit=3) == own[2:]
        assert routes.of_learner(tx, LEARNER, since=NOW + minutes(3), limit=3) == own[3:]


def test_learners_are_those_with_a_route_since_then(store: Store) -> None:
    with store.read() as tx:
        assert routes.learners(tx, NOW) == []
    names = [f"task:{number}" for number in range(12)]
    keep(store, *(route(learner=name, at=NOW + minutes(at)) for at, name in enumerate(names) for _ in range(3)))

    with store.read() as tx:
        assert routes.learners(tx, NOW) == sorted(names)
        assert routes.learners(tx, NOW + minutes(10)) == ["task:10", "task:11"]
        assert routes.learners(tx, NOW + minutes(12)) == []


def test_routes_are_found_by_their_sessions_and_runs(store: Store) -> None:
    _, (flow,) = makers.seeded(store)
    session = makers.session(flow)
    first, second = makers.run(session), makers.run(session)
    in_first = route(session_id=session.id, run_id=first.id)
    in_second = route(session_id=session.id, run_id=second.id, at=NOW + minutes(1))
    keep(store, in_second, in_first, route())
    with store.write() as tx:
        sessions.pin(tx, [session])
        runs.add_new(tx, [first, second])

    with store.read() as tx:
        assert routes.of_sessions(tx, [session.id]) == [in_first, in_second]
        assert routes.of_runs(tx, [second.id]) == [in_second]
        assert routes.of_runs(tx, []) == routes.of_sessions(tx, [new_id()]) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RouteFilter(), [3, 2, 1, 0]),
        (RouteFilter(use_case_id=USE_CASE), [3, 1]),
        (RouteFilter(task="summaries"), [2, 0]),
        (RouteFilter(learner="direct"), []),
        (RouteFilter(drawn="router"), [3, 2]),
        (RouteFilter(model="vendor/small"), [1]),
        (RouteFilter(since=NOW + minutes(1), until=NOW + minutes(3)), [2, 1]),
        (RouteFilter(use_case_id=USE_CASE, drawn="router"), [3]),
    ],
)
def test_routes_are_filtered_and_paged_newest_first(store: Store, wanted: RouteFilter, found: list[int]) -> None:
    made = [route(at=NOW + minutes(number), drawn="router" if number > 1 else "hold-out") for number in range(4)]
    made[1] = replace(made[1], model="vendor/small")
    for number in (1, 3):
        made[number] = replace(made[number], learner=f"use-case:{USE_CASE}", use_case_id=USE_CASE, task=None)
    keep(store, *made)

    seen: list[Route] = []
    with store.read() as tx:
        some, cursor = routes.page(tx, wanted, limit=2)
        while cursor is not None:
            seen += some
            some, cursor = routes.page(tx, wanted, cursor=cursor, limit=2)

    assert [made.index(each) for each in seen + some] == found


def test_a_cursor_of_another_list_is_refused(store: Store) -> None:
    with store.read() as tx, pytest.raises(Invalid, match="cursor"):
        routes.page(tx, RouteFilter(), cursor="abc")


def test_the_oldest_routes_go_first_some_at_a_time(store: Store) -> None:
    made = [route(at=NOW + minutes(number)) for number in range(4)]
    keep(store, *made)

    with store.write() as tx:
        gone = [routes.prune(tx, NOW + minutes(3), at_most=2) for _ in range(3)]
        left, _ = routes.page(tx, RouteFilter())

    assert gone == [2, 1, 0]
    assert left == made[3:]
