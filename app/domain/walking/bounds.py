"""What one step may say of its tries, lists, rounds and failures."""

import math
from typing import Final

from app.domain.errors import Invalid
from app.domain.flow import MOST_AT_ONCE, MOST_ITEMS, MOST_RETRIES, MOST_ROUNDS, OnError, RunLimits, Step

LONGEST_RUN_S: Final = 86_400


def check_bounds(step: Step, *, field: str) -> None:
    """Raises Invalid, naming the field below `field`, for a number out of range or words that exclude each other."""
    _within(step.retries, 0, MOST_RETRIES, field=f"{field}.retries")
    if step.each is not None:
        _within(step.each.most, 1, MOST_ITEMS, field=f"{field}.each.most")
        _within(step.each.at_once, 1, MOST_AT_ONCE, field=f"{field}.each.at_once")
        if step.repeat is not None:
            raise Invalid("a step goes over a list or in rounds, not both: make it two steps", field=f"{field}.repeat")
    if step.repeat is not None:
        _within(step.repeat.most, 1, MOST_ROUNDS, field=f"{field}.repeat.most")
    _check_on_error(step.on_error, field=f"{field}.on_error")


def check_limits(limits: RunLimits, *, field: str = "limits") -> None:
    """Raises Invalid for a deadline that is no time or a cost below nothing."""
    deadline_s = limits.deadline_s
    if deadline_s is not None and not (math.isfinite(deadline_s) and 0 < deadline_s <= LONGEST_RUN_S):
        raise Invalid(f"seconds above 0 and up to {LONGEST_RUN_S} are expected", field=f"{field}.deadline_s")
    if limits.max_cost is not None and limits.max_cost < 0:
        raise Invalid("an amount of at least 0 is expected", field=f"{field}.max_cost_usd")


def _check_on_error(on_error: OnError, *, field: str) -> None:
    for name, given in (("value", on_error.value), ("step", on_error.step)):
        if given is None and on_error.action == name:
            raise Invalid(f"the action {name!r} needs a {name}", field=f"{field}.{name}")
        if given is not None and on_error.action != name:
            raise Invalid(f"a {name} belongs to the action {name!r}", field=f"{field}.{name}")


def _within(number: int, least: int, most: int, *, field: str) -> None:
    if not least <= number <= most:
        raise Invalid(f"a number from {least} to {most} is expected", field=field)
