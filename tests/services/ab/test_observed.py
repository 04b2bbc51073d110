"""What current traffic shows of a metric is read from a bounded part of it, by unit, exactly."""

import math
import statistics

import pytest
from sqlalchemy import event

from app.db import baselines
from app.db.facts import CallDone
from app.domain.ab.metric import Metric, metric_of
from app.domain.errors import NotFound
from app.services.ab.observed import traffic_of
from app.services.world import World
from tests.db import makers
from tests.services.ab.traffic import came, ran, said
from tests.services.made import CODE, all_flows, make_use_case
from tests.worlds import Clock

RATING = metric_of("rating")


@pytest.fixture(autouse=True)
def use_case(world: World) -> None:
    """Two flows, half of the sessions each."""
    make_use_case(world, weights={"a": 5_000, "b": 5_000})


def test_units_are_counted_once_however_many_sessions_they_have(world: World, clock: Clock) -> None:
    came(world, 30, sessions=3)
    clock.forward(days=6)
    came(world, 40, name="v")

    found = traffic_of(world, CODE, RATING)

    assert found.units_per_day == pytest.approx(70 / 6)
    assert (found.units, found.values, found.mean, found.deviation, found.answering) == (70, 0, None, None, 0.0)


def test_the_first_hours_of_a_use_case_are_not_taken_for_a_day_of_that_pace(world: World, clock: Clock) -> None:
    came(world, 12)
    clock.forward(hours=2)

    assert traffic_of(world, CODE, RATING).units_per_day == 12


def test_what_came_before_the_last_week_is_no_traffic_of_now(world: World, clock: Clock) -> None:
    said(world, came(world, 50), "rating", lambda at: 4.0)
    clock.forward(days=8)
    came(world, 7, name="v")

    found = traffic_of(world, CODE, RATING)

    assert (found.units_per_day, found.values) == (1.0, 50)


def test_without_any_session_nothing_is_shown(world: World) -> None:
    found = traffic_of(world, CODE, RATING)

    assert (found.units_per_day, found.units, found.mean, found.answering) == (0.0, 0, None, None)


def test_a_use_case_that_does_not_exist_shows_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        traffic_of(world, "none", RATING)


def test_the_value_of_a_unit_is_the_mean_over_its_sessions(world: World) -> None:
    sessions = came(world, 20, sessions=2)
    said(world, sessions[:20], "rating", lambda at: 1.0 + at % 5)
    pairs = [((1 + at % 5) + (1 + (at + 1) % 5)) / 2 for at in range(0, 20, 2)]

    found = traffic_of(world, CODE, RATING)

    assert (found.units, found.values, found.answering) == (20, 10, 0.5)
    assert found.mean == pytest.approx(statistics.mean(pairs))
    assert found.deviation == pytest.approx(statistics.stdev(pairs))


def test_only_the_flows_that_are_asked_for_are_looked_at(world: World) -> None:
    sessions, flow = came(world, 40), all_flows(world)["b"].id
    said(world, sessions, "rating", lambda at: 5.0 if sessions[at].flow_id == flow else 1.0)
    own = sum(session.flow_id == flow for session in sessions)

    found = traffic_of(world, CODE, RATING, flow_ids=[flow])

    assert 0 < own < 40
    assert (found.units, found.values, found.mean, found.deviation) == (own, own, 5.0, 0.0)
    assert found.units_per_day == 40


@pytest.mark.parametrize(("by", "units"), [("auto", 13), ("user_id", 10), ("correlation_id", 23)])
def test_units_are_what_the_test_randomises(world: World, by: str, units: int) -> None:
    came(world, 10, sessions=2)
    for number in range(3):  # without a user the conversation is the unit
        anonymous = came(world, 1, name=f"anonymous{number}")[0]
        assert anonymous.unit == f"anonymous{number}0"
    with world.store.write() as tx:
        from_user = baselines.sessions.update().where(baselines.sessions.c.unit.like("anonymous%"))
        tx.execute(from_user.values(unit=baselines.sessions.c.correlation_id))

    assert traffic_of(world, CODE, RATING, unit=by).units == units  # type: ignore[arg-type]  # one of its words


