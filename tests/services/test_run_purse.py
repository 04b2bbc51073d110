"""A run never spends more than its purse holds, also when its calls are under way at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import CallerLeft
from app.domain.flow import Choice, Each, OnError, RunLimits
from app.domain.run_errors import RunBudgetExceeded
from app.services import runs
from app.services.departure import Departure
from app.services.run_purse import RunPurse
from app.services.world import World
from tests.services.made import UNPRICED, ask
from tests.services.walking.walked import echo, make_flow, step, walk
from tests.waiting import until
from tests.worlds import calls_of

FAR = time.monotonic() + 3600


def hold(purse: RunPurse, worst: int | None, departure: Departure | None = None, deadline: float = FAR) -> int:
    """What is held for a call."""
    return purse.hold(worst, model="m", departure=departure or Departure(), deadline=deadline)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=30), st.integers(0, 300))
def test_calls_one_after_the_other_never_spend_more(calls: list[tuple[int, int]], limit: int) -> None:
    purse = RunPurse(limit)
    for worst, part in calls:
        try:
            held = hold(purse, worst)
        except RunBudgetExceeded:
            assert purse.spent + worst > limit
            continue
        purse.settle(held, worst * part // 100)

    assert purse.spent <= limit


def test_calls_at_once_never_hold_more() -> None:
    purse, lock = RunPurse(100), threading.Lock()
    under_way, most = 0, 0

    def call(_: int) -> bool:
        nonlocal under_way, most
        try:
            held = hold(purse, 30)
        except RunBudgetExceeded:
            return False
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.001)
        with lock:
            under_way -= 1
        purse.settle(held, 9)
        return True

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(call, range(8)))

    assert most <= 3
    assert (purse.spent, all(passed)) == (72, True)


def test_a_call_that_fits_beside_nobody_is_refused_at_once() -> None:
    with pytest.raises(RunBudgetExceeded):
        hold(RunPurse(10), 11)


def test_what_costs_nobody_knows_how_much_is_refused() -> None:
    with pytest.raises(RunBudgetExceeded):
        hold(RunPurse(10), None)


def test_a_caller_who_leaves_waits_no_longer() -> None:
    purse, departure = RunPurse(10), Departure()
    hold(purse, 6)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(hold, purse, 6, departure)
        departure.leave()
        assert isinstance(waits.exception(timeout=60), CallerLeft)


def test_who_waits_gets_what_others_give_back() -> None:
    purse = RunPurse(10)
    held = hold(purse, 6)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(hold, purse, 6)
        until(lambda: not waits.done())
        purse.settle(held, 1)
        assert waits.result(timeout=60) == 6


def test_a_run_whose_first_call_does_not_fit_sends_nothing(world: World) -> None:
    make_flow(world, step("a"), limits=RunLimits(max_cost=1))

    with pytest.raises(RunBudgetExceeded):
        walk(world, echo)

    (run,) = runs.page(world, runs.RunFilter(), cursor=None, limit=10)[0]
    assert (run.status, run.error, run.cost, calls_of(world)) == ("failed", "run-budget-exceeded", 0, [])


def test_items_side_by_side_share_the_purse_and_overspend_nothing(world: World) -> None:
    many = Each("words", at_once=8)
    make_flow(world, step("each", "{{ item }}", each=many), limits=RunLimits(max_cost=30_000))
    asked = ask(inputs={"words": [f"w{number}" for number in range(40)], "text": ""})

    with suppress(RunBudgetExceeded):
        walk(world, echo, asked)
    spent = sum(call.cost or 0 for call in calls_of(world))

    assert 0 < spent <= 30_000


def test_a_rule_may_go_on_without_what_the_run_cannot_pay(world: World) -> None:
    make_flow(world, step("a", on_error=OnError("value", "too dear")), limits=RunLimits(max_cost=1))

    done, models = walk(world, echo)

    assert (done.reply.text, models.asked) == ("too dear", [])


def test_a_model_without_a_price_is_not_asked_by_a_run_with_a_budget(world: World) -> None:
    make_flow(world, replace(step("a"), choice=Choice((UNPRICED,))), limits=RunLimits(max_cost=10**9))

    with pytest.raises(RunBudgetExceeded):
        walk(world, echo)
