"""What units did before a test explains part of how they differ, and is taken out where enough is known of it."""

from typing import Any

import pytest

from app.db import ab_sums
from app.db.facts import Pin, RunDone, Served
from app.domain.ab.metric import UNIT, metric_of
from app.domain.ab.readout import Compared
from app.domain.experiment import Experiment
from app.domain.session import Session
from app.services import traffic
from app.services.ab import enrolment
from app.services.world import World
from tests.db import makers
from tests.services.ab.testing import RATING, beat, judged, known, started, two_flows
from tests.services.ab.traffic import came, ran, said
from tests.services.made import CODE
from tests.worlds import Clock

USERS = 120


def return_of(world: World, users: int = USERS, *, name: str = "u") -> list[Session]:
    """A new session of each user, pinned as part of the running test."""
    use_case = traffic.active_use_case(world, CODE)
    proposed = [
        traffic.propose(world, use_case, f"again-{name}{number}", user_id=f"{name}{number}") for number in range(users)
    ]
    snapshot = world.snapshots.current
    facts = [Pin(one, enrolment.counting_of(enrolment.test_of(snapshot, one), one)) for one in proposed]
    world.journal.write(facts, timeout_s=10)
    return proposed


def mood(unit: str) -> int:
    """How a user likes everything: 1…4."""
    return 1 + int(unit[1:]) % 4


def lived(world: World, clock: Clock, *, past: bool = True, **given: Any) -> tuple[Experiment, list[Session]]:
    """Users who rate by their mood, before a test, if they were there, and in it; arm b is liked better by one."""
    two_flows(world)
    before = came(world, USERS if past else 1)
    said(world, before, "rating", lambda at: float(mood(before[at].unit)))
    clock.forward(hours=8)
    experiment = started(world, metric=RATING, auto_stop=False, **given)
    sessions = return_of(world)
    _rated(world, experiment, sessions)
    return experiment, sessions


def _rated(world: World, experiment: Experiment, sessions: list[Session]) -> None:
    by_arm: dict[str, list[Session]] = {}
    for session in sessions:
        counting = enrolment.counting_of(experiment, session)
        assert counting is not None
        by_arm.setdefault(counting.arm, []).append(session)
    judged(
        world,
        experiment,
        sessions,
        "rating",
        lambda arm, number: float(mood(by_arm[arm][number].unit) + (arm == "b")),
    )


def _run(experiment: Experiment, session: Session, *, latency_ms: int) -> tuple[RunDone, Served]:
    run = makers.run(session, latency_ms=latency_ms)
    counting = enrolment.counting_of(experiment, session)
    return RunDone(run), makers.served(session, run.id, latency_ms=latency_ms, counting=counting)


def compared(world: World, experiment: Experiment) -> Compared:
    return known(world, experiment).metrics[0].against_control[0]


def test_what_units_did_before_takes_variance_out(world: World, clock: Clock) -> None:
    experiment, _ = lived(world, clock)

    assert compared(world, experiment).cuped is None
    lines = beat(world, experiment)

    found = compared(world, experiment)
    assert any(f"what {USERS} units did before" in line for line in lines)
    assert found.cuped is not None
    assert found.cuped.variance_reduction is not None
    assert found.cuped.variance_reduction > 0.99
    assert found.cuped.diff * RATING.span == pytest.approx(1.0, abs=0.01)
    assert found.planned.p_value is not None
    assert found.cuped.p_value is None or found.cuped.p_value < found.planned.p_value
    assert beat(world, experiment) == []


def test_units_that_come_later_are_looked_up_later(world: World, clock: Clock) -> None:
    experiment, _ = lived(world, clock)
    beat(world, experiment)
    first = compared(world, experiment).cuped

    _rated(world, experiment, return_of(world, 30, name="v"))
    lines = beat(world, experiment)

    later = compared(world, experiment).cuped
    assert any("what 30 units did before" in line for line in lines)
    assert first is not None
    assert later is not None
    assert later.variance_reduction is not None
    assert 0.3 < later.variance_reduction < 0.99


def test_without_a_past_nothing_is_taken_out(world: World, clock: Clock) -> None:
    experiment, _ = lived(world, clock, past=False)

    beat(world, experiment)

    assert compared(world, experiment).cuped is None


@pytest.mark.parametrize("given", [{"pre_days": 0}, {"unit": "correlation_id"}], ids=["not asked for", "no units"])
def test_nobody_looks_where_no_past_is_wanted_or_known(world: World, clock: Clock, given: dict[str, Any]) -> None:
    experiment, _ = lived(world, clock, **given)

    assert not any("did before" in line for line in beat(world, experiment))
    assert compared(world, experiment).cuped is None


def test_only_the_days_before_the_test_are_looked_at(world: World, clock: Clock) -> None:
    two_flows(world)
    before = came(world, USERS)
    said(world, before, "rating", lambda at: float(mood(before[at].unit)))
    clock.forward(hours=24 * 9)
    experiment = started(world, metric=RATING, auto_stop=False, pre_days=7)
    _rated(world, experiment, return_of(world))

    beat(world, experiment)

    assert compared(world, experiment).cuped is None


def test_runs_of_the_past_count_for_what_they_took(world: World, clock: Clock) -> None:
    two_flows(world)
    before = came(world, USERS)
    for session in before:
        ran(world, [session], latency_ms=1_000 * mood(session.unit))
    clock.forward(hours=8)
    latency = metric_of("latency", high=10_000)
    experiment = started(
        world, metric=latency, mde=100.0, baseline_mean=2_500.0, baseline_deviation=1_000.0, auto_stop=False
    )
    sessions = return_of(world)
    world.journal.write(
        [fact for session in sessions for fact in _run(experiment, session, latency_ms=1_000 * mood(session.unit))],
        timeout_s=10,
    )

    beat(world, experiment)

    found = compared(world, experiment).cuped
    assert found is not None
    assert found.variance_reduction == pytest.approx(1.0, abs=1e-3)
    assert found.theta == pytest.approx(1.0, abs=1e-3)


def test_who_came_and_did_not_convert_has_a_past_too(world: World, clock: Clock) -> None:
    two_flows(world)
    sessions = came(world, USERS)
    said(world, sessions, "conversion", lambda at: 1.0 if at % 3 == 0 else None)
    clock.forward(days=1)
    experiment = started(world)
    back = return_of(world)
    judged(world, experiment, back, "conversion", lambda arm, number: None)

    beat(world, experiment)

    with world.store.read() as tx:
        before = [one.metrics["conversion"].before for one in ab_sums.of_experiment(tx, experiment.id).values()]
    assert sum(one.n for one in before) == USERS
    assert sum(one.x for one in before) == USERS // 3 * UNIT