def test_other_opinions_take_no_part(world: World) -> None:
    sessions = came(world, 6)
    said(world, sessions, "thumb", lambda at: 1.0)
    said(world, sessions[:4], "number", lambda at: 10.0 * at, metric="words")
    said(world, sessions, "number", lambda at: 7.0, metric="other", rater="b")

    numbers = traffic_of(world, CODE, Metric("words", "number", 0.0, 20.0))

    assert traffic_of(world, CODE, RATING).values == 0
    assert (numbers.values, numbers.mean) == (4, (0 + 10 + 20 + 20) / 4)  # what lies outside counts as the nearer end


def test_a_unit_without_a_conversion_has_not_converted(world: World) -> None:
    said(world, came(world, 40)[:10], "conversion", lambda at: 1.0)

    found = traffic_of(world, CODE, metric_of("conversion"))

    assert (found.values, found.mean, found.answering) == (40, 0.25, 1.0)
    assert found.deviation == pytest.approx(math.sqrt(0.25 * 0.75 * 40 / 39))


def test_what_nobody_has_ever_reported_is_not_known_to_be_nothing(world: World) -> None:
    came(world, 40)

    found = traffic_of(world, CODE, metric_of("conversion"))

    assert (found.units, found.values, found.mean) == (40, 0, None)


def test_cost_is_summed_over_runs_and_calls_that_were_reported(world: World) -> None:
    first, second = came(world, 2)
    for _ in range(3):
        ran(world, [first], cost=1_000)
    ran(world, [first], cost=9_000, status="failed", error="budget-exceeded")
    reported = makers.call(id=world.new_id(), source="reported", session_id=second.id, cost=5_000)
    own = makers.call(id=world.new_id(), source="served", session_id=second.id, cost=700)
    world.journal.write([CallDone(reported), CallDone(own)], timeout_s=10)

    found = traffic_of(world, CODE, metric_of("cost", high=1e6))

    assert (found.values, found.mean) == (2, 4_000)
    assert found.deviation == pytest.approx(statistics.stdev([3_000, 5_000]))


def test_a_failure_is_a_failure_of_the_flow(world: World) -> None:
    sessions = came(world, 4)
    ran(world, sessions)
    ran(world, sessions[:1], status="failed", error="provider-timeout")
    ran(world, sessions[1:2], status="failed", error="overloaded")
    ran(world, sessions[2:3], status="cancelled", error="caller-left")

    assert traffic_of(world, CODE, metric_of("failures")).mean == 0.25


def test_what_the_shadow_has_shown_is_not_traffic(world: World) -> None:
    said(world, came(world, 3), "rating", lambda at: 4.0)
    with world.store.write() as tx:
        tx.execute(baselines.sessions.update().values(shadow=True))

    found = traffic_of(world, CODE, RATING)

    assert (found.units_per_day, found.values) == (0.0, 0)


def test_only_the_newest_part_of_a_long_history_is_read(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "MOST", 20)
    monkeypatch.setattr(baselines, "AT_ONCE", 5)
    monkeypatch.setattr("app.services.ab.observed.MOST", 20)
    said(world, came(world, 50), "rating", lambda at: 1.0)
    clock.forward(days=1)
    newest = came(world, 20, name="v")
    for rater in "ab":
        said(world, newest, "rating", lambda at: 4.0, rater=rater)

    found = traffic_of(world, CODE, RATING)

    # Twenty facts are of ten sessions; no others are looked at, and none in part.
    assert (found.units, found.values, found.mean, found.answering) == (10, 10, 4.0, 1.0)


def test_the_pace_of_more_sessions_than_are_read_is_that_of_those_read(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "MOST", 24)
    monkeypatch.setattr("app.services.ab.observed.MOST", 24)
    for hour in range(30):
        came(world, 2, name=f"h{hour}-")
        clock.forward(hours=1)

    assert traffic_of(world, CODE, RATING).units_per_day == pytest.approx(24 / (12 / 24))


def test_it_takes_few_statements_whatever_the_history(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "AT_ONCE", 25)
    said(world, came(world, 60), "rating", lambda at: 4.0)
    asked: list[str] = []
    event.listen(world.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    found = traffic_of(world, CODE, RATING)

    assert found.values == 60
    # The use case, its newest sessions, and what three parts of these have shown.
    assert len([statement for statement in asked if statement.lstrip().upper().startswith("SELECT")]) == 5
