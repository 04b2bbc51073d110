"""Reading makes the figures of an A/B test from the sums of its arms alone, however much was recorded."""

from collections.abc import Mapping
from datetime import timedelta

from scipy.special import stdtrit

from app.domain.ab import described, planned, verdict
from app.domain.ab.design import Design
from app.domain.ab.metric import Metric
from app.domain.ab.now import NO_LOOK, valid_now
from app.domain.ab.readout import ArmFigures, AtPlanned, Compared, Least, MetricReadout, Progress, TestReadout, Verdict
from app.domain.ab.sums import ArmSums
from app.domain.response_rates import UnequalResponse, unequal_response
from app.domain.statistics.cuped import Adjusted
from app.domain.statistics.means import Sample
from app.domain.statistics.proportions import wilson
from app.domain.statistics.split import THRESHOLD, srm, srm_anytime
from app.domain.weights import TOTAL

DAY = timedelta(days=1)
BARELY = 0.02  # days before which no pace is told


def read(
    design: Design,
    sums: Mapping[str, ArmSums],
    *,
    running: timedelta,
    at_plan: Mapping[str, ArmSums] | None = None,
    least: Mapping[str, Least] | None = None,
    over: bool = False,
) -> TestReadout:
    """The readout of these sums by arm.

    `at_plan`: the sums at the first look that found the planned number reached, which the planned test is of; None
    before. `least`: what former looks have left, by treatment. `running`: how long units were enrolled.
    """
    whole = {arm.name: sums.get(arm.name, ArmSums()) for arm in design.arms}
    fixed = None if at_plan is None else {arm.name: at_plan.get(arm.name, ArmSums()) for arm in design.arms}
    units = [whole[arm.name].units for arm in design.arms]
    weights = [arm.weight for arm in design.arms]
    split, split_now = srm(units, weights), srm_anytime(units, weights)
    progress = _progress(design, whole, running=running, is_reached=at_plan is not None)
    metrics = _metrics(design, whole, fixed, least or {})
    verdicts = _verdicts(design, whole, metrics[0], progress)
    trusted = split_now.p_value >= THRESHOLD and not split.srm
    best = verdict.best_of(design, verdicts, _means(design, whole)) if trusted and not design.same else None
    response = _response(design, whole)
    return TestReadout(
        design=design,
        metrics=metrics,
        verdicts=verdicts,
        split=split,
        split_now=split_now,
        trusted=trusted,
        unequal_response=response,
        progress=progress,
        best=best,
        recommendation=verdict.recommendation(design, verdicts, best, trusted=trusted, over=over),
        warnings=_warnings(design, whole, response, trusted=trusted),
    )


def _means(design: Design, sums: Mapping[str, ArmSums]) -> list[tuple[str, Sample | None]]:
    """The primary metric of each arm, None without values."""
    own = [(arm.name, sums[arm.name].of(design.metric)) for arm in design.arms]
    return [(name, one.sample if one.n else None) for name, one in own]


def _metrics(
    design: Design,
    sums: Mapping[str, ArmSums],
    fixed: Mapping[str, ArmSums] | None,
    least: Mapping[str, Least],
) -> tuple[MetricReadout, ...]:
    is_reached = fixed is not None
    tests = {
        metric.name: planned.at_planned(design, metric, fixed or sums, is_reached=is_reached)
        for metric in design.metrics
    }
    order = [arm.name for arm in design.treatments]
    primary = planned.adjusted([tests[design.metric.name][arm].p_value for arm in order], primary=True)
    family = [(metric.name, arm) for metric in design.secondary for arm in order]
    others = planned.adjusted([tests[name][arm].p_value for name, arm in family], primary=False)
    raised = dict(zip([(design.metric.name, arm) for arm in order], primary, strict=True))
    raised.update(zip(family, others, strict=True))
    past = described.adjusted(design, sums)
    return tuple(
        MetricReadout(
            name=metric.name,
            arms=tuple(_figures(metric, arm.name, sums[arm.name], alpha=design.goal.alpha) for arm in design.arms),
            against_control=tuple(
                _compared(
                    design,
                    metric,
                    arm,
                    sums,
                    planned.with_adjusted(tests[metric.name][arm], raised[metric.name, arm]),
                    past.get(arm) if metric is design.metric else None,
                    least.get(arm, NO_LOOK) if metric is design.metric else NO_LOOK,
                )
                for arm in order
            ),
        )
        for metric in design.metrics
    )


