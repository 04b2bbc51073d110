"""A design is what an A/B test was going to be before anything was seen; it is frozen when the test starts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from app.domain.ab.metric import Metric
from app.domain.ab.slots import Ranges
from app.domain.errors import Invalid
from app.domain.statistics.alternatives import Side
from app.domain.statistics.sample_size import size_for_means, size_for_proportions
from app.domain.weights import TOTAL

UnitBy = Literal["auto", "user_id", "correlation_id"]
MOST_ARMS: Final = 20
MOST_METRICS: Final = 10
MOST_OVERRIDES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Arm:
    """A flow's part in the test: `weight` in 1/10 000 of the units that take part."""

    name: str
    flow: str
    flow_id: str
    weight: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a unit without any effect: the `mean` of its value and its `deviation`, in metric's units.

    `answering`: the part of units that come to have a value.
    """

    mean: float
    deviation: float
    answering: float = 1.0


@dataclass(frozen=True, slots=True)
class Required:
    """How many values each arm needs for the planned test, by name, and how many units that takes in all."""

    by_arm: Mapping[str, int]
    units: int

    @property
    def values(self) -> int:
        """Values of all arms together."""
        return sum(self.by_arm.values())


@dataclass(frozen=True, slots=True)
class Goal:
    """What the test must be able to find: an absolute effect of `mde`, in the metric's units, with this `power`.

    `alpha`: P(an effect is claimed where there is none), over all arms. `side` is of B − A as it is, not as it is
    liked. An effect inside ±`margin` does not matter to anybody.
    """

    mde: float
    margin: float
    power: float = 0.8
    alpha: float = 0.05
    side: Side = "two-sided"


@dataclass(frozen=True, slots=True)
class Design:
    """One A/B test. The `control` arm is the one that others are compared with; `metric` is the primary one.

    `slots` of `layer` are the units that take part. `overrides`: the arm of testers by unit, who count for nothing.
    `min_units` with a value in every arm come before any verdict. Facts count until `window_days` after their session
    began. `pre_days`: how far back what a unit did before is looked for (CUPED), 0 for not at all. `same`: all arms are
    one flow, and whatever is found is chance (an A/A test).
    """

    name: str
    arms: tuple[Arm, ...]
    control: str
    metric: Metric
    goal: Goal
    expected: Expected
    required: Required
    layer: str
    slots: Ranges
    secondary: tuple[Metric, ...] = ()
    unit: UnitBy = "auto"
    max_days: float | None = None
    min_units: int = 100
    auto_stop: bool = True
    window_days: int = 30
    pre_days: int = 28
    overrides: Mapping[str, str] = field(default_factory=dict)
    same: bool = False

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All of them, the primary first."""
        return (self.metric, *self.secondary)

    @property
    def weights(self) -> Mapping[str, int]:
        """In 1/10 000 by arm."""
        return {arm.name: arm.weight for arm in self.arms}

    @property
    def treatments(self) -> tuple[Arm, ...]:
        """The arms that are compared with the control."""
        return tuple(arm for arm in self.arms if arm.name != self.control)

    def arm(self, name: str) -> Arm:
        """The arm of that name, which is known to be there."""
        return next(arm for arm in self.arms if arm.name == name)


def check_arms(arms: Sequence[Arm], *, control: str, same: bool) -> None:
    """Raises Invalid, naming the field, for fewer than two arms, two alike, weights that do not sum to 10 000."""
    if not 2 <= len(arms) <= MOST_ARMS:
        raise Invalid(f"2 to {MOST_ARMS} arms are compared", field="arms")
    names: dict[str, int] = {}
    flows: dict[str, int] = {}
    for at, arm in enumerate(arms):
        if not same and flows.setdefault(arm.flow, at) != at:
            raise Invalid(f"flow {arm.flow!r} stands twice; identical arms are an A/A test", field=f"arms[{at}].flow")
        if names.setdefault(arm.name, at) != at:
            raise Invalid(f"the name {arm.name!r} stands twice", field=f"arms[{at}].name")
        if arm.weight < 1:
            raise Invalid("an arm without units cannot be compared", field=f"arms[{at}].weight")
    total = sum(arm.weight for arm in arms)
    if total != TOTAL:
        raise Invalid(f"weights sum to {total}, not to {TOTAL}", field="arms")
    if control not in names:
        raise Invalid(f"there is no arm {control!r}", field="control")
    if same and len({arm.flow for arm in arms}) > 1:
        raise Invalid("the arms of an A/A test are one flow", field="arms")


