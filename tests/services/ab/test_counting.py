"""Facts of a session count once for its unit's arm, in whatever order, from whomever, and only in time."""

import random
import statistics

import pytest

from app.db import ab_sums
from app.domain.ab.metric import metric_of
from app.domain.errors import Invalid, NotFound
from app.domain.message import Usage
from app.services import calls, experiments, feedback, generate, picks
from app.services.calls import Reported
from app.services.feedback import Given
from app.services.world import World
from tests.services.ab.testing import CONVERSION, RATING, arm_of, come, figures, give, judged, known, started, two_flows
from tests.services.made import CODE, SMALL, ask, make_use_case
from tests.worlds import Clock


def test_a_unit_counts_once_however_many_sessions_it_has(world: World) -> None:
    two_flows(world)
    experiment = started(world)

    for number in range(4):
        picks.pick(world, CODE, correlation_id=f"c{number}", user_id="u1")

    assert sum(units for units, _, _ in figures(known(world, experiment)).values()) == 1


def test_sessions_of_one_user_have_one_arm(world: World) -> None:
    two_flows(world)
    started(world)

    for user in range(20):
        flows = {
            picks.pick(world, CODE, correlation_id=f"{user}-{number}", user_id=f"u{user}").flow.code
            for number in range(5)
        }
        assert len(flows) == 1


def test_a_conversion_that_is_reported_twice_counts_once(world: World) -> None:
    two_flows(world)
    experiment = started(world)
    picks.pick(world, CODE, correlation_id="c1")

    give(world, "c1", event="order-1")
    give(world, "c1", event="order-1")
    give(world, "c1", event="order-2")

    (found,) = [one for one in figures(known(world, experiment)).values() if one[0]]
    assert found == (1, 1, 1.0)


def test_a_unit_without_a_conversion_counts_as_none(world: World) -> None:
    two_flows(world)
    experiment = started(world)
    sessions = come(world, [f"c{number}" for number in range(40)])

    judged(world, experiment, sessions, "conversion", lambda arm, number: 1.0 if number < 5 else None)

    for units, values, mean in figures(known(world, experiment)).values():
        assert values == units
        assert mean == pytest.approx(5 / units)


def test_a_number_is_summed_over_events_and_taken_back_when_it_is_reported_anew(world: World) -> None:
    two_flows(world)
    revenue = metric_of("number", name="revenue", low=0, high=100, aggregate="sum", missing="zero")
    experiment = started(world, metric=revenue, baseline_mean=10.0, baseline_deviation=10.0)
    picks.pick(world, CODE, correlation_id="c1")

    give(world, "c1", 10, "number", metric="revenue", event="1")
    give(world, "c1", 20, "number", metric="revenue", event="2")
    give(world, "c1", 5, "number", metric="revenue", event="1")
    give(world, "c1", 99, "number", metric="something else")

    (mean,) = [mean for units, _, mean in figures(known(world, experiment)).values() if units]
    assert mean == pytest.approx(25.0)


def test_a_unit_may_be_named_by_its_user(world: World) -> None:
    two_flows(world)
    experiment = started(world)
    picks.pick(world, CODE, correlation_id="c1", user_id="u1")

    give(world, "", user_id="u1")
    picks.pick(world, CODE, correlation_id="c2", user_id="u1")
    give(world, "", user_id="u1")

    (found,) = [one for one in figures(known(world, experiment)).values() if one[0]]
    assert found == (1, 1, 1.0)


def test_a_user_without_a_session_is_not_found(world: World) -> None:
    two_flows(world)

    with pytest.raises(NotFound) as raised:
        give(world, "", user_id="nobody")

    assert raised.value.field == "user_id"


def test_what_comes_after_the_window_does_not_count(world: World, clock: Clock) -> None:
    two_flows(world)
    experiment = started(world, metric=RATING, window_days=2)
    picks.pick(world, CODE, correlation_id="c1")
    picks.pick(world, CODE, correlation_id="c2")

    clock.forward(hours=47)
    give(world, "c1", 5, "rating")
    clock.forward(hours=2)
    give(world, "c2", 5, "rating")

    assert sum(values for _, values, _ in figures(known(world, experiment)).values()) == 1


def test_runs_count_for_cost_latency_and_failures(world: World) -> None:
    two_flows(world)
    cost = metric_of("cost", high=1e9)
    experiment = started(
        world,
        metric=cost,
        mde=1e6,
        baseline_mean=1e6,
        baseline_deviation=1e6,
        secondary=(metric_of("latency"), metric_of("failures")),
    )

    for number in range(6):
        generate.run(world, CODE, ask(f"c{number}"))

    found = known(world, experiment)
    for metric in range(3):
        assert sum(values for _, values, _ in figures(found, metric).values()) == 6
    assert all(mean == 0 for _, values, mean in figures(found, 2).values() if values)
    assert any((mean or 0) > 0 for _, _, mean in figures(found, 0).values())


