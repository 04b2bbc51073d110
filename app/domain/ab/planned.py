"""The figures of one look at the planned number of values: the test that the design promised, and its interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.ab.design import Design
from app.domain.ab.metric import Metric
from app.domain.ab.readout import AtPlanned
from app.domain.ab.sums import ArmSums, Sums
from app.domain.statistics.alternatives import Side
from app.domain.statistics.means import welch
from app.domain.statistics.multiplicity import benjamini_hochberg, holm
from app.domain.statistics.proportions import newcombe, two_proportion_z
from app.domain.statistics.ranks import mann_whitney
from app.domain.statistics.tables import chi_square, fisher_exact

FEWEST = 5.0  # expected in a cell of the table; under it the z test is not to be trusted


def reached(design: Design, sums: Mapping[str, ArmSums]) -> bool:
    """Whether every arm has the values that the planned test needs."""
    return all(sums[name].of(design.metric).n >= need for name, need in design.required.by_arm.items())


def at_planned(
    design: Design, metric: Metric, sums: Mapping[str, ArmSums], *, is_reached: bool
) -> Mapping[str, AtPlanned]:
    """By treatment, without adjustment. `sums` as they stood when the planned number was reached, else of now."""
    control = sums[design.control].of(metric)
    return {
        arm.name: _compared(design, metric, control, sums[arm.name].of(metric), is_reached=is_reached)
        for arm in design.treatments
    }


def adjusted(p_values: Sequence[float | None], *, primary: bool) -> list[float | None]:
    """Holm's p-values for a primary metric, those of Benjamini and Hochberg for others; tests without one stay so."""
    known = [p for p in p_values if p is not None]
    raised = iter(holm(known) if primary else benjamini_hochberg(known))
    return [None if p is None else next(raised) for p in p_values]


def _compared(design: Design, metric: Metric, control: Sums, treatment: Sums, *, is_reached: bool) -> AtPlanned:
    if min(control.n, treatment.n) < 1:
        return AtPlanned(is_reached, "none", None, None, None, None, None, None)
    a, b = control.levels(metric), treatment.levels(metric)
    if metric.scale.kind == "binary" and a and b:
        return _rates(design, metric, a, b, is_reached=is_reached)
    found = welch(control.sample, treatment.sample, alpha=design.goal.alpha, side=design.goal.side)
    span = metric.span
    return AtPlanned(
        reached=is_reached,
        test="Welch t",
        diff=found.diff * span,
        low=None if found.low is None else found.low * span,
        high=None if found.high is None else found.high * span,
        relative=_relative(metric, control.sample.mean, found.diff),
        statistic=found.t,
        p_value=found.p_value,
        ranks=mann_whitney(a, b, side=design.goal.side) if a and b else None,
        table=chi_square([a, b]) if a and b else None,
    )


def _rates(design: Design, metric: Metric, a: Sequence[int], b: Sequence[int], *, is_reached: bool) -> AtPlanned:
    (_, wins_a), (_, wins_b) = a, b
    n_a, n_b = sum(a), sum(b)
    low, high = newcombe(wins_a, n_a, wins_b, n_b, confidence=1 - design.goal.alpha)
    wins, both = wins_a + wins_b, n_a + n_b
    few = min(wins, both - wins) * min(n_a, n_b) < FEWEST * both
    exact = fisher_exact([[b[1], b[0]], [a[1], a[0]]])
    found = two_proportion_z(wins_a, n_a, wins_b, n_b, side=design.goal.side)
    return AtPlanned(
        reached=is_reached,
        test="Fisher exact" if few else "two-proportion z",
        diff=found.diff * metric.span,
        low=low * metric.span,
        high=high * metric.span,
        relative=_relative(metric, wins_a / n_a, found.diff),
        statistic=exact.odds_ratio if few and exact.odds_ratio not in (None, math.inf) else None if few else found.z,
        p_value=_one_sided(exact.p_value, found.diff, design.goal.side) if few else found.p_value,
        table=chi_square([a, b]),
    )


def _one_sided(p_value: float, diff: float, side: Side) -> float:
    """Fisher's two-sided p-value holds for one side too, if the difference lies there; else there is no evidence."""
    if side == "two-sided":
        return p_value
    return p_value if (diff > 0) == (side == "greater") else 1.0


def _relative(metric: Metric, mean: float, diff: float) -> float | None:
    """The difference as part of the control's mean; None where that is 0 or below."""
    base = metric.natural(mean)
    return diff * metric.span / base if base > 0 else None


def with_adjusted(found: AtPlanned, p_value: float | None) -> AtPlanned:
    """The test with its p-value adjusted for all that are looked at together."""
    return replace(found, p_adjusted=p_value)
