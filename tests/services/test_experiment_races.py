"""Ticks, feedback and operators race in several workers: one move wins, none is lost or doubled, a stop stays."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from threading import Barrier, Event
from typing import Final

import pytest

from app.db.uow import Store
from app.domain.errors import Conflict, StoreUnavailable
from app.domain.experiment import Experiment, Move
from app.services import advancing, experiments, feedback, operating, picks
from app.services.advancing import Step
from app.services.clock import now
from app.services.feedback import Given
from app.services.world import World
from tests.services.agreeing import agree, recorded
from tests.services.made import CODE, make_use_case, start
from tests.services.steering import rated_unseen
from tests.waiting import until
from tests.worlds import Clock, opened

pytestmark = pytest.mark.slow
THIRDS: Final = {"a": 3334, "b": 3333, "c": 3333}
WORTH: Final = {"a": 0.4, "b": 0.9, "c": 0.1}
OPERATORS: Final[dict[str, Callable[[World, str], Experiment]]] = {
    "pause": lambda world, which: operating.pause(world, which, actor="test"),
    "resume": lambda world, which: operating.resume(world, which, actor="test"),
    "escape": lambda world, which: operating.escape(world, which, "c", actor="test"),
    "complete": lambda world, which: operating.complete(world, which, "b", actor="test"),
    "reopen": lambda world, which: operating.reopen(world, which, pardon=True, actor="test"),
    "stop": experiments.stop,
}


@pytest.fixture
def workers(store_url: str, tmp_path: Path) -> Iterator[list[World]]:
    """Three workers on one store, each with connections, memory and clock of its own."""
    with ExitStack() as stack:
        stores = [Store(store_url, busy_timeout_ms=20_000) for _ in range(3)]
        for store in stores:
            stack.callback(store.close)
        found = [
            stack.enter_context(opened(store, tmp_path / str(number), clock=now)) for number, store in enumerate(stores)
        ]
        for world in found:
            world.snapshots.start()
        yield found


def judged(world: World, name: str) -> bool:
    """A session was opened and judged; False when the store had no time for it."""
    try:
        worth = WORTH[picks.pick(world, CODE, correlation_id=name).flow.code]
        feedback.give(world, Given("score", worth, use_case=CODE, correlation_id=name))
    except StoreUnavailable:
        return False
    return True


def advanced(world: World, experiment: Experiment) -> Move | None:
    """What a tick does for the experiment; the next one does it when the store had no time."""
    try:
        return advancing.advance(world, experiment.use_case_id)
    except StoreUnavailable:
        return None


def act(world: World, name: str, experiment: Experiment) -> str | None:
    """The operator's action, until the store has time for it; the code of its refusal, None when it was done."""
    while True:
        try:
            OPERATORS[name](world, experiment.id)
        except StoreUnavailable:
            continue
        except Conflict as error:
            return error.code
        return None


def racing(
    workers: list[World], experiment: Experiment, *, sessions: int, acts: tuple[str, ...]
) -> tuple[list[str | None], int]:
    """What operators were answered, and how many opinions were acknowledged, while every worker ticks."""
    for world in workers:
        world.snapshots.refresh()  # all know that it has begun
    over, begin = Event(), Barrier(2 * len(workers) + 1)

    def feed(at: int) -> int:
        begin.wait()
        given = 0
        for number in count():
            given += judged(workers[at], f"w{at}-{number}")
            if given >= sessions and over.is_set():
                return given
        return given

    def tick(at: int) -> int:
        begin.wait()
        while not over.is_set():
            advanced(workers[at], experiment)
        return 0

    with ThreadPoolExecutor(2 * len(workers)) as pool:
        running = [pool.submit(work, at) for at in range(len(workers)) for work in (feed, tick)]
        try:
            begin.wait()
            answers = [act(workers[turn % len(workers)], name, experiment) for turn, name in enumerate(acts)]
        finally:
            over.set()
        given = sum(future.result() for future in running)
    return answers, given


def test_what_is_stored_agrees_however_workers_operators_and_feedback_race(workers: list[World]) -> None:
    make_use_case(workers[0], weights=THIRDS)
    experiment = start(workers[0], scale="decimal", tick_s=0.02, mode="optimise", max_step_pct=5.0)
    acts = ("pause", "resume", "escape", "complete", "reopen", "pause", "escape", "resume", "complete", "reopen")

    answers, given = racing(workers, experiment, sessions=20, acts=acts)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda world: advancing.advance(world, experiment.use_case_id), workers))
    known = agree(workers[0], experiment.id)
    assert answers == [None] * len(acts)
    assert Counter(move.actor for move in known.moves)["test"] == 6
    assert sum(known.evidence.values()) == given
    assert known.experiment.status == "running"


