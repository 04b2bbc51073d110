"""Turns come one after the other, and a wait for one may end before it comes."""

import threading
import time
from pathlib import Path

import pytest

from app.db.turnstile import turn, turn_if_free
from app.domain.errors import StoreUnavailable


def test_a_turn_that_does_not_come_in_time_is_given_up_and_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    with turn(path), pytest.raises(StoreUnavailable), turn(path, timeout_s=0.05):
        pass

    with turn(path, timeout_s=10):  # also when the late thread gets the lock first, it lets go of it
        pass


def test_a_turn_with_a_limit_comes_when_it_is_free(tmp_path: Path) -> None:
    order: list[int] = []

    def take(number: int) -> None:
        with turn(tmp_path / "turn", timeout_s=20):
            order.append(number)
            order.append(number)

    with turn(tmp_path / "turn"):
        threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        assert order == []
    for thread in threads:
        thread.join()

    assert order[::2] == order[1::2]
    assert sorted(order[::2]) == list(range(8))


def test_whoever_does_not_wait_is_told_that_it_is_taken(tmp_path: Path) -> None:
    with turn_if_free(tmp_path / "turn") as first, turn_if_free(tmp_path / "turn") as second:
        assert (first, second) == (True, False)
    with turn_if_free(tmp_path / "turn") as again:
        assert again
