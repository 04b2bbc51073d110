"""A learner's router is judged from its routes and what came of them, and serving goes by the verdict."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import outcomes, router_standings, routes
from app.db.outcomes import Outcome
from app.db.router_standings import Standing
from app.domain.chance import share
from app.domain.route import Rated, Route, Tried
from app.services import tick
from app.services.routing import earning, reports
from app.services.world import World
from tests.db.routed import route
from tests.worlds import Clock

CHEAP, BEST = "simulated/small", "simulated/large"
COSTS = {CHEAP: 100_000, BEST: 1_000_000}
HELD_OUT = 0.3


def logged(world: World, number: int, *, learner: str = "direct", useful: bool, **given: object) -> tuple[Route, float]:
    """A route and its quality: hard requests need the best model, and a useful router knows which they are."""
    draw = [share(f"{learner}:{number}:{of}") for of in ("hard", "out", "which", "right")]
    hard = draw[0] < 0.5
    by_router = (BEST if hard else CHEAP) if useful else (BEST if number % 2 else CHEAP)
    out = draw[1] < HELD_OUT
    picked = (CHEAP if draw[2] < 0.5 else BEST) if out else by_router
    chance = {model: HELD_OUT / 2 + (1 - HELD_OUT) * (model == by_router) for model in COSTS}
    rated = tuple(Rated(m, 0.7, 0.6, COSTS[m], 10, chance[m], 5.0) for m in COSTS)
    made = route(
        id=world.new_id(),
        at=world.now() - timedelta(minutes=number % 1_000),
        learner=learner,
        picked=picked,
        by_router=by_router,
        drawn="hold-out" if out else "router",
        rated=rated,
        model=picked,
        session_id=None,
        tried=(Tried(world.new_id(), picked, cost=COSTS[picked]),),
        spent=COSTS[picked],
        **given,
    )
    good = 0.1 if hard and picked == CHEAP else 0.95
    return made, float(draw[3] < good)


def store(world: World, made: Sequence[tuple[Route, float]], *, known: float = 1.0) -> None:
    """The routes, the first part of them with outcomes."""
    with world.store.write() as tx:
        routes.add_new(tx, [each for each, _ in made])
        outcomes.put(tx, [_outcome(world, *each) for each in made[: round(len(made) * known)]])


def _outcome(world: World, of: Route, quality: float) -> Outcome:
    return Outcome(
        call_id=of.tried[0].call_id,
        at=of.at,
        learner=of.learner,
        model=of.picked,
        level=of.level,
        day=of.at.date(),
        route_id=of.id,
        use_case_id=of.use_case_id,
        source="feedback",
        quality=quality,
        weight=1.0,
        seq=world.new_id(),
    )


def many(world: World, count: int, *, useful: bool, **given: object) -> list[tuple[Route, float]]:
    return [logged(world, number, useful=useful, **given) for number in range(count)]  # type: ignore[arg-type]  # fields of Route by name


def standing(world: World, learner: str = "direct") -> Standing:
    with world.store.read() as tx:
        found = router_standings.get(tx, learner)
    assert found is not None
    return found


def test_a_useful_router_earns_its_keep(world: World) -> None:
    store(world, many(world, 900, useful=True))

    found = earning.report(world, "direct")

    assert (found.earned.verdict, found.earned.outcomes, found.routes, found.cut) == ("earns its keep", 900, 900, False)
    assert found.standing is None


def test_a_useless_router_gains_nothing(world: World) -> None:
    store(world, many(world, 600, useful=False))

    found = earning.report(world, "direct").earned

    assert (found.verdict, found.single in COSTS) == ("no gain", True)


def test_only_routes_with_an_outcome_count_and_the_others_are_told(world: World) -> None:
    store(world, many(world, 300, useful=True), known=0.5)

    found = earning.report(world, "direct")

    assert (found.routes, found.earned.outcomes) == (300, 150)
    assert found.earned.verdict == "too early"


def test_a_report_is_of_one_learner_and_of_late(world: World, clock: Clock) -> None:
    store(world, many(world, 10, useful=True))
    store(world, many(world, 20, useful=True, learner="task:chat", task="chat"))

    assert earning.report(world, "task:chat").routes == 20
    clock.forward(days=8)
    assert earning.report(world, "direct", days=7).routes == 0
    assert earning.report(world, "direct", days=30).routes == 10


def test_routes_that_strive_for_speed_are_not_judged(world: World) -> None:
    store(world, many(world, 10, useful=True, strategy="fastest"))

    assert earning.report(world, "direct").routes == 0


def test_the_newest_routes_are_read_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earning, "PAGE", 7)
    monkeypatch.setattr(earning, "MOST", 21)
    store(world, many(world, 40, useful=True))

    found = earning.report(world, "direct")

    assert (found.routes, found.earned.outcomes, found.cut) == (21, 21, True)


def test_a_report_over_many_routes_is_told_again_for_a_minute(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "COSTLY", 20)
    store(world, many(world, 20, useful=True))
    first = earning.report(world, "direct")
    store(world, many(world, 5, useful=True))
    list(earning.judge_all(world))

    clock.forward(seconds=59)
    again = earning.report(world, "direct")
    other = earning.report(world, "direct", days=7)
    clock.forward(seconds=1)
    later = earning.report(world, "direct")

    assert (first.routes, again.routes, other.routes, later.routes) == (20, 20, 25, 25)
    assert again == replace(first, standing=standing(world))
    assert (first.standing, later.as_of) == (None, clock.moment)


def test_a_report_over_few_routes_is_made_anew_each_time(world: World) -> None:
    store(world, many(world, 20, useful=True))
    assert earning.report(world, "direct").routes == 20

    store(world, many(world, 1, useful=True))

    assert earning.report(world, "direct").routes == 21


def test_reports_of_few_learners_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "COSTLY", 0)
    monkeypatch.setattr(reports, "KEPT", 2)
    for name in "abc":
        earning.report(world, f"task:{name}")
        store(world, many(world, 1, useful=True, learner=f"task:{name}", task=name))

    assert [earning.report(world, f"task:{name}").routes for name in "cba"] == [0, 0, 1]


def test_the_beat_judges_every_learner_with_outcomes_and_tells_only_what_is_new(world: World, clock: Clock) -> None:
    store(world, many(world, 300, useful=False))

    lines = list(earning.judge_all(world))

    assert len(lines) == 1
    assert lines[0].startswith("judged the router of direct: No gain can be seen")
    assert standing(world).single in COSTS
    told = standing(world).told
    assert {"sentence", "gain", "routes", "outcomes", "held_out", "mark"} == told.keys()
    assert told["outcomes"] == 300
    clock.forward(minutes=11)
    store(world, [logged(world, 1_001, useful=False)])
    assert list(earning.judge_all(world)) == []
    assert (standing(world).judged_at, standing(world).told["outcomes"]) == (clock.moment, 301)


def test_a_learner_is_judged_anew_after_a_while_and_only_when_there_is_something_new(
    world: World, clock: Clock
) -> None:
    store(world, many(world, 20, useful=True))
    list(earning.judge_all(world))
    first = clock.moment

    store(world, [logged(world, 100, useful=True)])
    clock.forward(minutes=9)
    list(earning.judge_all(world))
    assert standing(world).judged_at == first
    clock.forward(minutes=1)
    list(earning.judge_all(world))
    assert standing(world).judged_at == clock.moment
    second = clock.moment
    clock.forward(hours=23)
    list(earning.judge_all(world))
    assert standing(world).judged_at == second
    clock.forward(hours=1)
    list(earning.judge_all(world))
    assert standing(world).judged_at == clock.moment


def test_of_many_learners_who_waits_longest_is_judged_first(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earning, "AT_ONCE", 1)
    store(world, many(world, 1, useful=True))
    store(world, many(world, 1, useful=True, learner="task:a", task="a"))

    list(earning.judge_all(world))
    clock.forward(seconds=5)
    list(earning.judge_all(world))

    with world.store.read() as tx:
        assert set(router_standings.all_of(tx)) == {"direct", "task:a"}


def test_the_beat_judges(world: World) -> None:
    store(world, many(world, 3, useful=True))

    list(tick.beat(world))

    assert standing(world).verdict == "too early"


def test_a_router_that_stood_down_comes_back_when_it_gains_again(world: World, clock: Clock) -> None:
    store(world, many(world, 300, useful=False))
    list(earning.judge_all(world))
    assert standing(world).verdict == "no gain"

    clock.forward(days=31)
    store(world, [(replace(each, at=world.now()), good) for each, good in many(world, 900, useful=True)])
    lines = list(earning.judge_all(world))

    assert (standing(world).verdict, standing(world).single) == ("earns its keep", None)
    assert lines[0].startswith("judged the router of direct: The router earns its keep")
