"""A comparison can be cancelled, closed, killed and resumed: what is answered stays, and nothing is asked twice."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from unittest.mock import patch

import pytest

from app.db import comparison_answers as answer_rows
from app.db import job_claims
from app.db.uow import Tx
from app.domain.comparison.comparison import Answer, Comparison, Judge
from app.domain.errors import Conflict, NotFound
from app.domain.message import Delta, ModelRequest
from app.providers import lines
from app.services.comparing import comparisons, own_budget, progress
from app.services.comparing.running import perform
from app.services.departure import Departure
from app.services.jobs.leases import TERM_S
from app.services.jobs.worker import Worker
from app.services.world import World
from tests.services.comparing.compared import DOLLAR, SHORT, answers, calls, inputs, make, run
from tests.services.jobs.working import claimed
from tests.services.made import say
from tests.waiting import until
from tests.worlds import Clock, with_script

pytestmark = pytest.mark.slow


class Gate:
    """Models that answer the first `free` questions at once, and the rest when the gate is opened."""

    def __init__(self, free: int) -> None:
        self.asked: Counter[str] = Counter()
        self.opened = threading.Event()
        self._free = free
        self._lock = threading.Lock()

    def __call__(self, request: ModelRequest) -> Iterator[Delta]:
        with self._lock:
            self.asked[f"{request.model} {request.messages[-1].text}"] += 1
            free = self.asked.total() <= self._free
        if not free:
            assert self.opened.wait(30)
        yield from say("yes")


def running(world: World, made: Comparison) -> tuple[threading.Thread, Departure]:
    """A process that has claimed the comparison and runs it."""
    held = claimed(world)
    assert held.job.about == made.id
    thread = threading.Thread(target=perform, args=(held,), daemon=True)
    thread.start()
    return thread, held.departure


def test_cancelling_stops_within_about_a_second_and_resuming_goes_on(world: World) -> None:
    hang = {"latency_ms": 20_000}
    made = make(world, inputs=inputs(2), prompt=type(SHORT)(params=type(SHORT.params)(max_tokens=4, options=hang)))
    worker = Worker(world, places=2)
    worker.start()
    until(lambda: comparisons.get(world, made.id).status == "running")

    comparisons.cancel(world, made.id)
    began = time.monotonic()
    until(lambda: not worker.busy)

    assert time.monotonic() - began < 3
    assert progress.of(world, made.id).answered == 0
    worker.close()
    with pytest.raises(Conflict, match="has ended"):
        comparisons.cancel(world, made.id)
    assert comparisons.resume(world, made.id).status == "queued"


@pytest.mark.parametrize("judge", [None, Judge("simulated/medium")], ids=["answers", "judge"])
def test_calls_that_a_cancel_hangs_up_are_counted_in_the_budget_and_in_what_is_spent(
    world: World, judge: Judge | None
) -> None:
    asked, released = threading.Event(), threading.Event()

    def speak(request: ModelRequest) -> Iterator[Delta]:
        if judge is None or request.model == "medium":
            line = lines.current()
            asked.set()
            released.wait(10)
            assert line is not None
            line.check("simulated")
        yield from say(request.model)

    scripted = with_script(world, speak)
    made = make(scripted, inputs=inputs(2), judge=judge, budget=DOLLAR)
    thread, departure = running(scripted, made)
    assert asked.wait(10)

    comparisons.cancel(scripted, made.id)
    departure.leave()
    released.set()
    thread.join(10)

    known = [*calls(world), *calls(world, "judge")]
    hung_up = [call.cost or 0 for call in known if call.outcome == "cancelled"]
    spent = sum(call.cost or 0 for call in known)
    with world.store.read() as tx:
        assert own_budget.settled(tx, made.id) == spent
    assert sum(hung_up) > 0
    assert progress.of(world, made.id).spent == spent


def test_what_was_answered_before_a_cancel_is_not_asked_again(world: World) -> None:
    gate = Gate(free=3)
    world = with_script(world, gate)
    made = make(world, inputs=inputs(4), concurrency=1)
    thread, departure = running(world, made)
    until(lambda: progress.of(world, made.id).answered == 3)

    comparisons.cancel(world, made.id)
    departure.leave()
    gate.opened.set()
    thread.join()
    between = progress.of(world, made.id)
    comparisons.resume(world, made.id)
    ended = run(world, made)

    assert between.status == "cancelled"
    assert between.answered <= 4
    assert ended.status == "succeeded"
    assert all(each.done for each in answers(world, made))
    assert gate.asked.total() <= 9  # the one that was in flight may have been asked again


def test_one_whose_runner_died_is_taken_over_when_the_lease_has_run_out(world: World, clock: Clock) -> None:
    gate = Gate(free=3)
    world = with_script(world, gate)
    made = make(world, inputs=inputs(4), concurrency=1)
    _, departure = running(world, made)  # nobody renews its lease: as if it had been killed
    until(lambda: progress.of(world, made.id).answered == 3)
    with world.store.read() as tx:
        early = job_claims.waiting(tx, ["comparison"], world.now(), TERM_S)

    clock.forward(seconds=TERM_S + 1)
    departure.leave()
    gate.opened.set()
    ended = run(world, made)

    assert early == []
    assert ended.status == "succeeded"
    assert progress.of(world, made.id).answered == 8
    assert sum(times - 1 for times in gate.asked.values()) <= 1  # what was in flight


def test_an_answer_that_stands_is_neither_replaced_nor_counted_again(world: World) -> None:
    made = make(world)
    run(world, made)
    first = answers(world, made)[0]
    before = progress.of(world, made.id)

    with world.store.write() as tx:
        new = answer_rows.record(tx, made.id, [first])

    assert new == 0
    assert progress.of(world, made.id) == before


def test_a_server_that_stops_hands_back_what_it_ran(world: World) -> None:
    hang = {"latency_ms": 20_000}
    made = make(world, prompt=type(SHORT)(params=type(SHORT.params)(max_tokens=4, options=hang)))
    worker = Worker(world, places=2)
    worker.start()
    until(lambda: comparisons.get(world, made.id).status == "running" and len(answers(world, made)) == 6)

    worker.close()

    with world.store.read() as tx:
        assert job_claims.waiting(tx, ["comparison"], world.now(), TERM_S)
    assert comparisons.get(world, made.id).status == "running"


def test_a_worker_runs_what_waits(world: World) -> None:
    made = [make(world) for _ in range(3)]
    worker = Worker(world, places=2)
    worker.start()

    until(lambda: all(comparisons.get(world, each.id).status == "succeeded" for each in made))

    worker.close()
    assert len(calls(world)) == 18


def test_one_that_waits_or_runs_is_not_deleted(world: World) -> None:
    made = make(world)

    with pytest.raises(Conflict, match="cancel it first"):
        comparisons.delete(world, made.id)

    comparisons.cancel(world, made.id)
    comparisons.delete(world, made.id)
    assert comparisons.page(world, comparisons.ComparisonFilter()) == ([], None)


def test_only_one_that_was_stopped_is_resumed(world: World) -> None:
    made = make(world)

    with pytest.raises(Conflict, match="failed or was cancelled"):
        comparisons.resume(world, made.id)


def test_a_large_one_is_deleted_piece_by_piece(world: World) -> None:
    made = make(world)
    run(world, made)

    with patch.object(comparisons, "SOME", 2):
        comparisons.delete(world, made.id)

    with world.store.read() as tx:
        assert answer_rows.outcomes(tx, made.id) == []
    with pytest.raises(NotFound):
        comparisons.get(world, made.id)


def test_a_defect_fails_it_once_and_the_next_ones_are_run(world: World) -> None:
    broken, fine = make(world), make(world, name="fine")
    record = answer_rows.record

    def defect(tx: Tx, comparison_id: str, several: Sequence[Answer]) -> int:
        if comparison_id == broken.id:
            raise ZeroDivisionError
        return record(tx, comparison_id, several)

    with patch.object(answer_rows, "record", defect):
        worker = Worker(world, places=2)
        worker.start()
        until(lambda: progress.of(world, fine.id).over and progress.of(world, broken.id).over)
        worker.close()

    assert (progress.of(world, broken.id).status, progress.of(world, broken.id).error) == ("failed", "internal-error")
    assert progress.of(world, fine.id).status == "succeeded"
    comparisons.resume(world, broken.id)
    assert run(world, broken).status == "succeeded"
