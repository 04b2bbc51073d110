"""What stands beside the tests and never stops one: beliefs after Bayes, and figures with the past taken out."""

import math
from collections.abc import Mapping

from scipy.special import ndtr

from app.domain.ab.design import Design
from app.domain.ab.metric import UNIT, Metric
from app.domain.ab.sums import ArmSums, Sums, paired
from app.domain.statistics.bayes import Posterior, beta_binomial
from app.domain.statistics.cuped import Adjusted, cuped
from app.domain.statistics.means import Sample

FEWEST = 20  # units with a past in every arm, before their past is taken out


def believed(metric: Metric, control: Sums, treatment: Sums) -> Posterior | None:
    """P(the treatment is better) and what either choice loses on average, in the metric's units.

    Rates by Beta(1, 1) priors; means by the normal approximation with a flat prior: with d the mean difference and s
    its standard error the loss of the treatment is s·φ(d/s) − d·Φ(−d/s). Where less is better the sides are turned.
    None before there are two values an arm, or where means do not vary.
    """
    if min(control.n, treatment.n) < 2:
        return None
    a, b = control.levels(metric), treatment.levels(metric)
    if metric.scale.kind == "binary" and a and b:
        found = beta_binomial(a[1], sum(a), b[1], sum(b))
        lift = found.lift_mean * metric.span
        if metric.sign > 0:
            losses = (found.expected_loss_choose_a, found.expected_loss_choose_b)
            return Posterior(found.p_b_gt_a, losses[0] * metric.span, losses[1] * metric.span, lift)
        # Where less is better, whoever keeps A loses max(A − B, 0), which there choosing B does.
        return Posterior(
            1 - found.p_b_gt_a,
            found.expected_loss_choose_b * metric.span,
            found.expected_loss_choose_a * metric.span,
            lift,
        )
    return _normal(metric, control.sample, treatment.sample)


def adjusted(design: Design, sums: Mapping[str, ArmSums]) -> Mapping[str, Adjusted]:
    """The primary metric by treatment, less what units did before (CUPED); empty where too few have a past."""
    metric = design.metric
    arms = {arm.name: sums[arm.name].of(metric) for arm in design.arms}
    if design.pre_days == 0 or min(one.before.n for one in arms.values()) < FEWEST:
        return {}
    known = sum(one.before.n for one in arms.values())
    unknown = sum(one.before.x for one in arms.values()) / UNIT / known
    pairs = {name: paired(one, unknown=unknown) for name, one in arms.items()}
    control = pairs[design.control]
    found: dict[str, Adjusted] = {}
    for arm in design.treatments:
        own = pairs[arm.name]
        if control is not None and own is not None:
            found[arm.name] = cuped(control, own, alpha=design.goal.alpha)
    return found


def _normal(metric: Metric, a: Sample, b: Sample) -> Posterior | None:
    error = math.sqrt(a.squared_error + b.squared_error)
    if error <= 0:
        return None
    away = (b.mean - a.mean) * metric.sign / error
    density = math.exp(-away * away / 2) / math.sqrt(2 * math.pi)
    scale = error * metric.span
    loss_b = scale * (density - away * float(ndtr(-away)))
    loss_a = scale * (density + away * float(ndtr(away)))
    return Posterior(float(ndtr(away)), max(0.0, loss_a), max(0.0, loss_b), (b.mean - a.mean) * metric.span)
