"""What a step says of its tries, lists, rounds and failures is within bounds, or names its place."""

import math

import pytest

from app.domain.errors import Invalid
from app.domain.flow import Each, OnError, Repeat, RunLimits, Step
from app.domain.walking.bounds import check_bounds, check_limits
from tests.domain.walking.flows import step


@pytest.mark.parametrize(
    "good",
    [
        step("a"),
        step("a", retries=5, each=Each("x", 1_000, 32)),
        step("a", repeat=Repeat(20)),
        step("a", on_error=OnError("value", value="")),
        step("a", on_error=OnError("step", step="b")),
        step("a", on_error=OnError("skip")),
    ],
)
def test_what_is_within_bounds_is_taken(good: Step) -> None:
    check_bounds(good, field="steps[0]")


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (step("a", retries=6), "retries"),
        (step("a", retries=-1), "retries"),
        (step("a", each=Each("x", most=0)), "each.most"),
        (step("a", each=Each("x", most=1_001)), "each.most"),
        (step("a", each=Each("x", at_once=0)), "each.at_once"),
        (step("a", each=Each("x", at_once=33)), "each.at_once"),
        (step("a", repeat=Repeat(0)), "repeat.most"),
        (step("a", repeat=Repeat(21)), "repeat.most"),
        (step("a", repeat=Repeat(2), each=Each("x")), "repeat"),
        (step("a", on_error=OnError("value")), "on_error.value"),
        (step("a", on_error=OnError("step")), "on_error.step"),
        (step("a", on_error=OnError("fail", value="x")), "on_error.value"),
        (step("a", on_error=OnError("skip", step="x")), "on_error.step"),
    ],
)
def test_what_is_beyond_them_names_its_place(bad: Step, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_bounds(bad, field="steps[3]")

    assert refused.value.field == f"steps[3].{field}"


def test_limits_of_a_run_are_a_time_and_an_amount() -> None:
    for good in (RunLimits(), RunLimits(0.1, 0), RunLimits(86_400, 10**15)):
        check_limits(good)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (RunLimits(deadline_s=0), "limits.deadline_s"),
        (RunLimits(deadline_s=math.nan), "limits.deadline_s"),
        (RunLimits(deadline_s=math.inf), "limits.deadline_s"),
        (RunLimits(deadline_s=86_401), "limits.deadline_s"),
        (RunLimits(max_cost=-1), "limits.max_cost_usd"),
    ],
)
def test_limits_that_are_neither_are_refused(bad: RunLimits, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_limits(bad)

    assert refused.value.field == field
