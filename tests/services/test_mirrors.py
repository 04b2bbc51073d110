"""Copies wait in a short line; what does not fit, or has not begun when the service ends, is dropped and counted."""

import threading
from collections.abc import Iterator

import pytest

from app.services.asking import Asked
from app.services.mirrors import Copy, Fate, Mirrors
from tests.db.makers import flow, session, use_case
from tests.waiting import until

COPY = Copy("f", session(flow(use_case())), Asked("c1"), "yes")


class Held:
    """Work that lasts until it is let go, or the one caller of all shadows leaves."""

    def __init__(self, mirrors: Mirrors) -> None:
        self.gate = threading.Event()
        self.begun = 0
        self._mirrors = mirrors

    def __call__(self, copy: Copy) -> Fate:
        self.begun += 1
        while not self.gate.is_set():
            if self._mirrors.departure.wait(0.01):
                return "cancelled"
        return "succeeded"


@pytest.fixture
def mirrors() -> Iterator[Mirrors]:
    made = Mirrors(length=2)
    yield made
    made.close()


def test_before_the_start_and_without_threads_everything_is_dropped(mirrors: Mirrors) -> None:
    assert not mirrors.offer(COPY)
    mirrors.start(Held(mirrors), threads=0)
    assert not mirrors.offer(COPY)

    assert mirrors.figures().dropped == {"closed": 2}


def test_what_does_not_fit_into_the_line_is_dropped_at_once(mirrors: Mirrors) -> None:
    work = Held(mirrors)
    mirrors.start(work, threads=1)
    assert mirrors.offer(COPY)
    until(lambda: work.begun == 1)

    taken = [mirrors.offer(COPY) for _ in range(4)]

    assert taken == [True, True, False, False]
    assert mirrors.figures().dropped == {"full": 2}
    work.gate.set()
    until(lambda: mirrors.figures().runs == {"succeeded": 3})


def test_closing_drops_what_has_not_begun_and_hangs_up_what_has(mirrors: Mirrors) -> None:
    work = Held(mirrors)
    mirrors.start(work, threads=1)
    mirrors.offer(COPY)
    until(lambda: work.begun == 1)
    mirrors.offer(COPY)
    mirrors.offer(COPY)

    mirrors.close(timeout_s=60)

    seen = mirrors.figures()
    assert (seen.waiting, seen.under_way) == (0, 0)
    assert (seen.runs, seen.dropped) == ({"cancelled": 1}, {"closed": 2})
    assert not mirrors.offer(COPY)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_of_a_defect_is_replaced(mirrors: Mirrors) -> None:
    seen: list[Copy] = []

    def work(copy: Copy) -> Fate:
        seen.append(copy)
        if len(seen) == 1:
            raise RuntimeError("a defect")
        return "succeeded"

    mirrors.start(work, threads=1)
    mirrors.offer(COPY)
    until(lambda: mirrors.figures().runs == {"failed": 1})
    until(lambda: not any(thread.name == "mirror" for thread in threading.enumerate()))
    mirrors.offer(COPY)

    until(lambda: mirrors.figures().runs == {"failed": 1, "succeeded": 1})
