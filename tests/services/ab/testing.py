"""A/B tests for tests: started with few words, lived through by sessions with opinions, and read as they are stored."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from app.db.facts import FeedbackGiven, Pin
from app.domain.ab.metric import Metric, metric_of
from app.domain.ab.readout import TestReadout
from app.domain.experiment import Experiment
from app.domain.feedback import Kind, reward
from app.domain.session import Session
from app.services import feedback, traffic
from app.services.ab import enrolment, readout, tests, watching
from app.services.ab.wanted import WantedArm, WantedTest
from app.services.feedback import Given
from app.services.world import World
from tests.db import makers
from tests.services.made import CODE, make_use_case

CONVERSION = metric_of("conversion")
RATING = metric_of("rating")


def wanted(arms: Iterable[str] = ("a", "b"), metric: Metric = CONVERSION, **more: Any) -> WantedTest:
    """Everybody takes part, and nothing needs to be observed before."""
    known = {
        "mde": 0.1,
        "share": 10_000,
        "baseline_mean": 3.0 if metric.kind == "rating" else 0.5,
        "baseline_deviation": 1.0,
        "answering": 1.0,
        "min_units": 10,
    }
    return WantedTest(arms=tuple(WantedArm(flow) for flow in arms), metric=metric, **{**known, **more})


def two_flows(world: World) -> None:
    """A use case whose traffic flow a has, with flow b beside it."""
    make_use_case(world, weights={"a": 10_000, "b": 0})


def started(world: World, **more: Any) -> Experiment:
    """A running test of flows a and b."""
    return tests.start(world, CODE, wanted(**more))


def arm_of(world: World, experiment: Experiment, session: Session) -> str:
    """The arm that the session counts for."""
    counting = enrolment.counting_of(experiment, session)
    assert counting is not None
    return counting.arm


def come(world: World, names: Iterable[str]) -> list[Session]:
    """A new session for each correlation id, all pinned in one batch."""
    use_case = traffic.active_use_case(world, CODE)
    proposed = [traffic.propose(world, use_case, name, user_id=None) for name in names]
    world.journal.write(
        [Pin(one, enrolment.counting_of(enrolment.test_of(world.snapshots.current, one), one)) for one in proposed],
        timeout_s=10,
    )
    return proposed


def judged(
    world: World,
    experiment: Experiment,
    sessions: Iterable[Session],
    kind: Kind,
    worth: Callable[[str, int], float | None],
) -> None:
    """Each session's opinion by its arm and its number within the arm, None for none; all in one batch."""
    seen: dict[str, int] = {}
    facts = []
    for session in sessions:
        counting = enrolment.counting_of(experiment, session)
        assert counting is not None
        number = seen[counting.arm] = seen.get(counting.arm, -1) + 1
        value = worth(counting.arm, number)
        if value is not None:
            said = {"id": world.new_id(), "at": world.now(), "kind": kind, "rater": "user", "value": value}
            opinion = makers.opinion(session, **said, reward=reward(kind, value))
            facts.append(FeedbackGiven(replace(opinion, epoch_id=session.epoch_id), counting))
    world.journal.write(facts, timeout_s=10)


def give(world: World, name: str, value: float = 1.0, kind: Kind = "conversion", **more: Any) -> None:
    """An opinion on the session of that correlation id, through the front."""
    target = {} if "user_id" in more else {"correlation_id": name}
    feedback.give(world, Given(kind, value, use_case=CODE, **target, **more))


def known(world: World, experiment: Experiment) -> TestReadout:
    """What is known now."""
    return readout.readout(world, experiment.id).readout


def beat(world: World, experiment: Experiment) -> list[str]:
    """One look at the test."""
    return list(watching.watch(world, experiment))


def figures(found: TestReadout, metric: int = 0) -> dict[str, tuple[int, int, float | None]]:
    """Units, values and mean by arm."""
    return {arm.arm: (arm.units, arm.n, arm.mean) for arm in found.metrics[metric].arms}
