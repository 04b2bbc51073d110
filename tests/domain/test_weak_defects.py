"""What careless arithmetic gets wrong does not happen here: ramps, roundings and ticks at odd times."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.allocation import Observation, initial
from app.domain.allocator import advance
from app.domain.escape import EscapeRule
from app.domain.warmup import Warmup, ramp
from app.domain.weights import apportion, bulk, with_weight
from tests.domain.allocating import observed, plan, played


def test_a_ramp_of_sessions_advances_when_not_every_flow_has_a_goal_of_its_own() -> None:
    """B1: a flow without a goal divides by nothing there and the ramp never moves. Here it has its even share."""
    setting = plan(3, start=(10_000, 0, 0), warmup=Warmup(300, clock="sessions"), stop="never")
    state, path = initial(setting), []

    for _ in range(10):
        decision = advance(setting, state, observed(setting, state, [[5, 5], [0, 0], [0, 0]]))
        path.append(decision.weights)
        state = decision.state

    assert all(math.isfinite(weight) and weight >= 0 for weights in path for weight in weights)
    assert path[4][1] > path[0][1] > 0
    assert state.phase == "adaptive"
    assert [weights[1] for weights in path] == sorted(weights[1] for weights in path)


@pytest.mark.parametrize("count", range(3, 11))
def test_any_number_of_flows_ends_at_exactly_all_for_one(count: int) -> None:
    """B2: with four flows and more a third of rollouts strand elsewhere at 99.9x %."""
    for seed in range(2):
        steps = played(plan(count, epsilon=0.0), lambda _: (0.05,) * (count - 1) + (0.95,), ticks=60, seed=seed)

        assert all(sum(decision.weights) == 10_000 for _, _, decision in steps)
        assert steps[-1][2].weights == (0,) * (count - 1) + (10_000,)
        assert steps[-1][2].phase == "completed"


def test_ten_points_over_thirty_days_of_minutes_move_after_a_tenth_of_the_time() -> None:
    """B3: a ramp of rounded steps does nothing for 95 % of such a time. Each tenth brings its point."""
    minutes = 30 * 24 * 60
    setting = plan(2, start=(10_000, 0), goal=(9000, 1000), warmup=Warmup(minutes), stop="never")
    state, seen = initial(setting), []

    for tick in range(60, minutes + 1, 60):
        state = advance(setting, state, Observation(tick, {})).state
        if tick % (minutes // 10) == 0:
            seen.append(state.weights[1])

    assert seen == [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_ten_points_over_many_sessions_move_evenly(length: int) -> None:
    """B3: over 100 000 sessions rounded steps move nothing for the first 98 000."""
    warmup = Warmup(length, clock="sessions")

    newcomer = [ramp((10_000, 0), (9000, 1000), warmup=warmup, elapsed=length * k // 10)[1] for k in range(11)]

    assert newcomer == [100 * k for k in range(11)]


@given(st.lists(st.floats(0, 1e6, allow_subnormal=True), min_size=2, max_size=10).filter(any))
def test_any_shares_are_brought_to_exactly_10000(shares: list[float]) -> None:
    """B7: a rescale that takes the smallest float for 0 % gives sums from 99.51 to 100.45."""
    weights = apportion(shares)

    assert sum(weights) == 10_000
    whole = math.fsum(shares)
    assert all(abs(weight - share / whole * 10_000) < 1.001 for weight, share in zip(weights, shares, strict=True))


@given(st.integers(2, 10), st.integers(0, 10_000), st.integers(0, 10_000))
def test_setting_one_flow_by_hand_keeps_the_sum_and_the_weight_asked_for(count: int, first: int, second: int) -> None:
    """B7: a target of 33.33 stays 33.33, and those at 0 share the rest evenly. B6: what was made is accepted again."""
    names = [str(i) for i in range(count)]
    weights = with_weight(dict(zip(names, apportion([1] + [0] * (count - 1)), strict=True)), "1", first)
    weights = with_weight(weights, "0", second)

    assert weights["0"] == second
    assert sum(weights.values()) == 10_000
    assert bulk(weights, weights) == weights


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_a_tick_that_runs_again_with_the_same_totals_changes_nothing_that_was_counted(seed: int, times: int) -> None:
    """C11: where minutes are counted one may count twice. Here a second look finds nothing new."""
    setting = plan(3, escape={flow: EscapeRule(0.3) for flow in "abc"}, warmup=Warmup(20), start=(8000, 1000, 1000))
    for _, seen, decision in played(setting, lambda _: (0.5, 0.8, 0.2), ticks=6, seed=seed):
        doubled = decision
        for _ in range(times):
            doubled = advance(setting, doubled.state, seen)
            assert doubled.weights == decision.weights
            assert doubled.state.received == decision.state.received
            assert doubled.state.escaped == decision.state.escaped
            assert doubled.state.ramped == decision.state.ramped


@pytest.mark.parametrize("missed", [1, 7, 59])
def test_ticks_that_are_missed_leave_the_ramp_where_the_time_says(missed: int) -> None:
    """C11: a missed minute skips no interval: the ramp knows how long it has gone."""
    setting = plan(2, start=(10_000, 0), warmup=Warmup(600), stop="never")
    every, some = initial(setting), initial(setting)

    for tick in range(1, 601):
        every = advance(setting, every, Observation(tick, {})).state
        if tick % (missed + 1) == 0 or tick == 600:
            some = advance(setting, some, Observation(tick, {})).state

    assert some.weights == every.weights == (5000, 5000)
    assert some.ramped == every.ramped == 600
    assert some.phase == every.phase == "adaptive"


def test_a_tick_that_comes_late_or_out_of_order_turns_no_clock_back() -> None:
    """C11: an older tick after a newer one is the newer one again."""
    setting = plan(2, start=(10_000, 0), warmup=Warmup(100), stop="never")
    state = advance(setting, initial(setting), Observation(50, {})).state

    again = advance(setting, state, Observation(20, {})).state

    assert again == state
