"""The readout of an A/B test as JSON: each arm, each treatment against the control in two columns, and what to do."""

from typing import Literal

from pydantic import Field

from app.api.experiment_readout import UnequalResponseOut, unequal_out
from app.api.payloads import Out, usd
from app.domain.ab.readout import (
    ArmFigures,
    AtPlanned,
    Compared,
    Method,
    MetricReadout,
    Progress,
    TestName,
    TestReadout,
    ValidNow,
    Word,
)
from app.services.ab.readout import Known, Took


class ArmOut(Out):
    """One metric of one arm, in the metric's units; `low` to `high` is an interval for one look."""

    arm: str
    units: int
    values: int
    mean: float | None
    deviation: float | None
    low: float | None
    high: float | None


class AtPlannedOut(Out):
    """The test for one look. Before it is `reached` these figures say nothing: do not look at them as at a result."""

    reached: bool
    test: TestName
    diff: float | None
    low: float | None
    high: float | None
    relative: float | None = Field(description="difference as part of the control's mean")
    statistic: float | None = Field(description="z or t; the odds ratio of Fisher's test")
    p_value: float | None
    p_adjusted: float | None = Field(description="Holm for the primary metric, Benjamini-Hochberg for others")
    superiority: float | None = Field(description="P(a value of the arm is above one of the control), ties as halves")
    rank_p_value: float | None = Field(description="Mann-Whitney")
    table_p_value: float | None = Field(description="chi-square over the levels")


class ValidNowOut(Out):
    """What holds at every look, whenever one stops, over all arms together."""

    method: Method
    diff: float | None
    low: float | None
    high: float | None
    p_value: float
    running_p: float = Field(description="the least p-value so far")
    log_e_above: float = Field(description="ln of the e-value that the arm's mean is above the control's")
    log_e_under: float


class DescribedOut(Out):
    """Beliefs after Bayes, as a description: they are no reason to stop. Losses in units of the metric."""

    p_better: float
    loss_if_control_kept: float
    loss_if_arm_chosen: float


class CupedOut(Out):
    """The difference less what units did before, in units of the metric, for one look."""

    diff: float
    low: float | None
    high: float | None
    p_value: float | None
    variance_reduction: float | None


class ComparedOut(Out):
    """An arm against the control in two columns, and what stands beside them."""

    arm: str
    at_planned: AtPlannedOut
    valid_now: ValidNowOut
    described: DescribedOut | None
    cuped: CupedOut | None


class MetricOut(Out):
    """One metric, the primary one first; `measured_in` says what its figures are in."""

    metric: str
    measured_in: Literal["nano_usd", "ms", "share", "points", "number"]
    better: Literal["higher", "lower"]
    arms: list[ArmOut]
    against_control: list[ComparedOut]


class AbVerdictOut(Out):
    """A word and a sentence, by what holds at every look."""

    arm: str
    word: Word
    sentence: str


class SplitOut(Out):
    """Whether units come to the arms as was meant: `srm` for one look, `p_value_now` at every look."""

    chi2: float
    p_value: float
    srm: bool
    p_value_now: float


class CollectedOut(Out):
    """What there is of what the plan asks for; `days_left` at this pace, null while none can be told."""

    collected: dict[str, int]
    required: dict[str, int]
    units: int
    required_units: int
    reached: bool
    days_left: float | None


class ServedOut(Out):
    """What a flow's sessions took: figures that guard a rollout."""

    flow: str
    sessions: int
    runs: int
    error_rate: float | None
    cost_per_session_usd: str | None
    latency_ms: float | None


class AbReadoutOut(Out):
    """What an A/B test knows now. Without `trusted` units were lost on the way and no figure can be relied on."""

    name: str
    control: str
    same: bool = Field(description="an A/A test: all arms are one flow")
    share: int = Field(description="units that take part, 1/10 000 of the layer")
    metrics: list[MetricOut]
    verdicts: list[AbVerdictOut]
    best: str | None
    recommendation: str
    progress: CollectedOut
    split: SplitOut
    trusted: bool
    unequal_response: UnequalResponseOut | None
    served: list[ServedOut]
    warnings: list[str]


