"""The goals read for every rule, and whether ours meets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.calibration.goals import GOALS, OURS, RULES, Form, Goal, Played, Reading

Mark = Literal["stretch", "met", "missed", "–"]


@dataclass(frozen=True, slots=True)
class Row:
    """One goal with what was read for each rule and the mark of ours; "–" where no scenario says anything."""

    goal: Goal
    readings: Mapping[str, Reading | None]

    @property
    def mark(self) -> Mark:
        """How far ours came."""
        found = self.readings[OURS]
        if found is None:
            return "–"
        if self.goal.meets(found.value, self.goal.stretch):
            return "stretch"
        return "met" if self.goal.meets(found.value, self.goal.goal) else "missed"


def judged(played: Played) -> list[Row]:
    """Every goal."""
    return [Row(goal, {rule: goal.read(played, rule) for rule in RULES}) for goal in GOALS]


def shown(reading: Reading | None, form: Form) -> str:
    """The figure as a person reads it, with its interval where it has one."""
    if reading is None:
        return "–"
    if form == "times":
        return f"{reading.value:.2f}×"
    if form == "count":
        return f"{reading.value:,.0f}".replace(",", " ")
    text = f"{100 * reading.value:.1f} %"
    if reading.interval is None:
        return text
    low, high = reading.interval
    return f"{text} ({100 * low:.1f}–{100 * high:.1f})"


def bound(goal: Goal, value: float) -> str:
    """The bound with its direction."""
    sign = "≥" if goal.at_least else "≤"
    match goal.form:
        case "percent":
            return f"{sign} {100 * value:g} %"
        case "times":
            return f"{sign} {value:g}×"
        case "count":
            return f"{sign} {value:g}"


def cells(row: Row) -> list[str]:
    """The row as text: goal, bound, stretch, mark, and the figure of each rule."""
    goal = row.goal
    figures = [shown(row.readings[rule], goal.form) for rule in RULES]
    return [goal.name, bound(goal, goal.goal), bound(goal, goal.stretch), row.mark, *figures]


def heads() -> list[str]:
    """What stands over `cells`."""
    return ["goal", "bound", "stretch", "ours is", *RULES]
