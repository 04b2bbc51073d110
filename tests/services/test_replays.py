"""A replay takes every recorded step again and names each place where it does not come out as it was stored."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.tables import moves
from app.db.uow import Store
from app.domain.errors import NotFound
from app.domain.experiment import Experiment, Move
from app.services import advancing, experiments, operating, replays
from app.services.rollouts import WantedRule, WantedWarmup
from app.services.world import World
from tests.services.made import make_use_case
from tests.services.steering import ACTOR, begun, ids_of, moves_of, rated
from tests.worlds import Clock, opened


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[World]:
    """Its ids are those of the test, because terms are remembered by the experiment's."""
    with opened(store, tmp_path, clock=clock, new_id=ids_of(request.node.originalname)) as world:
        make_use_case(world, weights={"a": 8000, "b": 1000, "c": 1000})
        yield world


def lived(world: World, clock: Clock) -> Experiment:
    """An experiment through warmup, adaptive moves, every command, an end and a new beginning."""
    rule = WantedRule(0.2, 5, max_error_rate=0.5)
    experiment = begun(
        world, warmup=WantedWarmup(minutes=3, goals={"b": 4_000}), escape={"c": rule}, min_feedback=5, holdout=500
    )
    for part in range(4):
        clock.forward(minutes=1)
        rated(world, 6, lambda flow: float(flow == "b"), name=f"w{part}-", clock=clock)
        advancing.advance(world, experiment.use_case_id)
    operating.pause(world, experiment.id, actor=ACTOR)
    clock.forward(minutes=1)
    operating.escape(world, experiment.id, "c", actor=ACTOR)
    operating.resume(world, experiment.id, actor=ACTOR)
    clock.forward(minutes=30)
    rated(world, 20, lambda flow: float(flow == "b"), name="late", clock=clock)
    operating.complete(world, experiment.id, "b", actor=ACTOR)
    clock.forward(minutes=1)
    experiments.stop(world, experiment.id)
    clock.forward(minutes=1)
    operating.reopen(world, experiment.id, pardon=True, actor=ACTOR)
    return experiment


def tamper(world: World, move: Move, column: str, change: Callable[[Any], None]) -> None:
    """Somebody edits what is stored of the move."""
    with world.store.write() as tx:
        held = getattr(moves.c, column)
        plain = json.loads(json.dumps(tx.execute(select(held).where(moves.c.id == move.id)).scalar_one()))
        change(plain)
        tx.execute(update(moves).where(moves.c.id == move.id).values({column: plain}))


def problems(world: World, experiment: Experiment) -> list[tuple[str, ...]]:
    """What is wrong, move by move."""
    return [found.problems for found in replays.replay(world, experiment.id)]


def test_every_step_of_a_full_life_comes_out_the_same(world: World, clock: Clock) -> None:
    experiment = lived(world, clock)

    made = moves_of(world, experiment)

    found = list(replays.replay(world, experiment.id))
    assert [one.problems for one in found] == [()] * len(made)
    assert [one.move.id for one in found] == [move.id for move in made]
    assert {move.actor for move in made} == {"allocator", ACTOR}
    commands = [dict(move.inputs["command"])["kind"] for move in made if "command" in move.inputs]  # type: ignore[call-overload]  # an object
    assert commands == ["escape", "complete", "reopen"]
    assert {"warmup", "adaptive", "completed"} <= {move.phase for move in made}


def test_whatever_was_changed_afterwards_is_named_with_its_place(world: World, clock: Clock) -> None:
    experiment = lived(world, clock)
    first, second, *_, last = moves_of(world, experiment)

    def last_bit(outputs: Any) -> None:
        outputs["p_best"][1] = math.nextafter(outputs["p_best"][1], 2.0)

    def share(before: Any) -> None:
        one, other, *_ = sorted(before)
        before[one], before[other] = before[one] + 1, before[other] - 1

    def evidence(inputs: Any) -> None:
        inputs["state"]["tick"] += 1_000

    def broken(inputs: Any) -> None:
        del inputs["state"]["weights"]

    tamper(world, first, "outputs", last_bit)
    tamper(world, second, "before", share)
    found = problems(world, experiment)
    assert [len(each) for each in found] == [1, 1] + [0] * (len(found) - 2)
    assert found[0][0].startswith("p_best[1]: ")
    assert found[1][0].startswith("before: ")

    tamper(world, second, "inputs", broken)
    tamper(world, last, "inputs", evidence)
    found = problems(world, experiment)
    assert found[1][0].startswith("inputs: ")
    assert any(line.startswith("state.tick: ") for line in found[-1])


def test_an_experiment_that_never_moved_has_nothing_to_replay_and_an_unknown_one_is_not_found(world: World) -> None:
    assert problems(world, begun(world)) == []
    with pytest.raises(NotFound):
        list(replays.replay(world, world.new_id()))
