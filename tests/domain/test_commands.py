"""What an operator orders is one more step: it takes in the evidence first, and refuses what cannot be."""

import pytest

from app.domain.allocation import Observation, Plan, State, initial
from app.domain.allocator import advance
from app.domain.commands import Command, command_from_json, obey
from app.domain.errors import Conflict, Invalid
from app.domain.escape import QUIET, EscapeRule
from app.domain.warmup import Warmup
from tests.domain.allocating import observed, plan, played

ALL = {flow: EscapeRule(0.4, max_error_rate=0.1) for flow in "abc"}


def quiet(state: State) -> Observation:
    return Observation(state.tick + 1, {})


def after(setting: Plan, *commands: Command) -> State:
    state = initial(setting)
    for command in commands:
        state = obey(setting, state, quiet(state), command).state
    return state


@pytest.mark.parametrize("changes", [{}, {"warmup": Warmup(50)}])
def test_an_escape_hands_the_traffic_to_the_rest_who_go_on(changes: dict[str, object]) -> None:
    setting = plan(3, start=(4000, 2000, 4000), **changes)
    state = initial(setting)

    decision = obey(setting, state, quiet(state), Command("escape", "b"))

    assert [removal.flow for removal in decision.escaped] == ["b"]
    assert decision.weights == (5000, 0, 5000)
    assert decision.phase == state.phase
    assert "b escaped: an operator wants it" in decision.reason


def test_an_escape_follows_the_rule_of_the_flow_or_the_weights_of_the_operator() -> None:
    setting = plan(3, escape={"b": EscapeRule(0.4, rollback=(9000, 0, 1000))})
    state = initial(setting)

    by_rule = obey(setting, state, quiet(state), Command("escape", "b"))
    by_hand = obey(setting, state, quiet(state), Command("escape", "b", (1000, 5000, 4000)))

    assert (by_rule.weights, by_rule.phase) == ((9000, 0, 1000), "escaped")
    assert (by_hand.weights, by_hand.phase, by_hand.outcome) == ((2000, 0, 8000), "escaped", "escaped")


def test_completing_gives_all_but_the_hold_out_to_the_flow() -> None:
    alone = plan(3)
    beside = plan(3, holdout=500)
    state = played(beside, lambda _: (0.6, 0.6, 0.6), ticks=5, seed=1, per_tick=90)[-1][2].state

    forced = obey(alone, initial(alone), quiet(initial(alone)), Command("complete", "c"))
    held = obey(beside, state, quiet(state), Command("complete", "c"))

    assert (forced.weights, forced.phase, forced.outcome, forced.winner) == ((0, 0, 10_000), "completed", "forced", "c")
    assert held.weights == (500, 0, 9500)


def test_what_was_forced_stays_until_somebody_orders_otherwise() -> None:
    setting = plan(2)
    state = after(setting, Command("complete", "a"))

    for _ in range(30):
        state = advance(setting, state, observed(setting, state, [[3, 7], [0, 0]])).state

    assert (state.weights, state.outcome) == ((10_000, 0), "forced")


def test_a_new_round_begins_from_the_given_weights_and_old_evidence_compares_nothing() -> None:
    """W13: a restart looks at nothing from before it, and W14: late feedback counts for the round of its session."""
    setting = plan(2)
    state = played(setting, lambda _: (0.2, 0.9), ticks=60, seed=2)[-1][2].state
    assert state.winner == "b"

    fresh = obey(setting, state, quiet(state), Command("reopen", weights=(7000, 3000)))
    late = {state.epochs[-1].number: tuple(one.plus(one) for one in state.epochs[-1].evidence)}
    later = advance(setting, fresh.state, Observation(fresh.state.tick + 1, late))

    assert (fresh.weights, fresh.phase, fresh.outcome, fresh.winner) == ((7000, 3000), "adaptive", None, None)
    assert fresh.state.round == state.round + 1
    assert later.means == (None, None)
    assert [value for row in later.log_e for value in row] == pytest.approx([0.0] * 4, abs=0.01)
    assert sum(later.state.received) > sum(state.received)


