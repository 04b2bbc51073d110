"""A plan says, before an A/B test begins, how many units it takes, how long that lasts, and what it can find."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.domain.ab.design import Arm, Expected, Goal, Required, check_metrics, required
from app.domain.ab.metric import Metric
from app.domain.errors import Invalid
from app.domain.weights import TOTAL
from app.services import traffic
from app.services.ab.designing import arms_of, check_overrides, control_of, goal_of
from app.services.ab.observed import Observed, traffic_of
from app.services.ab.plan_warnings import warnings
from app.services.ab.wanted import WantedTest
from app.services.world import World

Source = Literal["given", "observed", "assumed"]
HORIZONS: Final = (7, 14, 28)
ENOUGH: Final = 30  # values of the control alone; with fewer, those of all flows say more
PRECISE: Final = 1e-3  # of the effect that is looked for
NAMES: Final = {
    "expected.mean": "baseline.mean",
    "expected.deviation": "baseline.deviation",
    "expected.answering": "baseline.answering",
}
MONEY: Final = ("mde", "baseline.mean", "baseline.deviation")  # an amount of money is asked for in dollars


@dataclass(frozen=True, slots=True)
class Findable:
    """With the `units` of so many days the test finds an effect of `mde`, None when no effect is large enough."""

    days: int
    units: int
    mde: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a wanted test takes.

    `sources` say of `mean`, `deviation` and `answering` of `expected` where they come from. `days` is None without any
    traffic.
    """

    arms: tuple[Arm, ...]
    goal: Goal
    expected: Expected
    sources: Mapping[str, Source]
    observed: Observed
    required: Required
    days: float | None
    findable: tuple[Findable, ...]
    warnings: tuple[str, ...]


def slowest_ms(world: World) -> float:
    """Where the range of latency ends unless said otherwise: how long a run may take."""
    return world.policy.run_timeout_s * 1000


def plan(world: World, use_case_code: str, wanted: WantedTest) -> Plan:
    """The plan, by the traffic of now where no baseline is given; nothing is stored.

    Raises NotFound, Conflict for an inactive flow, Invalid naming what does not fit: `baseline.mean` or
    `baseline.deviation` when it is neither given nor seen.
    """
    use_case = traffic.known_use_case(world, use_case_code)
    arms = arms_of(world.snapshots.current.flows.get(use_case.id, ()), wanted)
    check_metrics((wanted.metric, *wanted.secondary))
    check_overrides(wanted.overrides, [arm.name for arm in arms])
    if not wanted.mde > 0:
        raise _invalid(wanted.metric, "an effect above 0 is expected", "mde")
    control = control_of(wanted, [arm.name for arm in arms])
    observed, of_all_flows = _observed(world, use_case_code, wanted, arms, control)
    expected, sources = _expected(wanted, observed)
    asked = _Asked(wanted.metric, goal_of(wanted), expected, {arm.name: arm.weight for arm in arms}, control)
    needed = asked.required()
    per_day = observed.units_per_day * wanted.share / TOTAL
    days = needed.units / per_day if per_day > 0 else None
    told = warnings(
        wanted,
        needed=needed,
        of_two=replace(asked, weights={"": TOTAL // 2, "other": TOTAL // 2}, control="").required().units,
        days=days,
        observed=observed,
        sources=sources,
        of_all_flows=of_all_flows,
    )
    return Plan(
        arms=arms,
        goal=asked.goal,
        expected=expected,
        sources=sources,
        observed=observed,
        required=needed,
        days=days,
        findable=tuple(Findable(length, int(per_day * length), asked.found(per_day * length)) for length in HORIZONS),
        warnings=tuple(told),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What decides how many units are needed; `weights` in 1/10 000 by arm."""

    metric: Metric
    goal: Goal
    expected: Expected
    weights: Mapping[str, int]
    control: str

    def required(self) -> Required:
        """Raises Invalid by the names that an author knows."""
        if self.goal.mde > self._room():
            raise _invalid(self.metric, "with that effect the mean would leave the range of the metric", "mde")
        try:
            return required(self.metric, self.goal, self.expected, weights=self.weights, control=self.control)
        except Invalid as error:
            raise _invalid(self.metric, error.message, NAMES.get(error.field, error.field)) from None

    def found(self, units: float) -> float | None:
        """The least effect that so many units find: the larger it is the fewer it needs, so that it can be enclosed."""
        high = self._room() * (1 - 1e-9)  # less a hair, for sums of floats end beside 0 and 1
        if not self._enough(high, units):
            return None
        low = high * 1e-6  # beneath that nobody looks
        if self._enough(low, units):
            return low
        while high > low * (1 + PRECISE):
            middle = (low * high) ** 0.5
            low, high = (low, middle) if self._enough(middle, units) else (middle, high)
        return high

    def _enough(self, mde: float, units: float) -> bool:
        try:
            return replace(self, goal=replace(self.goal, mde=mde)).required().units <= units
        except Invalid:  # no number of units finds it
            return False

    def _room(self) -> float:
        """The largest effect that there is room for."""
        up, down = self.metric.high - self.expected.mean, self.expected.mean - self.metric.low
        return {"greater": up, "less": down}.get(self.goal.side, max(up, down))


def _observed(
    world: World, use_case_code: str, wanted: WantedTest, arms: tuple[Arm, ...], control: str
) -> tuple[Observed, bool]:
    """What the control's flow shows; of all flows, which is told, where that is too little."""
    flow = next(arm.flow_id for arm in arms if arm.name == control)
    own = traffic_of(world, use_case_code, wanted.metric, unit=wanted.unit, flow_ids=[flow])
    if own.values >= ENOUGH:
        return own, False
    every = traffic_of(world, use_case_code, wanted.metric, unit=wanted.unit)
    return (every, True) if every.values > own.values else (own, False)


def _expected(wanted: WantedTest, seen: Observed) -> tuple[Expected, dict[str, Source]]:
    """What is given, else what was seen; the deviation of a rate follows from its mean. Raises Invalid for neither."""
    metric = wanted.metric
    mean, of_mean = _first(metric, "mean", wanted.baseline_mean, seen.mean)
    if not metric.low <= mean <= metric.high:
        raise _invalid(metric, "what is expected lies outside the range of the metric", "baseline.mean")
    if metric.scale.kind == "binary" and wanted.baseline_deviation is None:
        deviation, of_deviation = (mean * (1 - mean)) ** 0.5, of_mean
    else:
        deviation, of_deviation = _first(metric, "deviation", wanted.baseline_deviation, seen.deviation)
    sources: dict[str, Source] = {"mean": of_mean, "deviation": of_deviation}
    if wanted.answering is not None:
        return Expected(mean, deviation, wanted.answering), {**sources, "answering": "given"}
    if seen.answering:
        return Expected(mean, deviation, seen.answering), {**sources, "answering": "observed"}
    return Expected(mean, deviation, 1.0), {**sources, "answering": "assumed"}


def _first(metric: Metric, name: str, given: float | None, seen: float | None) -> tuple[float, Source]:
    if given is not None:
        return given, "given"
    if seen is None:
        why = f"current traffic does not show the {name} of {metric.name!r}; say what is expected"
        raise _invalid(metric, why, f"baseline.{name}")
    return seen, "observed"


def _invalid(metric: Metric, message: str, field: str) -> Invalid:
    return Invalid(message, field=f"{field}_usd" if metric.kind == "cost" and field in MONEY else field)
