"""Steps come back from the store as they were, also those that were written before a choice could be balanced."""

import orjson

from app.db.steps import steps_from
from app.db.types import dumps
from app.domain.flow import Choice, Step


def test_steps_come_back_as_they_were() -> None:
    steps = (Step("a", "p", Choice(("m/a", "m/b"), None, "spread", (1, 2))), Step("b", "p", Choice(task="chat")))

    assert steps_from(orjson.loads(dumps(steps))) == steps


def test_a_choice_that_was_stored_without_a_balance_keeps_its_order() -> None:
    stored = orjson.loads(dumps((Step("a", "p", Choice(("m/a",))),)))
    stored[0]["choice"] = {"models": ["m/a"], "task": None}

    (step,) = steps_from(stored)

    assert step.choice == Choice(("m/a",))
    assert step.choice.balance == "order"