def test_operators_are_never_told_that_the_experiment_has_changed_meanwhile(workers: list[World]) -> None:
    make_use_case(workers[0], weights=THIRDS)
    experiment = start(workers[0], scale="decimal", tick_s=0.001, mode="optimise")
    acts = ("pause", "resume", "stop", "reopen") * 4

    answers, _ = racing(workers, experiment, sessions=5, acts=acts)

    assert answers == [None] * len(acts)
    agree(workers[0], experiment.id)


def test_a_stop_is_final_whatever_is_under_way_in_other_workers(workers: list[World]) -> None:
    """wire.md C4: no tick or feedback in flight brings a stopped rollout back."""
    make_use_case(workers[0], weights=THIRDS)
    experiment = start(workers[0], scale="decimal", tick_s=0.01, mode="optimise", max_step_pct=5.0)

    answers, _ = racing(workers, experiment, sessions=10, acts=("pause", "resume", "stop"))
    before = recorded(workers[0], experiment.id)
    for number, world in enumerate(workers):
        assert judged(world, f"late-{number}")
        assert advancing.advance(world, experiment.use_case_id) is None

    known = agree(workers[0], experiment.id)
    assert answers == [None, None, None]
    assert (known.experiment.status, known.experiment.outcome) == ("ended", "stopped")
    assert known == before
    assert {move.at <= known.experiment.ended_at for move in known.moves} <= {True}  # type: ignore[operator]  # it has ended


def prepared(world: World, clock: Clock, **wanted: object) -> tuple[Experiment, Step]:
    """An experiment, and a step that would move its traffic."""
    make_use_case(world, weights=THIRDS)
    experiment = start(world, **wanted)
    rated_unseen(world, 90)
    clock.forward(hours=1)
    step = advancing.look(world, experiment.use_case_id)
    assert step is not None
    assert step.decision.weights != step.before.weights
    return experiment, step


@pytest.mark.parametrize("acts", [("pause",), ("escape",), ("complete",), ("stop",), ("stop", "reopen")])
def test_a_step_from_before_an_operators_act_changes_nothing_after_it(
    world: World, clock: Clock, acts: tuple[str, ...]
) -> None:
    """wire.md C3, C4: a decision computed from what is no longer so is dropped, not written over what is."""
    experiment, step = prepared(world, clock)
    for name in acts:
        OPERATORS[name](world, experiment.id)
    before = recorded(world, experiment.id)

    assert advancing.carry_out(world, step) is None

    assert recorded(world, experiment.id) == before
    agree(world, experiment.id)


def test_a_step_from_a_pause_changes_nothing_after_it(world: World, clock: Clock) -> None:
    make_use_case(world, weights=THIRDS)
    experiment = start(world, tick_s=1.0)
    OPERATORS["pause"](world, experiment.id)
    clock.forward(hours=1)
    step = advancing.look(world, experiment.use_case_id)
    assert step is not None
    OPERATORS["resume"](world, experiment.id)
    before = recorded(world, experiment.id)

    assert advancing.carry_out(world, step) is None

    assert recorded(world, experiment.id) == before


def test_of_many_who_saw_the_same_one_makes_the_move(workers: list[World], clock: Clock) -> None:
    """wire.md C3: the others' decisions rest on weights that are gone, and none of them is written."""
    experiment, _ = prepared(workers[0], clock, tick_s=0.5)
    begin = Barrier(6)

    def carry_out(world: World) -> Move | None:
        step = advancing.look(world, experiment.use_case_id)
        assert step is not None
        begin.wait()
        return advancing.carry_out(world, step)

    with ThreadPoolExecutor(6) as pool:
        made = [move for move in pool.map(carry_out, [*workers, *workers]) if move is not None]

    known = agree(workers[0], experiment.id)
    assert [move.id for move in known.moves] == [move.id for move in made]
    assert len(made) == 1


def test_moves_follow_each_other_though_the_clocks_of_two_machines_differ(
    world: World, clock: Clock, store_url: str, tmp_path: Path
) -> None:
    experiment, step = prepared(world, clock)
    behind, store = Clock(), Store(store_url)
    first = advancing.carry_out(world, step)
    with opened(store, tmp_path / "behind", clock=behind) as other:
        OPERATORS["complete"](other, experiment.id)

        known = agree(world, experiment.id)
    store.close()

    assert first is not None
    assert [move.actor for move in known.moves] == ["allocator", "test"]


def test_looks_in_one_worker_do_not_pile_up(workers: list[World]) -> None:
    """wire.md C6: of all who want to look at once one looks and one waits, and the last feedback is seen."""
    make_use_case(workers[0], weights=THIRDS)
    experiment = start(workers[0], scale="decimal", tick_s=3600.0, mode="optimise")
    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda number: judged(workers[0], f"s{number}"), range(120)))

    until(lambda: advancing.advance_on_feedback(workers[0], experiment.use_case_id) is None)
    assert agree(workers[0], experiment.id).moves != ()
