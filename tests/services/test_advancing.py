"""Traffic moves by evidence; each move is recorded with what reproduces it, and is made once."""

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import orjson
import pytest

from app.db.uow import Store
from app.domain import allocation_json, allocator
from app.domain.errors import Conflict
from app.domain.escape import EscapeRule
from app.domain.experiment import Experiment, Move
from app.services import advancing, experiments, feedback, flows, moves, observing, picks, readout, serving
from app.services.feedback import Given
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.made import CODE, all_flows, make_use_case, start, weights_now
from tests.services.steering import arrived, flow_of, opinion, rated_unseen
from tests.worlds import Clock, opened

THIRDS = {"a": 3334, "b": 3333, "c": 3333}
HALVES = {"a": 5000, "b": 5000}


def live(world: World, clock: Clock, *, means: Mapping[str, float], sessions: int, seed: int = 7) -> None:
    """Sessions with one binary opinion each, drawn with a seed, by tens: a look at the ten, and a minute passes."""
    draw = random.Random(seed)
    for begin in range(0, sessions, 10):
        met = arrived(world, (f"s{seed}-{number}" for number in range(begin, min(begin + 10, sessions))))
        given = [opinion(world, one, float(draw.random() < means[flow_of(world, one)])) for one in met]
        world.journal.write(given, timeout_s=10)
        serving.look_after(world, given)
        clock.forward(minutes=1)


def moves_of(world: World, experiment: Experiment) -> list[Move]:
    """The experiment's moves, oldest first."""
    found, _ = moves.page(world, CODE, cursor=None, limit=200)
    return [move for move in reversed(found) if move.experiment_id == experiment.id]


def as_json(value: object) -> object:
    """The value after a round through JSON."""
    return orjson.loads(orjson.dumps(value))


def test_traffic_moves_to_the_better_flow_and_every_move_can_be_replayed(world: World, clock: Clock) -> None:
    make_use_case(world, weights=THIRDS)
    experiment = start(world)

    live(world, clock, means={"a": 0.1, "b": 0.95, "c": 0.4}, sessions=220)

    made = moves_of(world, experiment)
    stored = experiments.get(world, experiment.id)
    by_code = all_flows(world)
    assert weights_now(world) == {"a": 0, "b": 10_000, "c": 0}
    assert (stored.outcome, stored.winner_flow_id, stored.phase) == ("completed", by_code["b"].id, "completed")
    assert len(made) >= 2
    for move in made:
        again = allocator.advance(
            allocation_json.plan_from_json(move.inputs["plan"]),  # type: ignore[arg-type]  # stored JSON
            allocation_json.state_from_json(move.inputs["state"]),  # type: ignore[arg-type]  # stored JSON
            allocation_json.observation_from_json(move.inputs["observation"]),  # type: ignore[arg-type]  # stored JSON
        )
        assert as_json(allocation_json.decision_to_json(again)) == move.outputs
        assert sum(move.before.values()) == sum(move.after.values()) == 10_000
        assert (move.actor, bool(move.reason)) == ("allocator", True)
    assert [move.before for move in made[1:]] == [move.after for move in made[:-1]]


def test_flows_that_are_equal_are_not_crowned(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)

    live(world, clock, means={"a": 0.5, "b": 0.5}, sessions=150)

    seen = readout.readout(world, experiment.id)
    assert seen.experiment.outcome is None
    assert seen.supported == ("a", "b")
    assert {flow.standing for flow in seen.flows} == {"in play"}
    assert sum(flow.weight for flow in seen.flows) == 10_000