def test_an_escaped_flow_comes_back_by_pardon_only_and_with_a_clean_slate() -> None:
    setting = plan(3, escape=ALL, stop="never")
    state = played(setting, lambda _: (0.7, 0.05, 0.7), ticks=15, seed=3)[-1][2].state
    assert [removal.flow for removal in state.escaped] == ["b"]

    without = obey(setting, state, quiet(state), Command("reopen"))
    pardoned = obey(setting, state, quiet(state), Command("reopen", weights=(4000, 2000, 4000), pardon=True))
    still = advance(setting, pardoned.state, quiet(pardoned.state))

    assert without.weights[1] == 0
    assert [removal.flow for removal in without.escaped] == ["b"]
    assert (pardoned.weights, pardoned.escaped) == ((4000, 2000, 4000), ())
    assert pardoned.state.cusum == (QUIET,) * 3
    assert still.escaped == ()


def test_a_command_takes_in_what_was_seen_before_it_is_done() -> None:
    setting = plan(3, escape={"c": EscapeRule(0.4)})
    state = initial(setting)

    decision = obey(setting, state, observed(setting, state, [[2, 3], [1, 1], [25, 0]]), Command("escape", "b"))
    noticed = advance(setting, decision.state, quiet(decision.state))

    assert decision.state.received == (5, 2, 25)
    assert decision.means == (0.6, 0.5, 0.0)
    assert [removal.flow for removal in noticed.escaped] == ["b", "c"]  # its ratings fed the guard, once
    assert noticed.state.received == (5, 2, 25)


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ((Command("escape", "b"),), Command("escape", "b"), "flow-escaped"),
        ((Command("escape", "b"),), Command("complete", "b"), "flow-escaped"),
        ((Command("escape", "b"), Command("escape", "a")), Command("escape", "c"), "last-flow"),
        ((Command("escape", "b"), Command("escape", "a")), Command("reopen"), "too-few-flows"),
    ],
)
def test_what_cannot_be_done_now_is_a_conflict(before: tuple[Command, ...], command: Command, code: str) -> None:
    setting = plan(3)
    state = after(setting, *before)

    with pytest.raises(Conflict) as caught:
        obey(setting, state, quiet(state), command)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Command("escape", "z"), "flow"),
        (Command("escape"), "flow"),
        (Command("complete", "z"), "flow"),
        (Command("escape", "a", (0, 5000, 4999)), "weights"),
        (Command("reopen", weights=(5000, 5000)), "weights"),
        (Command("reopen", weights=(-1, 5001, 5000)), "weights"),
        (Command("complete", "a", (0, 0, 0)), "weights"),
    ],
)
def test_what_names_nobody_or_does_not_sum_up_is_refused(command: Command, field: str) -> None:
    """B4, B5: no completion by a flow that takes no part, and no rollback that leaves nobody to serve."""
    setting = plan(3)

    with pytest.raises(Invalid) as caught:
        obey(setting, initial(setting), quiet(initial(setting)), command)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("plain", "command"),
    [
        ({"kind": "escape", "flow": "a", "weights": [1, 2]}, Command("escape", "a", (1, 2))),
        ({"kind": "complete", "flow": "a"}, Command("complete", "a")),
        ({"kind": "reopen", "weights": None, "pardon": True}, Command("reopen", pardon=True)),
    ],
)
def test_a_stored_command_is_read_again(plain: dict[str, object], command: Command) -> None:
    assert command_from_json(plain) == command


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"kind": "explode"},
        {"kind": "escape", "flow": 5},
        {"kind": "escape", "flow": "a", "weights": "ab"},
        {"kind": "reopen", "weights": [0.5, 0.5]},
        {"kind": "reopen", "weights": [True, False]},
    ],
)
def test_what_is_no_command_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        command_from_json(plain)