def test_facts_in_another_order_change_no_figure(world: World) -> None:
    two_flows(world)
    found = []
    for turn in range(2):
        experiment = started(world, metric=RATING, secondary=(CONVERSION,), name=f"turn {turn}")
        names = [f"{number}" for number in range(30)]
        given = [(f"c{turn}-{name}", 1 + int(name) % 5) for name in names]
        random.Random(turn).shuffle(given)  # an order, not a secret
        sessions = {session.correlation_id: session for session in come(world, [name for name, _ in given])}
        for name, value in given:
            judged(world, experiment, [sessions[name]], "rating", lambda arm, number, value=value: 6.0 - value)
            judged(world, experiment, [sessions[name]], "rating", lambda arm, number, value=value: float(value))
        with world.store.read() as tx:
            sums = ab_sums.of_experiment(tx, experiment.id)
        total = [
            sum(getattr(one.metrics["rating"], field) for one in sums.values()) for field in ("n", "total", "squares")
        ]
        found.append(
            (total, [sum(cells) for cells in zip(*(one.metrics["rating"].cells for one in sums.values()), strict=True)])
        )
        experiments.stop(world, experiment.id)

    assert found[0] == found[1]
    assert found[0][0][0] == 30


def test_a_number_needs_its_name_and_nothing_else_has_one(world: World) -> None:
    two_flows(world)
    picks.pick(world, CODE, correlation_id="c1")

    with pytest.raises(Invalid) as unnamed:
        give(world, "c1", 3, "number")
    with pytest.raises(Invalid) as named:
        give(world, "c1", 1, "thumb", metric="revenue")

    assert (unnamed.value.field, named.value.field) == ("metric", "metric")


def test_late_feedback_on_an_ended_test_still_counts_within_its_window(world: World, clock: Clock) -> None:
    two_flows(world)
    experiment = started(world, metric=RATING)
    picks.pick(world, CODE, correlation_id="c1")
    experiments.stop(world, experiment.id)
    clock.forward(hours=24)

    give(world, "c1", 4, "rating")

    assert sum(values for _, values, _ in figures(known(world, experiment)).values()) == 1


def test_values_that_are_small_beside_the_range_keep_their_spread(world: World) -> None:
    two_flows(world)
    latency = metric_of("latency", slowest_ms=180_000)
    experiment = started(world, metric=latency, mde=100.0, baseline_mean=100.0, baseline_deviation=70.0)
    sessions = come(world, [f"c{number}" for number in range(60)])
    taken = {session.id: 55 if number % 3 else 200 for number, session in enumerate(sessions)}

    for session in sessions:
        told = Reported(SMALL, taken[session.id], Usage(), use_case=CODE, correlation_id=session.correlation_id, cost=0)
        calls.report(world, told)

    for arm in known(world, experiment).metrics[0].arms:
        own = [taken[one.id] for one in sessions if arm_of(world, experiment, one) == arm.arm]
        assert arm.mean == pytest.approx(statistics.mean(own), rel=1e-6)
        assert arm.deviation == pytest.approx(statistics.stdev(own), rel=1e-6)


def test_targets_that_contradict_each_other_are_refused(world: World) -> None:
    two_flows(world)
    make_use_case(world, "other")
    done = generate.run(world, CODE, ask("c1", user_id="u1"))
    picks.pick(world, CODE, correlation_id="c2", user_id="u2")

    for given, field in (
        ({"run_id": done.run.id, "use_case": CODE, "user_id": "u2"}, "user_id"),
        ({"run_id": done.run.id, "use_case": "other"}, "use_case"),
        ({"run_id": done.run.id, "use_case": CODE, "correlation_id": "c2"}, "correlation_id"),
        ({"call_id": done.calls[0].id, "run_id": world.new_id()}, "run_id"),
        ({"use_case": CODE, "correlation_id": "c1", "user_id": "u2"}, "user_id"),
    ):
        with pytest.raises(Invalid) as refused:
            feedback.give(world, Given("thumb", 1, **given))  # type: ignore[arg-type]  # fields of Given by name
        assert refused.value.field == field
    feedback.give(world, Given("thumb", 1, use_case=CODE, correlation_id="c1", user_id="u1", run_id=done.run.id))
