"""A flow's standing says what became of it, and nothing that the shares contradict."""

from app.services import readout
from app.services.world import World
from tests.services.made import make_use_case, start
from tests.services.test_advancing import HALVES, live
from tests.worlds import Clock


def standings(world: World, clock: Clock, *, means: dict[str, float], **wanted: object) -> tuple[str | None, list[str]]:
    """The outcome, and the standing of each flow, a first."""
    make_use_case(world, weights=HALVES)
    experiment = start(world, **wanted)
    live(world, clock, means=means, sessions=120)
    seen = readout.readout(world, experiment.id)
    return seen.experiment.outcome, [flow.standing for flow in seen.flows]


def test_the_flow_that_keeps_the_traffic_without_a_verdict_is_kept(world: World, clock: Clock) -> None:
    outcome, found = standings(world, clock, means={"a": 0.5, "b": 0.5}, max_sessions=40, epsilon=0.0)

    assert (outcome, found) == ("inconclusive", ["kept", "not ruled out"])


def test_a_flow_within_epsilon_of_the_best_is_said_to_be_so(world: World, clock: Clock) -> None:
    outcome, found = standings(world, clock, means={"a": 0.5, "b": 0.5}, epsilon=0.9)

    assert (outcome, found) == ("equivalent", ["best or within epsilon", "not chosen"])


def test_a_winner_won(world: World, clock: Clock) -> None:
    outcome, found = standings(world, clock, means={"a": 0.95, "b": 0.05})

    assert outcome == "winner"
    assert found[0] == "won"
    assert found[1].startswith("dropped")
