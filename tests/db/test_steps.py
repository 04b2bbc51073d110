"""Steps and limits come back from the store as they were, also what was written before steps could say so much."""

import orjson

from app.db.steps import limits_from, limits_row, steps_from
from app.db.types import dumps
from app.domain.flow import Choice, Each, Hook, OnError, Repeat, RunLimits, Step

LATER = ("own", "after", "when", "retries", "on_error", "output_schema", "each", "repeat", "hooks")
FULL = Step(
    "a",
    "p",
    Choice(("m/a",)),
    own=True,
    after=("b", "c"),
    when="outputs.b == 'x'",
    retries=2,
    on_error=OnError("step", step="d"),
    output_schema={"type": "array", "items": {"enum": [1, None, "x"]}},
    each=Each("parsed.b", most=7, at_once=3),
    repeat=Repeat(3, until="last"),
    hooks=(Hook("pii", {"keep": ["email"]}), Hook("guard")),
)


def test_steps_come_back_as_they_were() -> None:
    steps = (Step("a", "p", Choice(("m/a", "m/b"), None, "spread", (1, 2))), Step("b", "p", Choice(task="chat")))

    assert steps_from(orjson.loads(dumps(steps))) == steps


def test_a_choice_that_was_stored_without_a_balance_keeps_its_order() -> None:
    stored = orjson.loads(dumps((Step("a", "p", Choice(("m/a",))),)))
    stored[0]["choice"] = {"models": ["m/a"], "task": None}

    (step,) = steps_from(stored)

    assert step.choice == Choice(("m/a",))
    assert step.choice.balance == "order"


def test_all_that_a_step_says_comes_back() -> None:
    (step, at_once) = steps_from(orjson.loads(dumps((FULL, Step("b", "p", Choice(("m/a",)), after=())))))

    assert step == FULL
    assert at_once.after == ()


def test_a_step_that_was_stored_before_these_words_has_none_of_them() -> None:
    stored = orjson.loads(dumps((Step("a", "p", Choice(("m/a",))),)))
    for name in LATER:
        del stored[0][name]

    assert steps_from(stored) == (Step("a", "p", Choice(("m/a",))),)


def test_limits_are_stored_only_where_something_is_bounded() -> None:
    limits = RunLimits(deadline_s=2.5, max_cost=3)

    assert limits_from(orjson.loads(dumps(limits_row(limits)))) == limits
    assert limits_row(RunLimits()) is None
    assert limits_from(None) == RunLimits()
