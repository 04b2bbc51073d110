"""What the router decided and learned from goes after its time, and nothing before it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.db import cursors, model_days, outcomes, router_heads, router_standings, routes, scores
from app.db.apply import apply
from app.db.facts import CallDone, RouteDone
from app.db.router_heads import Head
from app.db.router_standings import Standing
from app.db.routes import RouteFilter
from app.services import tick
from app.services.routing import forgetting, teaching
from app.services.world import World
from tests.db import makers
from tests.db.routed import LEARNER, outcome, route, scored
from tests.worlds import Clock


def lived(world: World, clock: Clock) -> None:
    """One of each kind, of this moment."""
    now = clock()
    with world.store.write() as tx:
        apply(tx, [[CallDone(makers.call(at=now, task="summaries")), RouteDone(route(at=now)), scored(at=now)]])
        outcomes.put(tx, [outcome(at=now, day=now.date())])
        router_heads.put(tx, Head(LEARNER, "vendor/small", b"", 1.0, None, 0, now))
        router_standings.put(tx, Standing(LEARNER, "no gain", None, {}, now))


def left(world: World, clock: Clock) -> dict[str, int]:
    with world.store.read() as tx:
        early = clock() - timedelta(days=999)
        return {
            "routes": len(routes.page(tx, RouteFilter(learner=LEARNER))[0]),
            "outcomes": len(outcomes.after(tx, LEARNER, None, limit=9)),
            "scores": len(scores.after(tx, early, limit=9)),
            "days": len(model_days.of_learner(tx, LEARNER, early.date())),
            "heads": len(router_heads.of_learner(tx, LEARNER)),
            "standings": len(router_standings.all_of(tx)),
        }


ALL = {"routes": 1, "outcomes": 1, "scores": 1, "days": 2, "heads": 1, "standings": 1}
NONE = dict.fromkeys(ALL, 0)


def test_routes_outcomes_and_scores_go_after_their_retention(world: World, clock: Clock) -> None:
    lived(world, clock)
    clock.forward(days=world.policy.route_retention.days)
    assert list(forgetting.forget(world)) == []
    assert left(world, clock) == ALL

    clock.forward(seconds=1)

    assert list(forgetting.forget(world)) == [
        "forgot 1 routes",
        "forgot 1 outcomes",
        "forgot 1 scores of answers",
        "forgot 1 logs of learners",
    ]
    assert left(world, clock) == {**ALL, "routes": 0, "outcomes": 0, "scores": 0}


def test_days_heads_and_standings_stay_as_long_as_four_records_look_back(world: World, clock: Clock) -> None:
    lived(world, clock)
    clock.forward(days=4 * world.policy.record_days)
    list(forgetting.forget(world))
    assert left(world, clock) == {**ALL, "routes": 0, "outcomes": 0, "scores": 0}

    clock.forward(days=1)

    assert list(forgetting.forget(world)) == [
        "forgot 2 days of models",
        "forgot 1 heads of the router",
        "forgot 1 standings of the router",
    ]
    assert left(world, clock) == NONE


def test_the_beat_forgets_though_it_judges_a_learner_once_more_before(world: World, clock: Clock) -> None:
    lived(world, clock)
    found = []

    for _ in range(2):
        clock.forward(days=365)
        list(tick.beat(world))
        found.append(left(world, clock))

    assert found == [{**NONE, "standings": 1}, NONE]


def test_the_places_in_a_log_go_with_its_last_outcome(world: World, clock: Clock) -> None:
    lived(world, clock)
    with world.store.write() as tx:
        outcomes.put(tx, [outcome(learner="direct", at=clock() + timedelta(days=1))])
    names = (outcomes.LOG + LEARNER, teaching.CURSOR + LEARNER)
    teaching.teach(world)
    with world.store.read() as tx:
        assert None not in [cursors.position(tx, name) for name in names]
    clock.forward(seconds=1, days=world.policy.route_retention.days)

    told = list(forgetting.forget(world))

    assert "forgot 1 logs of learners" in told
    with world.store.read() as tx:
        assert [cursors.position(tx, name) for name in names] == [None, None]
        assert list(outcomes.marks(tx)) == ["direct"]


def test_much_goes_in_several_transactions_and_outcomes_wait_for_older_routes(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    rounds: list[int] = []
    with world.store.write() as tx:
        routes.add_new(tx, [route(at=clock()) for _ in range(5)])
        outcomes.put(tx, [outcome(at=clock(), day=clock().date()) for _ in range(3)])
    clock.forward(days=100)
    forget_some: Callable[[World], dict[str, int]] = forgetting._forget_some

    def seen(world: World) -> dict[str, int]:
        some = forget_some(world)
        rounds.append(some["outcomes"])
        return some

    monkeypatch.setattr(forgetting, "_forget_some", seen)

    assert list(forgetting.forget(world)) == ["forgot 5 routes", "forgot 3 outcomes", "forgot 1 logs of learners"]
    assert rounds == [0, 0, 2, 1]
