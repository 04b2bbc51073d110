"""Answers wait in a short line for one thread; what does not fit is dropped and counted, at the end nothing is."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.services.scorings import MOST_WEIGHTS, Answer, Fate, Scorings
from tests.waiting import until

ANSWER = Answer("u", "s", "r", "c", "simulated/small", "generic", "Paris.", "Where?", {})


class Held:
    """Work that lasts until it is let go."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun: list[str] = []

    def __call__(self, answer: Answer) -> Fate:
        self.begun.append(answer.call_id)
        assert self.gate.wait(60)
        return "scored"


@pytest.fixture
def scorings() -> Iterator[Scorings]:
    made = Scorings(length=2, most_characters=1_000, rest=0)
    yield made
    made.close()


def test_before_the_start_everything_is_dropped(scorings: Scorings) -> None:
    assert not scorings.offer(ANSWER)

    assert scorings.figures().dropped == {"closed": 1}


def test_what_does_not_fit_into_the_line_is_dropped_at_once(scorings: Scorings) -> None:
    work = Held()
    scorings.start(work)
    assert scorings.offer(ANSWER)
    until(lambda: len(work.begun) == 1)

    taken = [scorings.offer(ANSWER) for _ in range(4)]

    assert taken == [True, True, False, False]
    assert (scorings.figures().waiting, scorings.figures().dropped) == (2, {"full": 2})
    work.gate.set()
    until(lambda: scorings.figures().scored == 3)


def test_the_line_holds_no_more_than_so_many_characters(scorings: Scorings) -> None:
    work = Held()
    scorings.start(work)
    scorings.offer(ANSWER)
    until(lambda: len(work.begun) == 1)

    long = replace(ANSWER, text="x" * 300, prompt="y" * 300, facts={"source": "z" * 300})
    taken = [scorings.offer(each) for each in (long, long, ANSWER)]

    assert taken == [True, False, True]
    work.gate.set()
    until(lambda: scorings.figures().scored == 3)
    assert scorings.offer(long)


def test_closing_scores_what_waits_and_takes_no_more(scorings: Scorings) -> None:
    work = Held()
    scorings.start(work)
    for name in ("one", "two", "three"):
        scorings.offer(replace(ANSWER, call_id=name))
        until(lambda: work.begun == ["one"])
    threading.Timer(0.05, work.gate.set).start()

    scorings.close(timeout_s=60)

    assert work.begun == ["one", "two", "three"]
    assert (scorings.figures().waiting, scorings.figures().scored) == (0, 3)
    assert not scorings.offer(ANSWER)


def test_closing_drops_what_cannot_be_scored_in_time(scorings: Scorings) -> None:
    work = Held()
    scorings.start(work)
    scorings.offer(ANSWER)
    until(lambda: len(work.begun) == 1)
    scorings.offer(ANSWER)

    scorings.close(timeout_s=0.01)

    assert (scorings.figures().waiting, scorings.figures().dropped) == (0, {"closed": 1})
    work.gate.set()


def test_a_rest_follows_each_scoring_and_closing_ends_it() -> None:
    scorings = Scorings(rest=1e9)
    scorings.start(lambda _: "scored")
    scorings.offer(ANSWER)
    until(lambda: scorings.figures().scored == 1)

    scorings.offer(ANSWER)
    assert scorings.figures().waiting == 1

    scorings.close(timeout_s=60)
    assert scorings.figures().scored == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_of_a_defect_is_replaced(scorings: Scorings) -> None:
    seen: list[Answer] = []

    def work(answer: Answer) -> Fate:
        seen.append(answer)
        if len(seen) == 1:
            raise RuntimeError("a defect")
        return "scored"

    scorings.start(work)
    scorings.offer(ANSWER)
    until(lambda: scorings.figures().dropped == {"failed": 1})
    until(lambda: not any(thread.name == "scoring" for thread in threading.enumerate()))
    scorings.offer(ANSWER)

    until(lambda: scorings.figures().scored == 1)


def test_weights_are_read_once_per_revision(scorings: Scorings) -> None:
    reads: list[int] = []

    def at(revision: int) -> object:
        return scorings.weights(("u", "generic"), revision, lambda: reads.append(revision) or {"clarity": revision})

    assert [at(1), at(1), at(2), at(2)] == [{"clarity": 1}, {"clarity": 1}, {"clarity": 2}, {"clarity": 2}]
    assert reads == [1, 2]


def test_weights_of_so_many_use_cases_are_remembered(scorings: Scorings) -> None:
    for number in range(MOST_WEIGHTS + 1):
        scorings.weights((str(number), "generic"), 1, lambda: None)

    reads: list[str] = []
    for number in ("1", "0"):
        scorings.weights((number, "generic"), 1, lambda number=number: reads.append(number))  # type: ignore[misc]  # a list's append gives None

    assert reads == ["0"]
