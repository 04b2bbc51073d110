"""Codes are plain, steps are unique, and an active use case is protected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import use_case as rules
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.use_case import StepSpec, UseCase
from tests.worlds import NOON


def make(*, active: bool = True) -> UseCase:
    """A use case of two steps."""
    steps = (StepSpec("one"), StepSpec("two"))
    return UseCase("u1", "uc", "", "", "generic", active, steps, "salt", None, NOON, NOON)


@pytest.mark.parametrize("code", ["a", "0", "a-b_c", "x" * 255])
def test_good_codes_pass(code: str) -> None:
    assert rules.check_code(code, field="code") == code


@pytest.mark.parametrize("code", ["", "-a", "a-", "_", "A", "a b", "ä", "a\n", "x" * 256])
def test_bad_codes_name_their_field(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_code(code, field="here")

    assert refused.value.field == "here"


@given(st.text(max_size=8))
def test_a_code_needs_no_escaping_in_an_address(code: str) -> None:
    try:
        rules.check_code(code, field="code")
    except Invalid:
        return
    assert code.isascii()
    assert set(code) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    ("steps", "field"),
    [((), "steps"), ((StepSpec("a"), StepSpec("a")), "steps[1].code"), ((StepSpec("A"),), "steps[0].code")],
)
def test_bad_steps_name_their_place(steps: tuple[StepSpec, ...], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_steps(steps)

    assert refused.value.field == field


def test_only_declared_steps_can_be_asked_for() -> None:
    make().require_step("two")

    with pytest.raises(NotFound):
        make().require_step("three")


def test_the_rules_of_activity() -> None:
    rules.check_activation(active_flows=1)
    rules.check_code_change(make(), "uc")
    rules.check_code_change(make(active=False), "new")
    rules.check_deletion(make(active=False))

    for code, attempt in (
        ("no-active-flow", lambda: rules.check_activation(active_flows=0)),
        ("use-case-active", lambda: rules.check_code_change(make(), "new")),
        ("use-case-active", lambda: rules.check_deletion(make())),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == code
