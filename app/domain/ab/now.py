"""The figures that hold at every look: one may watch them grow, and stop when they say so.

Two procedures share alpha, half each, so that both together are wrong as seldom as one: betting, exact at any number,
and the asymptotic confidence sequence, narrower, from 100 values an arm on of which at least 10 carry the mean: before
that a rare answer that has not come yet looks like one that never comes. With k treatments each has alpha/k.
"""

import math
from typing import Final

from app.domain.ab.design import Design
from app.domain.ab.metric import Metric
from app.domain.ab.readout import Least, ValidNow
from app.domain.ab.sums import Sums
from app.domain.certification import exact_log_e_matrix
from app.domain.confidence import confidence_sequence
from app.domain.statistics.anytime import ConfidenceSequence, asymptotic_sequence

FEWEST: Final = 100  # values an arm, from which sums are close enough to normal
CARRIERS: Final = 10.0  # of them; simulated 1 % rates in unequal arms were claimed to differ in 36 % without it
PROCEDURES: Final = 2
NO_LOOK: Final = Least()


def valid_now(design: Design, metric: Metric, control: Sums, treatment: Sums, *, least: Least = NO_LOOK) -> ValidNow:
    """The treatment against the control; `least` is what former looks have left.

    p is the least of both procedures' p-values, times 2 and times the treatments (Bonferroni): P(it is ever ≤ alpha
    while no arm differs) ≤ alpha.
    """
    alpha = design.goal.alpha / len(design.treatments) / PROCEDURES
    above, under = _log_e(metric, control, treatment)
    sequence = _sequence(design, control, treatment, alpha=alpha)
    exact_p = min(1.0, 2 * math.exp(-max(above, under, 0.0)))
    either = exact_p if sequence is None or sequence.p_value is None else min(exact_p, sequence.p_value)
    p_value = min(1.0, either * PROCEDURES * len(design.treatments))
    low, high = _interval(metric, control, treatment, sequence, alpha=alpha)
    known = min(control.n, treatment.n) > 0
    span = metric.span
    diff = (treatment.sample.mean - control.sample.mean) * span if known else None
    return ValidNow(
        method="exact" if sequence is None else "asymptotic",
        diff=diff,
        low=None if low is None else low * span,
        high=None if high is None else high * span,
        p_value=p_value,
        running_p=min(p_value, least.p_value),
        log_e_above=above,
        log_e_under=under,
        running_diff=diff if p_value <= least.p_value else least.diff,
    )


def _log_e(metric: Metric, control: Sums, treatment: Sums) -> tuple[float, float]:
    if min(control.n, treatment.n) < 1:
        return 0.0, 0.0
    matrix = exact_log_e_matrix(metric.scale, [control.evidence(metric), treatment.evidence(metric)])
    return float(matrix[1, 0]), float(matrix[0, 1])


def _sequence(design: Design, control: Sums, treatment: Sums, *, alpha: float) -> ConfidenceSequence | None:
    """None where too few values carry the means, or they do not vary."""
    if min(control.n, treatment.n) < FEWEST or min(control.carriers, treatment.carriers) < CARRIERS:
        return None
    found = asymptotic_sequence(control.sample, treatment.sample, alpha=alpha, planned=max(1, design.required.values))
    return None if found.p_value is None else found


def _interval(
    metric: Metric, control: Sums, treatment: Sums, sequence: ConfidenceSequence | None, *, alpha: float
) -> tuple[float | None, float | None]:
    """Of B − A in parts of the range; without the sequence, of the arms' own exact intervals at half of alpha each."""
    if sequence is not None:
        return sequence.low, sequence.high
    if min(control.n, treatment.n) < 1:
        return None, None
    low_a, high_a = confidence_sequence(metric.scale, control.evidence(metric), alpha=alpha / 2)
    low_b, high_b = confidence_sequence(metric.scale, treatment.evidence(metric), alpha=alpha / 2)
    return low_b - high_a, high_b - low_a