def check_metrics(metrics: Sequence[Metric]) -> None:
    """Raises Invalid for too many, or two of one name."""
    if len(metrics) > MOST_METRICS:
        raise Invalid(f"at most {MOST_METRICS} metrics are followed", field="secondary")
    names: set[str] = set()
    for at, metric in enumerate(metrics):
        if metric.name in names:
            raise Invalid(f"metric {metric.name!r} stands twice", field=f"secondary[{at - 1}].name")
        names.add(metric.name)


def required(metric: Metric, goal: Goal, expected: Expected, *, weights: Mapping[str, int], control: str) -> Required:
    """The least numbers with which each arm, against the control, finds an effect of `mde` with the wanted power.

    With k treatments each is tested at alpha/k (Bonferroni), which Holm's procedure never needs more than. Rates by
    J. Cohen's arcsine effect, means by the t test; arms of unequal size are given the same standard error as equal
    ones: 1/n_A + 1/n_B = 2/n. Raises Invalid naming `mde`, `alpha`, `power` or `expected` when nothing can be planned.
    """
    rivals = [name for name in weights if name != control]
    alpha = goal.alpha / max(1, len(rivals))
    found: dict[str, float] = {}
    for rival in rivals:
        ratio = weights[rival] / weights[control]
        control_needs = _of_control(metric, goal, expected, alpha=alpha, ratio=ratio)
        found[control] = max(found.get(control, 0.0), control_needs)
        found[rival] = control_needs * ratio
    whole = max(found[name] / weights[name] for name in found)  # the arm that waits longest decides
    by_arm = {name: math.ceil(found[name]) for name in weights}
    answering = expected.answering if metric.missing == "ignore" else 1.0
    if not 0 < answering <= 1:
        raise Invalid("a part of the units above 0, at most 1, is expected", field="expected.answering")
    units = max(whole * TOTAL, sum(by_arm.values()))
    return Required(by_arm, math.ceil(units / answering))


def _of_control(metric: Metric, goal: Goal, expected: Expected, *, alpha: float, ratio: float) -> float:
    if not 0 < goal.mde < math.inf:
        raise Invalid("an effect above 0, in units of the metric, is expected", field="mde")
    if metric.scale.kind == "binary":
        return _of_rate(goal, expected, alpha=alpha, ratio=ratio)
    if not 0 < expected.deviation < math.inf:
        raise Invalid("a standard deviation above 0 is expected", field="expected.deviation")
    signed = -goal.mde if goal.side == "less" else goal.mde
    equal = size_for_means(signed, expected.deviation, power=goal.power, alpha=alpha, side=goal.side)
    return equal * (1 + 1 / ratio) / 2


def _of_rate(goal: Goal, expected: Expected, *, alpha: float, ratio: float) -> float:
    """For the direction that the side asks for; for both sides the one that there is room for, else the harder one."""
    if not 0 <= expected.mean <= 1:
        raise Invalid("a rate lies between 0 and 1", field="expected.mean")
    ends = {"greater": (goal.mde,), "less": (-goal.mde,)}.get(goal.side, (goal.mde, -goal.mde))
    sizes = [
        size_for_proportions(
            expected.mean, expected.mean + move, power=goal.power, alpha=alpha, ratio=ratio, side=goal.side
        )
        for move in ends
        if 0 <= expected.mean + move <= 1
    ]
    if not sizes:
        raise Invalid("with that effect the rate would leave 0…1", field="mde")
    return max(sizes)
