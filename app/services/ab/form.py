"""The shape in which an A/B test is written down, the same at every door: HTTP, command line and pages."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from app.domain.ab.design import MOST_ARMS, MOST_METRICS, MOST_OVERRIDES
from app.domain.ab.metric import Aggregate, Better, Kind, Metric, Missing, metric_of
from app.domain.errors import Invalid
from app.domain.money import from_usd, to_usd
from app.services.ab.wanted import SHARE, WantedArm, WantedTest
from app.services.rollout_form import Code, Form, Part, Usd

FARTHEST: Final = 1e15
SAME: Final = (
    *("control", "power", "alpha", "side", "share", "layer", "unit", "max_days", "min_units", "auto_stop"),
    *("window_days", "pre_days", "same", "name"),
)
Number = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST)]
Amount = Annotated[float, Field(gt=0, le=FARTHEST)]


class ArmForm(Form):
    """A flow by its code. An arm is named as its flow is, in an A/A test by letter, unless `name` says otherwise.

    Either every arm has a `weight` or none, and they are all alike.
    """

    flow: Code
    name: Code | None = None
    weight: Annotated[int, Field(ge=1, le=10_000, description="share of those that take part, 1/10 000")] | None = None

    def wanted(self) -> WantedArm:
        """As the service takes it."""
        return WantedArm(self.flow, self.name, self.weight)


class MetricForm(Form):
    """What is measured of a unit. A `number` is known by the `name` under which it is reported.

    `low` to `high` is the range in which values count as they are, `high_usd` its end for `cost`.
    """

    kind: Kind
    name: Code | None = None
    low: Number | None = None
    high: Number | None = None
    high_usd: Usd | None = None
    better: Better | None = None
    aggregate: Aggregate | None = None
    missing: Missing | None = None

    def wanted(self, slowest_ms: float) -> Metric:
        """As the domain has it; `slowest_ms` ends the range of latency. Raises Invalid naming the field."""
        _check_money(self.kind, self, ("low", "high"), ("high_usd",))
        return metric_of(
            self.kind,
            name=self.name,
            low=self.low,
            high=_nanos(self.high_usd) if self.kind == "cost" else self.high,
            better=self.better,
            aggregate=self.aggregate,
            missing=self.missing,
            slowest_ms=slowest_ms,
        )


class BaselineForm(Form):
    """What is expected of a unit without any effect; what is left out is what current traffic shows.

    `mean` and `deviation` of the units' values, and the part of units that come to have one (`answering`).
    """

    mean: Number | None = None
    mean_usd: Usd | None = None
    deviation: Amount | None = None
    deviation_usd: Usd | None = None
    answering: Annotated[float, Field(gt=0, le=1)] | None = None


class AbForm(Form):
    """An A/B test of flows of one use case; effects are absolute, in units of the metric."""

    arms: Annotated[list[ArmForm], Field(min_length=2, max_length=MOST_ARMS)]
    metric: MetricForm
    mde: Amount | None = None
    mde_usd: Usd | None = None
    margin: Amount | None = None
    margin_usd: Usd | None = None
    power: Part = 0.8
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    side: Literal["two-sided", "greater", "less"] = "two-sided"
    baseline: BaselineForm = Field(default_factory=BaselineForm)
    secondary: Annotated[list[MetricForm], Field(max_length=MOST_METRICS - 1)] = Field(default_factory=list)
    control: Code | None = None
    share: Annotated[int, Field(ge=1, le=10_000, description="1/10 000 of the use case's units")] = SHARE
    layer: Code | None = None
    unit: Annotated[
        Literal["auto", "user_id", "correlation_id"],
        Field(description="who is randomised: the user, else the conversation; users alone; conversations alone"),
    ] = "auto"
    max_days: Annotated[float, Field(gt=0, le=3_650)] | None = None
    min_units: Annotated[int, Field(ge=2, le=1_000_000_000)] = 100
    auto_stop: bool = True
    window_days: Annotated[int, Field(ge=1, le=3_650)] = 30
    pre_days: Annotated[int, Field(ge=0, le=365)] = 28
    overrides: Annotated[dict[Code, Code], Field(max_length=MOST_OVERRIDES)] = Field(default_factory=dict)
    same: bool = False
    name: Annotated[str, Field(max_length=255)] = ""

    def wanted(self, slowest_ms: float) -> WantedTest:
        """As the service takes it; `slowest_ms` ends the range of latency. Raises Invalid naming the field."""
        kind, baseline = self.metric.kind, self.baseline
        _check_money(kind, self, ("mde", "margin"), ("mde_usd", "margin_usd"))
        _check_money(kind, baseline, ("mean", "deviation"), ("mean_usd", "deviation_usd"), at="baseline.")
        mde = _either(kind, self.mde, self.mde_usd)
        if mde is None:
            raise Invalid("the least effect that must be found is expected", field=_named(kind, "mde"))
        return WantedTest(
            arms=tuple(arm.wanted() for arm in self.arms),
            metric=_placed("metric", self.metric, slowest_ms),
            mde=mde,
            secondary=tuple(_placed(f"secondary[{at}]", each, slowest_ms) for at, each in enumerate(self.secondary)),
            margin=_either(kind, self.margin, self.margin_usd),
            baseline_mean=_either(kind, baseline.mean, baseline.mean_usd),
            baseline_deviation=_either(kind, baseline.deviation, baseline.deviation_usd),
            answering=baseline.answering,
            overrides=dict(self.overrides),
            **{name: getattr(self, name) for name in SAME},
        )


def written(wanted: WantedTest) -> dict[str, object]:
    """The form that says this, as JSON: what an author reads back, and may send again."""
    kind = wanted.metric.kind
    return {
        "arms": [{"flow": arm.flow, "name": arm.name, "weight": arm.weight} for arm in wanted.arms],
        "metric": _written_metric(wanted.metric),
        **_amounts(kind, {"mde": wanted.mde, "margin": wanted.margin}),
        "baseline": {
            **_amounts(kind, {"mean": wanted.baseline_mean, "deviation": wanted.baseline_deviation}),
            "answering": wanted.answering,
        },
        "secondary": [_written_metric(metric) for metric in wanted.secondary],
        "overrides": dict(wanted.overrides),
        **{name: getattr(wanted, name) for name in SAME},
    }


def _written_metric(metric: Metric) -> dict[str, object]:
    """A range that its kind implies is not said: it would be refused."""
    said = metric.kind in ("number", "latency")
    return {
        "kind": metric.kind,
        "name": metric.name,
        "low": metric.low if said else None,
        "high": metric.high if said else None,
        "high_usd": to_usd(round(metric.high)) if metric.kind == "cost" else None,
        "better": metric.better,
        "aggregate": metric.aggregate,
        "missing": metric.missing,
    }


def _amounts(kind: Kind, plain: Mapping[str, float | None]) -> dict[str, object]:
    """Each amount twice: as a number, and as money, of which one is null."""
    told: dict[str, object] = {}
    for name, value in plain.items():
        money = kind == "cost" and value is not None
        told[name] = None if money else value
        told[f"{name}_usd"] = to_usd(round(value)) if kind == "cost" and value is not None else None
    return told


def _placed(at: str, form: MetricForm, slowest_ms: float) -> Metric:
    try:
        return form.wanted(slowest_ms)
    except Invalid as error:
        unsaid = form.kind == "cost" and error.field == "high" and form.high is None
        field = "high_usd" if unsaid else error.field
        raise Invalid(error.message, field=f"{at}.{field}") from None


def _check_money(kind: Kind, form: Form, numbers: tuple[str, ...], money: tuple[str, ...], *, at: str = "") -> None:
    """Raises Invalid for an amount of money that is given as a number, or a number as money."""
    wrong, why = (numbers, "money is told in dollars") if kind == "cost" else (money, f"{kind} is no money")
    given = next((name for name in wrong if getattr(form, name) is not None), None)
    if given is not None:
        hint = f", as {given}_usd" if kind == "cost" and f"{given}_usd" in money else ""
        raise Invalid(why + hint, field=at + given)


def _either(kind: Kind, plain: float | None, money: str | None) -> float | None:
    return _nanos(money) if kind == "cost" else plain


def _named(kind: Kind, name: str) -> str:
    return f"{name}_usd" if kind == "cost" else name


def _nanos(money: str | None) -> float | None:
    return None if money is None else float(from_usd(money))
