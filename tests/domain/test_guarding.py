"""Flows leave by what their own rule watches, in every phase, and a winner is watched beside what is held out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from app.domain.allocation import Decision, Observation, Plan, State, initial
from app.domain.allocator import advance
from app.domain.escape import EscapeRule
from app.domain.evidence import Evidence, from_cells
from app.domain.guards import COST_EDGES
from app.domain.warmup import Warmup
from tests.domain.allocating import observed, plan, played

NOTHING = (0,) * (3 + len(COST_EDGES))
FLOORS = {flow: EscapeRule(0.4) for flow in "abc"}


def served(runs: int, *, failed: int = 0, slow: int = 0, costs: dict[float, int] | None = None) -> Evidence:
    """Runs without any rating; `costs`: sessions by the lower edge of their cell."""
    cells = [(costs or {}).get(edge, 0) for edge in COST_EDGES]
    return Evidence(runs, 0, 0, 0, (0, 0), (runs, failed, slow, *cells))


def seeing(state: State, news: Sequence[Evidence]) -> Observation:
    last = state.epochs[-1]
    now = tuple(known.plus(new) for known, new in zip(last.evidence, news, strict=True))
    return Observation(state.tick + 1, {last.number: now})


def after(setting: Plan, *looks: Sequence[Evidence], paused: bool = False) -> Decision:
    state = initial(setting)
    for news in looks:
        decision = advance(setting, state, seeing(state, news), paused=paused)
        state = decision.state
    return decision


BAD = {
    "max_error_rate": (EscapeRule(max_error_rate=0.1), served(60, failed=24), "more than 10.0% of its runs fail"),
    "max_latency_p95_ms": (
        EscapeRule(max_latency_p95_ms=900),
        served(60, slow=12),
        "more than 5% of its runs take over 900 ms",
    ),
    "max_cost": (
        EscapeRule(max_cost=20_000_000),
        served(60, costs={2.0: 30, 0.85: 30}),
        "its sessions cost more than $0.02 on average",
    ),
    "lower_score": (EscapeRule(0.4), from_cells(plan().scale, (25, 2)), "its recent mean is under 0.4"),
}


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("warmup", [None, Warmup(100)])
@pytest.mark.parametrize("watched", sorted(BAD))
def test_each_limit_lets_its_flow_escape_at_its_own_rollback_and_names_what_was_seen(
    watched: str, warmup: Warmup | None, paused: bool
) -> None:
    rule, news, words = BAD[watched]
    rules = {"a": EscapeRule(0.1, rollback=(0, 0, 10_000)), "b": replace(rule, rollback=(7000, 0, 3000))}
    fine = served(60, costs={0.5: 60})

    decision = after(plan(3, escape=rules, warmup=warmup), (fine, news, fine), paused=paused)

    assert [removal.flow for removal in decision.escaped] == ["b"]
    assert (decision.phase, decision.weights) == ("escaped", (7000, 0, 3000))
    assert f"b escaped: {words}" in decision.reason
    assert words in decision.escaped[0].why


@pytest.mark.parametrize("watched", sorted(BAD))
def test_a_flow_within_its_limits_stays(watched: str) -> None:
    rule = BAD[watched][0]
    fine = replace(from_cells(plan().scale, (4, 16)), served=served(20, failed=1, costs={0.85: 10, 1.0: 10}).served)

    decision = after(plan(2, escape={"a": rule, "b": rule}), *[(fine, fine)] * 30)

    assert decision.escaped == ()


@pytest.mark.parametrize("runs", [19, 20])
def test_no_guard_speaks_before_its_least_runs(runs: int) -> None:
    rule = EscapeRule(max_error_rate=0.01, max_latency_p95_ms=1, max_cost=1, min_runs=20)

    decision = after(
        plan(2, escape={"b": rule}), (served(runs), served(runs, failed=runs, slow=runs, costs={8.0: runs}))
    )

    assert bool(decision.escaped) == (runs >= 20)


def test_a_session_that_grows_dearer_leaves_its_cell_and_the_totals_stay_right() -> None:
    setting = plan(2, escape={"b": EscapeRule(max_cost=100)})
    moves = served(5, costs={0.0: -10, 0.85: 10})
    moves = replace(moves, sessions=0)

    decision = after(setting, (served(10), served(10, costs={0.0: 10})), (served(0), moves))

    held = decision.state.epochs[-1].evidence[1]
    assert held == served(10, costs={0.85: 10}).plus(replace(served(5), sessions=0))
    assert decision.state.runs == (10, 15)
    assert decision.state.sessions == (10, 10)
    assert min(decision.state.owed[1]) >= 0
    assert decision.escaped == ()


def test_a_rush_of_sessions_that_end_at_the_limit_lets_nobody_escape() -> None:
    setting = plan(2, escape={"b": EscapeRule(max_cost=100)})
    rush = served(100, costs={0.0: 100})
    end = served(100, costs={0.0: -100, 1.0: 100})

    assert after(setting, (served(1), rush), (served(1), end)).escaped == ()


def test_the_last_flow_never_escapes_whatever_it_does() -> None:
    rule = EscapeRule(0.4, max_error_rate=0.1, max_latency_p95_ms=1, max_cost=1)
    awful = replace(from_cells(plan().scale, (60, 0)), served=served(60, failed=60, slow=60, costs={8.0: 60}).served)

    decision = after(plan(3, escape=dict.fromkeys("abc", rule)), *[(awful,) * 3] * 5)

    assert len(decision.escaped) == 2
    assert sorted(decision.weights) == [0, 0, 10_000]


def test_while_paused_weights_stand_still_but_for_an_escape() -> None:
    setting = plan(3, escape={"c": EscapeRule(0.4)}, epsilon=0.1)
    state = initial(setting)

    for _ in range(40):
        paused = advance(setting, state, observed(setting, state, [[20, 0], [0, 20], [8, 12]]), paused=True)
        assert (paused.weights, paused.phase, paused.dropped) == (setting.start, "adaptive", ())
        state = paused.state
    fallen = advance(setting, state, observed(setting, state, [[5, 5], [5, 5], [40, 0]]), paused=True)
    going_on = advance(setting, state, observed(setting, state, [[0, 0], [0, 0], [0, 0]]))

    assert fallen.weights in ((5000, 5000, 0), (5001, 4999, 0))
    assert going_on.winner == "b"


@pytest.mark.parametrize("clock", ["ticks", "sessions"])
def test_a_paused_ramp_goes_on_from_where_it_was(clock: str) -> None:
    length = 10 if clock == "ticks" else 300
    setting = plan(2, start=(10_000, 0), warmup=Warmup(length, clock=clock), stop="never")  # type: ignore[arg-type]  # a right value
    state, newcomer = initial(setting), []

    for tick in range(16):
        seen = observed(setting, state, [[5, 5], [0, 0]])
        decision = advance(setting, state, seen, paused=4 <= tick < 10)
        newcomer.append(decision.weights[1])
        state = decision.state

    assert newcomer == [500, 1000, 1500, 2000, *[2000] * 6, 2500, 3000, 3500, 4000, 4500, 5000]
    assert state.phase == "adaptive"


def completed(setting: Plan, *, seed: int = 1) -> State:
    state = played(setting, lambda _: (0.5, 0.9), ticks=40, seed=seed, per_tick=60)[-1][2].state
    assert (state.phase, state.winner) == ("completed", "b")
    return state


def followed(setting: Plan, state: State, means: Sequence[Sequence[float]], *, seed: int) -> State:
    """The state after one tick for each row of means, each with 100 feedback."""
    rng = np.random.default_rng(seed)
    for row in means:
        counts = rng.multinomial(100, np.asarray(state.weights) / 10_000)
        good = rng.binomial(counts, row)
        seen = observed(setting, state, [[int(n - g), int(g)] for n, g in zip(counts, good, strict=True)])
        state = advance(setting, state, seen).state
    return state


@pytest.mark.parametrize("holdout", [1, 500, 1000, 5000])
def test_the_baseline_keeps_exactly_what_is_held_out(holdout: int) -> None:
    assert completed(plan(2, holdout=holdout)).weights == (holdout, 10_000 - holdout)


def test_a_season_common_to_both_reopens_nothing_beside_a_hold_out_and_does_so_by_the_floor() -> None:
    beside, alone = plan(2, holdout=1000), plan(2)
    season = [(0.5 - 0.3 * part, 0.9 - 0.3 * part) for part in np.linspace(0, 1, 80).tolist()]

    rounds = [followed(beside, completed(beside), season, seed=seed).round for seed in range(8)]

    assert rounds == [0] * 8
    assert followed(alone, completed(alone), season, seed=1).round > 0


@pytest.mark.parametrize("holdout", [0, 1000])
def test_a_winner_that_falls_is_noticed_beside_the_hold_out_or_under_its_floor(holdout: int) -> None:
    setting = plan(2, holdout=holdout)

    state = followed(setting, completed(setting), [(0.5, 0.15)] * 80, seed=3)

    assert state.round > 0
    assert state.winner != "b"


def test_a_held_out_flow_that_escapes_leaves_the_winner_completed() -> None:
    setting = plan(2, holdout=1000, escape={flow: EscapeRule(0.3) for flow in "ab"})
    state = followed(setting, completed(setting), [(0.02, 0.9)] * 20, seed=4)

    assert [removal.flow for removal in state.escaped] == ["a"]
    assert (state.phase, state.winner, state.weights) == ("completed", "b", (0, 10_000))
    assert state.watch is not None
    assert state.watch.rival is None


def test_a_flow_kept_without_a_winner_hands_over_when_it_falls() -> None:
    rules = {flow: EscapeRule(0.4, rollback=(0, 8000, 2000)) for flow in "abc"}
    setting = plan(3, max_ticks=5, epsilon=0.0, escape=rules)
    kept = played(setting, lambda _: (0.7,) * 3, ticks=6, seed=5)[-1][2]
    assert (kept.outcome, kept.weights) == ("inconclusive", (10_000, 0, 0))

    fallen = advance(setting, kept.state, observed(setting, kept.state, [[40, 0], [0, 0], [0, 0]]))

    assert (fallen.phase, fallen.weights) == ("escaped", (0, 8000, 2000))


def test_a_winner_that_falls_in_a_pause_keeps_its_weights_and_its_round_is_counted_from_then_on() -> None:
    setting = plan(2)
    state = completed(setting)

    fell = advance(setting, state, observed(setting, state, [[0, 0], [200, 0]]), paused=True)
    later = advance(setting, fell.state, observed(setting, fell.state, [[0, 0], [3, 7]]), paused=True)

    assert (fell.state.round, fell.weights, fell.phase) == (1, (0, 10_000), "adaptive")
    assert later.means == (None, 0.7)
