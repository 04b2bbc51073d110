"""Feedback that comes at different rates from different flows is told once, not at every beat."""

from app.db import events
from app.db.facts import FeedbackGiven
from app.services import tick
from app.services.world import World
from tests.services.made import make_use_case, start
from tests.services.steering import arrived, flow_of, opinion
from tests.worlds import Clock

HALVES = {"a": 5000, "b": 5000}


def served(world: World, *, rated: set[str], sessions: int = 120) -> list[FeedbackGiven]:
    """Feedback for sessions of these flows alone."""
    met = arrived(world, (f"s{number}" for number in range(sessions)))
    given = [opinion(world, each, 1.0) for each in met if flow_of(world, each) in rated]
    world.journal.write(given, timeout_s=10)
    return given


def test_feedback_that_only_one_flow_gets_is_warned_of_once_a_day(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world, mode="optimise")
    assert served(world, rated={"a"})

    first = [line for line in tick.beat(world) if line.startswith("warned")]
    second = [line for line in tick.beat(world) if line.startswith("warned")]
    clock.forward(days=1, minutes=1)
    third = [line for line in tick.beat(world) if line.startswith("warned")]

    assert (len(first), len(second), len(third)) == (1, 0, 1)
    with world.store.read() as tx:
        told = events.last_of(tx, experiment.id, "experiment.warning")
    assert told is not None
    assert told.data["rates"]["b"] == 0  # type: ignore[index]  # stored JSON
    assert "cannot be compared" in told.text


def test_feedback_at_even_rates_is_no_warning(world: World) -> None:
    make_use_case(world, weights=HALVES)
    start(world, mode="optimise")
    served(world, rated={"a", "b"})

    assert not [line for line in tick.beat(world) if line.startswith("warned")]


def test_events_are_forgotten_after_their_time(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    clock.forward(days=366)

    assert any(line.startswith("forgot") and line.endswith(" events") for line in tick.beat(world))
    with world.store.read() as tx:
        assert events.after(tx, experiment.id, None, limit=5) == []
