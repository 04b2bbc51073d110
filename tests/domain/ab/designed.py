"""Designs and sums for tests of A/B tests: made with few words, and summed up from raw values as the store would."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.ab.design import Arm, Design, Expected, Goal, Required
from app.domain.ab.metric import UNIT, Metric, metric_of
from app.domain.ab.sums import ArmSums, Before, Sums, cell, square
from app.domain.weights import scaled

CONVERSION = metric_of("conversion")
RATING = metric_of("rating")
THUMB = metric_of("thumb")
QUALITY = metric_of("quality")


def design(metric: Metric = THUMB, *, arms: int = 2, **given: Any) -> Design:
    """A test of arms a, b, c…, all alike, against a; figures of the goal and the numbers needed may be given."""
    names = [chr(ord("a") + at) for at in range(arms)]
    weights = scaled(dict.fromkeys(names, 1))
    goal = {name: given.pop(name) for name in ("mde", "margin", "power", "alpha", "side") if name in given}
    need = given.pop("need", 500)
    known: dict[str, Any] = {
        "name": "test",
        "arms": tuple(Arm(name, f"flow-{name}", f"id-{name}", weights[name]) for name in names),
        "control": "a",
        "metric": metric,
        "goal": Goal(**{"mde": 0.1, "margin": 0.1, **goal}),
        "expected": Expected(0.5, 0.5),
        "required": Required(dict.fromkeys(names, need), need * arms),
        "layer": "layer",
        "slots": ((0, 10_000),),
    }
    return Design(**{**known, **given})


def summed(values: Sequence[int], before: Sequence[int | None] = ()) -> Sums:
    """The sums of these values 0…1 in parts of 1e-9; `before`: what the same units did before, where it is known."""
    cells = [0] * 5
    for value in values:
        cells[cell(value)] += 1
    known = [(x, y) for x, y in zip(before, values, strict=False) if x is not None]
    return Sums(
        n=len(values),
        total=sum(values),
        squares=sum(square(value) for value in values),
        cells=(cells[0], cells[1], cells[2], cells[3], cells[4]),
        before=Before(
            n=len(known),
            x=sum(x for x, _ in known),
            xx=sum(square(x) for x, _ in known),
            xy=sum(x * y for x, y in known),
            y=sum(y for _, y in known),
        ),
    )


def of_rates(wins: int, n: int) -> Sums:
    """So many values of 1, and the rest of 0."""
    return summed([UNIT] * wins + [0] * (n - wins))


def of_values(values: Sequence[float]) -> Sums:
    """The sums of values 0…1."""
    return summed([round(value * UNIT) for value in values])


def whole(metric: Metric, arms: Mapping[str, Sums], units: int | None = None) -> dict[str, ArmSums]:
    """Arms of which each unit has a value, or of so many `units` each."""
    return {name: ArmSums(units or sums.n, {metric.name: sums}) for name, sums in arms.items()}
