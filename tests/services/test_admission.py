"""Places are given in order, also under contention, and nobody waits for longer than was said."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Overloaded
from app.services.admission import Admission


def wait_for(admission: Admission, waiting: int) -> None:
    """Until so many wait; the test's own time limit ends a vain wait."""
    while admission.waiting != waiting:
        time.sleep(0.001)


def test_there_are_as_many_places_as_were_said_and_a_place_is_used_again() -> None:
    admission = Admission(2, queue_length=0, timeout_s=1)
    admission.enter()
    admission.enter()

    with pytest.raises(Overloaded) as refused:
        admission.enter()
    admission.leave()
    admission.enter()

    assert refused.value.retry_after_s == 1


def test_who_waits_longest_is_next_and_a_newcomer_never_overtakes() -> None:
    admission, order = Admission(1, queue_length=5, timeout_s=30), list[int]()
    admission.enter()

    def work(number: int) -> None:
        admission.enter()
        order.append(number)

    waiting = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for number, thread in enumerate(waiting, 1):
        thread.start()
        wait_for(admission, number)
    with pytest.raises(Overloaded):
        admission.enter()
    for thread in waiting:
        admission.leave()
        thread.join()

    assert order == [0, 1, 2, 3, 4]


def test_a_wait_ends_and_leaves_nothing_behind() -> None:
    admission = Admission(1, queue_length=1, timeout_s=0.01)
    admission.enter()

    with pytest.raises(Overloaded):
        admission.enter()

    assert admission.waiting == 0
    admission.leave()
    admission.enter()


@given(places=st.integers(1, 3), callers=st.integers(1, 12))
def test_no_place_is_lost_or_made_whoever_comes_and_gives_up(places: int, callers: int) -> None:
    admission, lock = Admission(places, queue_length=4, timeout_s=0.002), threading.Lock()
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        try:
            admission.enter()
        except Overloaded:
            return
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.002)
        with lock:
            inside -= 1
        admission.leave()

    threads = [threading.Thread(target=work) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most <= places
    for _ in range(places):
        admission.enter()
    with pytest.raises(Overloaded):
        admission.enter()
