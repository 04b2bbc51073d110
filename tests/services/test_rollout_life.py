"""A rollout lives through real traffic: it warms up, shifts, escapes by what runs show, and ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.flow import Step
from app.domain.rollout import Metric, Objective
from app.services import advancing, experiments, feedback, generate, picks
from app.services.feedback import Given
from app.services.rollouts import WantedRule, WantedWarmup
from app.services.world import World
from tests.services.made import CODE, ask, make_step, make_use_case, weights_now
from tests.services.rolling import HALVES, seen
from tests.services.steering import begun, ids_of, kinds, moves_of, rated, run, stored, told
from tests.worlds import Clock, opened


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[World]:
    """Its ids are those of the test, because terms are remembered by the experiment's."""
    with opened(store, tmp_path, clock=clock, new_id=ids_of(request.node.name)) as world:
        yield world


def tick(world: World, use_case_id: str) -> dict[str, int]:
    """The weights after a look."""
    advancing.advance(world, use_case_id)
    return weights_now(world)


def test_a_warmup_by_minutes_is_visibly_gradual(world: World, clock: Clock) -> None:
    """S0-14."""
    make_use_case(world, weights={"a": 10_000, "b": 0})
    experiment = begun(world, warmup=WantedWarmup(minutes=10, goals={"b": 5_000}))
    way = []

    for _ in range(10):
        clock.forward(minutes=1)
        way.append(tick(world, experiment.use_case_id)["b"])

    assert way == [500 * number for number in range(1, 11)]
    assert stored(world, experiment).phase == "adaptive"


def test_a_warmup_by_sessions_follows_the_ladder(world: World) -> None:
    """S0X-8; the clock stands still."""
    make_use_case(world, weights={"a": 10_000, "b": 0})
    experiment = begun(world, warmup=WantedWarmup(sessions=20, shape="ladder", goals={"b": 5_000}))
    way = []

    for number in range(20):
        picks.pick(world, CODE, correlation_id=f"s{number}")
        way.append(tick(world, experiment.use_case_id)["b"])

    assert sorted(set(way)) == [100, 500, 1000, 2500, 5000]
    assert way == sorted(way)
    assert stored(world, experiment).phase == "adaptive"


def test_the_better_flow_gains_until_it_has_all(world: World, clock: Clock) -> None:
    """S0-15, S0-16; wire.md W8, W13: only feedback of this experiment's sessions decides."""
    make_use_case(world, weights={"a": 4000, "b": 3000, "c": 3000})
    rated(world, 12, lambda flow: float(flow == "a"), name="before")
    experiment = begun(world, holdout=0)

    rated(
        world,
        400,
        lambda flow: float(flow == "b"),
        clock=clock,
        until=lambda: stored(world, experiment).outcome is not None,
    )

    after = stored(world, experiment)
    assert weights_now(world) == {"a": 0, "b": 10_000, "c": 0}
    assert (after.phase, after.outcome, after.decided_by) == ("completed", "completed", "rule")
    assert "completed" in kinds(world, experiment)


SLOW, DEAR, FAILING = WantedRule(max_latency_p95_ms=1), WantedRule(max_cost=1), WantedRule(max_error_rate=0.2)


@pytest.mark.parametrize(
    ("step", "rule", "why"),
    [
        (make_step(faults={"unavailable": 1}), FAILING, "20.0% of its runs fail"),
        (make_step(latency_ms=8), SLOW, "of its runs take over 1 ms"),
        (make_step(models=("simulated/large",)), DEAR, "its sessions cost more than $1e-09"),
    ],
    ids=["errors", "latency", "cost"],
)
def test_a_flow_escapes_by_what_its_runs_show(
    world: World, caplog: pytest.LogCaptureFixture, step: Step, rule: WantedRule, why: str
) -> None:
    """wire.md C3, C5: weights, state, move and event are one."""
    make_use_case(world, weights={"a": 3000, "b": 4000, "c": 3000}, own={"b": (step,)})
    rule = WantedRule(
        max_error_rate=rule.max_error_rate,
        max_latency_p95_ms=rule.max_latency_p95_ms,
        max_cost=rule.max_cost,
        min_runs=5,
        rollback={"a": 10_000},
    )
    experiment = begun(world, escape={"b": rule}, metric=Metric(failures="ignore"))

    for part in range(20):
        run(world, 10, name=f"r{part}-")
        if tick(world, experiment.use_case_id)["b"] == 0:
            break

    after = stored(world, experiment)
    assert weights_now(world) == {"a": 10_000, "b": 0, "c": 0}
    assert (after.phase, after.outcome, after.decided_by) == ("escaped", "escaped", "rule")
    (event,) = [event for event in told(world, experiment) if event.what == "escaped"]
    assert why in event.text
    assert why in moves_of(world, experiment)[-1].reason
    assert "experiment_alert" in caplog.messages


def test_a_budget_of_days_ends_it_without_a_winner(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = begun(world, max_days=1.0, baseline="b")
    rated(world, 6, lambda flow: 1.0)
    clock.forward(days=1)

    assert tick(world, experiment.use_case_id) == {"a": 0, "b": 10_000}
    after = stored(world, experiment)
    assert (after.phase, after.outcome, after.winner_flow_id) == ("completed", "inconclusive", None)
    assert "inconclusive" in kinds(world, experiment)


def test_only_the_feedback_that_was_chosen_counts_and_in_its_time(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = begun(world, metric=Metric("thumb", window_days=1))
    for name in ("one", "two"):
        picks.pick(world, CODE, correlation_id=name)

    def give(kind: str, name: str) -> float | None:
        return feedback.give(world, Given(kind, 1.0, use_case=CODE, correlation_id=name)).counted  # type: ignore[arg-type]  # a kind

    assert (give("score", "one"), give("thumb", "one")) == (None, 1.0)
    clock.forward(days=1, seconds=1)
    assert give("thumb", "two") is None
    assert seen(world, experiment)["n"] == 1


def test_the_objective_changes_what_is_counted(world: World) -> None:
    make_use_case(world, weights=HALVES)
    begun(world, scale=None, objective=Objective(quality=1, cost=1, dearest=10**15))
    cost = generate.run(world, CODE, ask("one")).run.cost

    counted = feedback.give(world, Given("thumb", 0, use_case=CODE, correlation_id="one")).counted

    assert counted == pytest.approx((1 - (cost or 0) / 10**15) / 2)


def test_starting_over_a_decided_one_ends_it_and_counts_anew(world: World) -> None:
    """wire.md W13."""
    make_use_case(world, weights=HALVES)
    first = begun(world, max_feedback=5)
    rated(world, 5, lambda flow: 1.0)
    assert stored(world, first).outcome == "inconclusive"

    second = begun(world)

    assert (stored(world, first).status, stored(world, first).outcome) == ("ended", "inconclusive")
    assert seen(world, second)["n"] == 0
    running, _ = experiments.page(world, use_case=CODE, status="running", cursor=None, limit=5)
    assert [one.id for one in running] == [second.id]
    feedback.give(world, Given("score", 1.0, rater="late", use_case=CODE, correlation_id="s0"))
    assert (seen(world, second)["n"], seen(world, first)["n"]) == (0, 6)
