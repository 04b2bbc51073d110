"""Routes come back as they were, are filtered and paged, and go after their time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import routes
from app.db.routes import RouteFilter
from app.db.uow import Store
from app.domain.errors import Invalid, NotFound
from app.domain.route import Route
from app.services.ids import new_id
from tests.db.makers import NOW
from tests.db.routed import route

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
