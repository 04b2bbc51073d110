"""An experiment ends as its settings say: by proof, by a labelled guess, by its time, or never."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.allocation import initial
from app.domain.allocator import advance
from app.domain.evidence import from_cells
from tests.domain.allocating import BINARY, observed, plan, played

CELLS = st.lists(
    st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=2), min_size=2, max_size=2), min_size=1, max_size=6
)
LEANING = (from_cells(BINARY, (90, 10)), from_cells(BINARY, (10, 90)))


@settings(deadline=None, max_examples=40)
@given(CELLS, st.sampled_from(["certified", "guess", "never"]))
def test_a_warm_start_leans_shares_and_proves_nothing(arriving: list[list[list[int]]], stop: str) -> None:
    cold = plan(2, stop=stop)
    warm = replace(cold, warm_start=LEANING)
    state = initial(cold)

    for cells in arriving:
        seen = observed(cold, state, cells)
        one, other = advance(cold, state, seen), advance(warm, state, seen)

        assert other.log_e == one.log_e
        assert other.means == one.means
        assert other.dropped == one.dropped
        assert (other.outcome, other.winner) == (one.outcome, one.winner)
        state = one.state


def test_a_warm_start_moves_the_first_shares_towards_what_did_well_elsewhere() -> None:
    setting = plan(2, warm_start=LEANING)
    state = initial(setting)

    warm = advance(setting, state, observed(setting, state, [[0, 0], [0, 0]], tick=20))

    assert 4000 <= warm.weights[0] < 4500
    assert warm.outcome is None


def test_a_guess_ends_at_99_of_100_and_says_that_it_proves_nothing() -> None:
    last = played(plan(2, stop="guess"), lambda _: (0.4, 0.8), ticks=30, seed=1)[-1][2]

    ended = next(d for _, _, d in played(plan(2, stop="guess"), lambda _: (0.4, 0.8), ticks=30, seed=1) if d.outcome)
    assert (last.outcome, last.winner, last.weights) == ("guess", "b", (0, 10_000))
    assert "best guess with P 0.99" in ended.reason or "best guess with P 1.0" in ended.reason
    assert "not certified" in ended.reason
    assert ended.dropped == ()


def test_no_guess_is_made_before_each_flow_has_enough_feedback() -> None:
    setting = plan(2, stop="guess")
    state = initial(setting)

    early = advance(setting, state, observed(setting, state, [[14, 0], [0, 60]]))

    assert early.outcome is None


@pytest.mark.parametrize("budget", [{"max_ticks": 5}, {"max_sessions": 100}, {"max_feedback": 50}])
def test_what_never_stops_stops_by_no_budget_either(budget: dict[str, int]) -> None:
    last = played(plan(2, stop="never", **budget), lambda _: (0.1, 0.9), ticks=30, seed=2)[-1][2]

    assert (last.outcome, last.phase, last.dropped) == (None, "adaptive", ())


def test_time_that_is_up_ends_without_a_winner_at_its_tick() -> None:
    steps = played(plan(2, epsilon=0.0, max_ticks=12), lambda _: (0.6, 0.6), ticks=14, seed=3)

    outcomes = [decision.outcome for _, _, decision in steps]
    assert outcomes == [None] * 11 + ["inconclusive"] * 3
    assert steps[-1][2].weights == (10_000, 0)


def test_time_counts_from_the_beginning_of_the_round() -> None:
    setting = plan(2, max_ticks=60)
    steps = played(setting, lambda tick: (0.5, 0.9 if tick < 55 else 0.45), ticks=150, seed=4)

    began = next(decision for _, _, decision in steps if decision.state.round == 1).state.tick
    ends = [d.state.tick for _, _, d in steps if d.state.round == 1 and d.outcome is not None]
    assert 55 < began < 90
    assert ends[0] > began + 1
    assert ends[0] <= began + 60