def _compared(
    design: Design,
    metric: Metric,
    arm: str,
    sums: Mapping[str, ArmSums],
    test: AtPlanned,
    past: Adjusted | None,
    least: Least,
) -> Compared:
    control, treatment = sums[design.control].of(metric), sums[arm].of(metric)
    return Compared(
        arm=arm,
        planned=test,
        now=valid_now(design, metric, control, treatment, least=least),
        described=described.believed(metric, control, treatment),
        cuped=past,
    )


def _figures(metric: Metric, arm: str, sums: ArmSums, *, alpha: float) -> ArmFigures:
    """Rates with Wilson's interval, means with Student's."""
    own = sums.of(metric)
    if own.n == 0:
        return ArmFigures(arm, sums.units, 0, None, None, None, None)
    sample, levels = own.sample, own.levels(metric)
    low: float | None = None
    high: float | None = None
    if metric.scale.kind == "binary" and levels:
        low, high = wilson(levels[1], own.n, confidence=1 - alpha)
    elif own.n > 1:
        half = float(stdtrit(own.n - 1, 1 - alpha / 2)) * sample.squared_error**0.5
        low, high = sample.mean - half, sample.mean + half
    return ArmFigures(
        arm=arm,
        units=sums.units,
        n=own.n,
        mean=metric.natural(sample.mean),
        deviation=sample.variance**0.5 * metric.span if own.n > 1 else None,
        low=None if low is None else metric.natural(low),
        high=None if high is None else metric.natural(high),
    )


def _verdicts(
    design: Design, sums: Mapping[str, ArmSums], primary: MetricReadout, progress: Progress
) -> tuple[Verdict, ...]:
    control = sums[design.control].of(design.metric).n
    return tuple(
        verdict.verdict(
            design,
            one.arm,
            one.now,
            values=(control, sums[one.arm].of(design.metric).n),
            progress=progress,
        )
        for one in primary.against_control
    )


def _progress(design: Design, sums: Mapping[str, ArmSums], *, running: timedelta, is_reached: bool) -> Progress:
    units = sum(one.units for one in sums.values())
    collected = {name: one.of(design.metric).n for name, one in sums.items()}
    required = {arm.name: design.required.by_arm[arm.name] for arm in design.arms}
    days = running / DAY
    left: float | None = None
    if is_reached or all(collected[name] >= need for name, need in required.items()):
        left = 0.0
    elif days > BARELY and all(collected.values()):
        left = max((need - collected[name]) * days / collected[name] for name, need in required.items())
    return Progress(collected, required, units, design.required.units, is_reached, left)


def _response(design: Design, sums: Mapping[str, ArmSums]) -> UnequalResponse | None:
    """Only of metrics that somebody gives: others are there for every unit."""
    if design.metric.missing == "zero" or design.metric.kind in ("cost", "latency", "failures"):
        return None
    names = [arm.name for arm in design.arms]
    rated = [sums[name].of(design.metric).n for name in names]
    return unequal_response(names, sessions=[sums[name].units for name in names], rated=rated)


def _warnings(
    design: Design, sums: Mapping[str, ArmSums], response: UnequalResponse | None, *, trusted: bool
) -> tuple[str, ...]:
    found: list[str] = []
    if not trusted:
        told = ", ".join(f"{arm.name} {sums[arm.name].units} (meant {arm.weight / TOTAL:.1%})" for arm in design.arms)
        found.append(f"Sample ratio mismatch: units came to the arms as {told}. Something loses units of one arm.")
    if response is not None:
        found.append(response.sentence)
    if not design.auto_stop and design.max_days is None:
        found.append("Nothing ends this test by itself: look after it, or set a longest duration.")
    return tuple(found)