def test_advancing_twice_is_advancing_once(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    live(world, clock, means={"a": 0.0, "b": 1.0}, sessions=40)
    advancing.advance(world, experiment.use_case_id)
    before = (moves_of(world, experiment), weights_now(world), readout.readout(world, experiment.id).flows)

    assert advancing.advance(world, experiment.use_case_id) is None

    assert (moves_of(world, experiment), weights_now(world), readout.readout(world, experiment.id).flows) == before


def test_two_worlds_that_look_at_the_same_evidence_make_one_move(
    world: World, clock: Clock, store_url: str, tmp_path: Path
) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    rated_unseen(world, 80)
    clock.forward(hours=1)
    other_store, barrier = Store(store_url), Barrier(2)
    with opened(other_store, tmp_path / "other", clock=clock) as other, ThreadPoolExecutor(2) as pool:

        def advance(at: World) -> Move | None:
            step = advancing.look(at, experiment.use_case_id)
            assert step is not None
            barrier.wait(timeout=60)
            return advancing.carry_out(at, step)

        answers = list(pool.map(advance, (world, other)))
    other_store.close()

    assert [answer is not None for answer in answers].count(True) == 1
    assert len(moves_of(world, experiment)) == 1


def test_a_flow_whose_feedback_is_bad_escapes_at_once(world: World) -> None:
    """wire.md C7: feedback, evidence, decision, weights and epoch follow in one thread, which waits for no other."""
    make_use_case(world, weights=HALVES)
    experiment = start(world, escape={"b": EscapeRule(0.5, 5)})
    flow = ""
    for number in range(200):
        flow = picks.pick(world, CODE, correlation_id=f"s{number}").flow.code
        feedback.give(world, Given("score", float(flow == "a"), use_case=CODE, correlation_id=f"s{number}"))
        if weights_now(world)["b"] == 0:
            break

    seen = readout.readout(world, experiment.id)
    assert flow == "b"
    assert weights_now(world) == {"a": 10_000, "b": 0}
    assert next(one for one in seen.flows if one.flow == "b").standing.startswith("b escaped")
    assert "b" not in seen.supported
    assert "escaped" in moves_of(world, experiment)[-1].reason


def test_nothing_advances_where_no_experiment_runs(world: World) -> None:
    make_use_case(world)
    use_case = world.snapshots.current.use_cases[CODE]

    assert advancing.look(world, use_case.id) is None
    assert advancing.advance(world, use_case.id) is None
    assert advancing.advance_on_feedback(world, use_case.id) is None


def test_a_renamed_flow_goes_on_in_its_experiment(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    flows.change(world, CODE, "b", FlowEdit(code="better"), actor="test")

    live(world, clock, means={"a": 0.0, "better": 1.0}, sessions=60)

    assert weights_now(world)["better"] > 5000
    assert {flow.flow for flow in readout.readout(world, experiment.id).flows} == {"a", "b"}


def test_a_readout_gives_counts_means_and_intervals_also_after_the_end(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    nothing = readout.readout(world, experiment.id)
    live(world, clock, means={"a": 0.0, "b": 1.0}, sessions=15)
    running = readout.readout(world, experiment.id)
    experiments.stop(world, experiment.id)
    clock.forward(days=3)

    ended = readout.readout(world, experiment.id)

    assert [(flow.mean, flow.interval, flow.feedback) for flow in nothing.flows] == [(None, (0.0, 1.0), 0)] * 2
    assert sum(flow.sessions for flow in running.flows) == sum(flow.feedback for flow in running.flows) == 15
    for flow in running.flows:
        assert flow.mean == float(flow.flow == "b")
        assert flow.interval[0] - 1e-9 <= flow.mean <= flow.interval[1] + 1e-9
    assert ended.flows == running.flows


def test_a_finished_experiment_names_winner_and_the_rest(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    live(world, clock, means={"a": 0.05, "b": 0.95}, sessions=120)

    seen = readout.readout(world, experiment.id)

    standing = {flow.flow: flow.standing for flow in seen.flows}
    assert standing["b"] == "won"
    assert standing["a"] != "won"
    assert seen.supported == ("b",)


def test_an_experiment_whose_plan_cannot_be_read_says_so(world: World) -> None:
    make_use_case(world, weights=HALVES)
    broken = replace(start(world), config={"flow_ids": None})

    with pytest.raises(Conflict) as refused:
        observing.plan_of(broken)

    assert refused.value.code == "experiment-broken"
    assert observing.flow_ids(broken) == {}
