"""A burst costs two looks at a time, and whatever came last is always seen."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Semaphore

import pytest

from app.services.looking import Looks

LONG_S = 60.0  # only a defect waits so long


class Watched:
    """A look that tells when it has begun, ends when it may, and remembers what had been said when it began."""

    def __init__(self) -> None:
        self.begun, self.may_end = Semaphore(0), Semaphore(0)
        self.lock, self.said = Lock(), 0
        self.saw: list[int] = []
        self.at_once, self.most = 0, 0

    def say(self) -> None:
        with self.lock:
            self.said += 1

    def __call__(self) -> None:
        with self.lock:
            self.saw.append(self.said)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.begun.release()
        assert self.may_end.acquire(timeout=LONG_S)
        with self.lock:
            self.at_once -= 1


def test_a_burst_during_a_look_costs_one_more_which_sees_all_of_it() -> None:
    looks, act = Looks(), Watched()

    def give() -> bool:
        act.say()
        return looks.look("uc", act)

    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(give)
        assert act.begun.acquire(timeout=LONG_S)
        burst = [pool.submit(give) for _ in range(10)]
        while sum(one.done() for one in burst) < 9:  # all but the one that waits have returned at once
            assert not first.done()
        act.may_end.release(2)
        answers = [one.result(LONG_S) for one in burst]

    assert (first.result(), sorted(answers)) == (True, [False] * 9 + [True])
    assert act.saw == [1, 11]
    assert act.most == 1


def test_under_steady_load_looks_follow_each_other_and_the_last_word_is_seen() -> None:
    looks, act = Looks(), Watched()
    act.may_end.release(10_000)

    def give(_: int) -> bool:
        act.say()
        return looks.look("uc", act)

    with ThreadPoolExecutor(8) as pool:
        looked = sum(pool.map(give, range(400)))

    assert act.saw[-1] == 400
    assert act.most == 1
    assert looked == len(act.saw)


def test_two_use_cases_are_looked_at_at_the_same_time() -> None:
    looks, act = Looks(), Watched()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(looks.look, name, act) for name in ("one", "two")]
        assert act.begun.acquire(timeout=LONG_S)
        assert act.begun.acquire(timeout=LONG_S)
        act.may_end.release(2)

    assert [one.result() for one in both] == [True, True]
    assert act.most == 2


def test_a_look_that_fails_tells_its_own_caller_and_stands_in_no_ones_way() -> None:
    looks, begun, may_fail, seen = Looks(), Event(), Event(), Event()

    def fail() -> None:
        begun.set()
        assert may_fail.wait(LONG_S)
        raise OSError("gone")

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(looks.look, "uc", fail)
        assert begun.wait(LONG_S)
        following = pool.submit(looks.look, "uc", seen.set)
        may_fail.set()

        with pytest.raises(OSError, match="gone"):
            failing.result(LONG_S)
        assert following.result(LONG_S)
    assert seen.is_set()
    assert looks.look("uc", seen.set)
