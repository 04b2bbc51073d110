"""A crew lends a bounded number of threads, and carries the context of whoever borrows one."""

import threading
from contextvars import ContextVar

from app.services.walking.crew import Crew
from tests.waiting import until

SAID: ContextVar[str] = ContextVar("said", default="nothing")


def test_no_more_threads_are_lent_than_there_are() -> None:
    crew, go_on = Crew(2), threading.Event()

    lent = [crew.lend(lambda: assert_soon(go_on)) for _ in range(3)]

    assert lent == [True, True, False]
    go_on.set()
    until(lambda: crew.lend(lambda: None))


def test_a_thread_that_is_free_again_is_lent_again() -> None:
    crew, seen = Crew(1), list[int]()
    done = threading.Semaphore(0)

    def work() -> None:
        seen.append(threading.get_ident())
        done.release()

    for _ in range(20):
        until(lambda: crew.lend(work))
        assert done.acquire(timeout=60)

    assert len(set(seen)) < 20


def test_work_sees_the_context_of_its_borrower() -> None:
    crew, seen, done = Crew(), [], threading.Event()
    SAID.set("request 7")

    def work() -> None:
        seen.append(SAID.get())
        SAID.set("changed")
        done.set()

    assert crew.lend(work)
    assert done.wait(60)
    assert (seen, SAID.get()) == (["request 7"], "request 7")


def assert_soon(event: threading.Event) -> None:
    """Wait for it."""
    assert event.wait(60)
