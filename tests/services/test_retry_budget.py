"""Retries may be a tenth of first attempts in the long run, and a few more on a quiet service."""

import threading
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.services.retry_budget import RESERVE, SHARE, TRICKLE_PER_S, RetryBudgets


@dataclass
class Seconds:
    """A clock that is set by hand."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_quiet_service_may_retry_at_once() -> None:
    budgets = RetryBudgets(clock=Seconds())

    assert [budgets.take("p") for _ in range(int(RESERVE) + 1)] == [True] * int(RESERVE) + [False]


def test_first_attempts_and_time_earn_retries() -> None:
    clock = Seconds()
    budgets = RetryBudgets(clock=clock)
    while budgets.take("p"):
        pass

    for _ in range(round(1 / SHARE)):
        budgets.attempted("p")
    assert round(budgets.balance("p"), 6) == 1

    clock.now += 1 / TRICKLE_PER_S
    assert round(budgets.balance("p"), 6) == 2


def test_one_provider_does_not_pay_for_another() -> None:
    budgets = RetryBudgets(clock=Seconds())
    while budgets.take("p"):
        pass

    assert budgets.take("q")


@given(st.lists(st.booleans(), max_size=400))
def test_retries_never_exceed_the_reserve_and_their_share(attempts: list[bool]) -> None:
    budgets, retried, first = RetryBudgets(clock=Seconds()), 0, 0
    for is_first in attempts:
        if is_first:
            budgets.attempted("p")
            first += 1
        else:
            retried += budgets.take("p")

    assert retried <= RESERVE + SHARE * first + 1e-6


def test_threads_share_one_balance() -> None:
    budgets, taken = RetryBudgets(clock=Seconds()), list[bool]()

    def take() -> None:
        taken.extend(budgets.take("p") for _ in range(50))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(taken) == int(RESERVE)