UNITS: dict[str, Literal["nano_usd", "ms", "share", "points", "number"]] = {
    "cost": "nano_usd",
    "latency": "ms",
    "rating": "points",
    "number": "number",
}


def ab_readout_out(known: Known) -> AbReadoutOut:
    """The readout as it is answered."""
    found = known.readout
    return AbReadoutOut(
        name=found.design.name,
        control=found.design.control,
        same=found.design.same,
        share=sum(high - low for low, high in found.design.slots),
        metrics=[_metric(found, one) for one in found.metrics],
        verdicts=[AbVerdictOut(arm=one.arm, word=one.word, sentence=one.sentence) for one in found.verdicts],
        best=found.best,
        recommendation=found.recommendation,
        progress=_progress(found.progress),
        split=SplitOut(
            chi2=found.split.chi2,
            p_value=found.split.p_value,
            srm=found.split.srm,
            p_value_now=found.split_now.p_value,
        ),
        trusted=found.trusted,
        unequal_response=None if found.unequal_response is None else unequal_out(found.unequal_response),
        served=[_took(one) for one in known.took],
        warnings=list(found.warnings),
    )


def _metric(found: TestReadout, one: MetricReadout) -> MetricOut:
    spec = next(metric for metric in found.design.metrics if metric.name == one.name)
    return MetricOut(
        metric=one.name,
        measured_in=UNITS.get(spec.kind, "share"),
        better=spec.better,
        arms=[_arm(arm) for arm in one.arms],
        against_control=[_compared(each, span=spec.span) for each in one.against_control],
    )


def _arm(arm: ArmFigures) -> ArmOut:
    return ArmOut(
        arm=arm.arm,
        units=arm.units,
        values=arm.n,
        mean=arm.mean,
        deviation=arm.deviation,
        low=arm.low,
        high=arm.high,
    )


def _compared(one: Compared, *, span: float) -> ComparedOut:
    past, believed = one.cuped, one.described
    return ComparedOut(
        arm=one.arm,
        at_planned=_planned(one.planned),
        valid_now=_now(one.now),
        described=None
        if believed is None
        else DescribedOut(
            p_better=believed.p_b_gt_a,
            loss_if_control_kept=believed.expected_loss_choose_a,
            loss_if_arm_chosen=believed.expected_loss_choose_b,
        ),
        cuped=None
        if past is None
        else CupedOut(
            diff=past.diff * span,
            low=None if past.low is None else past.low * span,
            high=None if past.high is None else past.high * span,
            p_value=past.p_value,
            variance_reduction=past.variance_reduction,
        ),
    )


def _planned(one: AtPlanned) -> AtPlannedOut:
    return AtPlannedOut(
        reached=one.reached,
        test=one.test,
        diff=one.diff,
        low=one.low,
        high=one.high,
        relative=one.relative,
        statistic=one.statistic,
        p_value=one.p_value,
        p_adjusted=one.p_adjusted,
        superiority=None if one.ranks is None else one.ranks.prob_superiority,
        rank_p_value=None if one.ranks is None else one.ranks.p_value,
        table_p_value=None if one.table is None else one.table.p_value,
    )


def _now(one: ValidNow) -> ValidNowOut:
    return ValidNowOut(
        method=one.method,
        diff=one.diff,
        low=one.low,
        high=one.high,
        p_value=one.p_value,
        running_p=one.running_p,
        log_e_above=one.log_e_above,
        log_e_under=one.log_e_under,
    )


def _progress(one: Progress) -> CollectedOut:
    return CollectedOut(
        collected=dict(one.collected),
        required=dict(one.required),
        units=one.units,
        required_units=one.required_units,
        reached=one.reached,
        days_left=one.days_left,
    )


def _took(one: Took) -> ServedOut:
    return ServedOut(
        flow=one.flow,
        sessions=one.sessions,
        runs=one.runs,
        error_rate=one.error_rate,
        cost_per_session_usd=usd(one.cost),
        latency_ms=one.latency_ms,
    )
