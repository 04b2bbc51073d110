"""A flow fills the declared steps in their order, and its share counts only while it is active."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import flow as rules
from app.domain.errors import Conflict, Invalid, StepNotConfigured
from app.domain.flow import Choice, Flow, Step
from tests.worlds import NOON

ONE, TWO = Step("one", "p", Choice(("m/a",))), Step("two", "p", Choice(task="chat"))


def make(code: str = "a", *, active: bool = True, weight: int = 0) -> Flow:
    """A flow of two steps."""
    return Flow(code, "u1", code, "", "", active, weight, 1, False, (ONE, TWO), NOON, NOON)


@given(st.permutations([ONE, TWO]))
def test_steps_take_the_declared_order(steps: list[Step]) -> None:
    assert rules.check_steps(steps, ("two", "one")) == (TWO, ONE)


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ((ONE, TWO, replace(ONE, code="three")), "steps[2].code"),
        ((ONE, ONE), "steps[1].code"),
        ((ONE, replace(TWO, choice=Choice())), "steps[1].choice"),
        ((ONE,), "steps"),
        ((ONE, replace(TWO, choice=Choice(task="chat", balance="spread"))), "steps[1].choice.balance"),
        ((ONE, replace(TWO, choice=Choice(("m/a",), weights=(1,)))), "steps[1].choice.weights"),
        ((ONE, replace(TWO, choice=Choice(("m/a", "m/b"), None, "spread", (1,)))), "steps[1].choice.weights"),
        ((ONE, replace(TWO, choice=Choice(("m/a", "m/b"), None, "spread", (1, 0)))), "steps[1].choice.weights[1]"),
    ],
)
def test_bad_steps_name_their_place(steps: tuple[Step, ...], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_steps(steps, ("one", "two"))

    assert refused.value.field == field


def test_models_may_share_a_step_with_weights_or_without() -> None:
    for choice in (Choice(("m/a", "m/b"), None, "spread", (1, 1000)), Choice(("m/a",), balance="least-loaded")):
        step = replace(ONE, choice=choice)

        assert rules.check_steps((step,), ("one",)) == (step,)


def test_a_step_is_found_by_its_code() -> None:
    assert make().step("two") == TWO

    with pytest.raises(StepNotConfigured) as refused:
        make().step("three")
    assert refused.value.field == "step"


def test_weights_are_those_of_active_flows() -> None:
    flows = [make("a", weight=4000), make("b", active=False, weight=0), make("c", weight=6000)]

    assert rules.weights(flows) == {"a": 4000, "c": 6000}


def test_the_rules_of_activity() -> None:
    rules.check_deletion(make(active=False))
    rules.check_deactivation(make("a"), [make("a"), make("b")], use_case_active=True)
    rules.check_deactivation(make("a"), [make("a")], use_case_active=False)

    with pytest.raises(Conflict) as deletion:
        rules.check_deletion(make())
    with pytest.raises(Conflict) as last:
        rules.check_deactivation(make("a"), [make("a"), make("b", active=False)], use_case_active=True)

    assert (deletion.value.code, last.value.code) == ("flow-active", "last-active-flow")


def test_own_steps_stand_where_they_were_written_among_the_declared_ones() -> None:
    own = replace(ONE, code="own", own=True)

    assert rules.check_steps((own, ONE, TWO), ("one", "two")) == (own, ONE, TWO)
    assert rules.check_steps((ONE, own, TWO), ("one", "two")) == (ONE, own, TWO)


def test_a_declared_step_is_nobodys_own() -> None:
    assert rules.check_steps((replace(TWO, own=True), ONE), ("one", "two")) == (ONE, TWO)


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ((TWO, replace(ONE, code="own", own=True), ONE), "steps"),
        ((ONE, TWO, replace(ONE, code="Not a code", own=True)), "steps[2].code"),
        ((ONE, replace(ONE, code="own", own=True)), "steps"),
        ((ONE, TWO, *[replace(ONE, code="own", own=True)] * 2), "steps[3].code"),
    ],
)
def test_own_steps_do_not_hide_what_is_wrong_with_the_others(steps: tuple[Step, ...], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_steps(steps, ("one", "two"))

    assert refused.value.field == field
