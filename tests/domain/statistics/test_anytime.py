"""Figures that may be watched hold at all looks together, and find what is there."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from app.domain.errors import Invalid
from app.domain.statistics.anytime import (
    asymptotic_sequence,
    mixture_log_ratio,
    msprt,
    running_minimum,
    sequence_half_width,
    sequence_log_p,
)
from app.domain.statistics.means import Sample


@pytest.mark.parametrize(("diff", "variance", "tau"), [(0.12, 0.0025, 0.1), (-0.3, 0.004, 0.32), (0.0, 1.0, 2.0)])
def test_the_ratio_is_the_mixture_over_normal_effects(diff: float, variance: float, tau: float) -> None:
    prior, noise = stats.norm(0, tau), math.sqrt(variance)
    mixed, _ = integrate.quad(
        lambda effect: prior.pdf(effect) * stats.norm.pdf(diff, effect, noise), -8 * tau - 1, 8 * tau + 1, points=[diff]
    )

    assert msprt(diff, variance, tau=tau).ratio == pytest.approx(mixed / stats.norm.pdf(diff, 0, noise), rel=1e-6)


def test_evidence_too_large_for_a_number_is_infinite_with_a_p_value_of_nought() -> None:
    found = msprt(100.0, 0.001, tau=1.0)

    assert (found.ratio, found.p_value) == (math.inf, 0.0)


def test_what_was_once_refuted_stays_so() -> None:
    assert running_minimum([1.0, 0.3, 0.5, 0.01, 0.9]) == (1.0, 0.3, 0.3, 0.01, 0.01)


@pytest.mark.parametrize(("field", "given"), [("var_diff", (0.1, 0.0, 1.0)), ("tau", (0.1, 1.0, 0.0))])
def test_a_mixture_without_spread_is_refused(field: str, given: tuple[float, float, float]) -> None:
    with pytest.raises(Invalid) as refused:
        msprt(given[0], given[1], tau=given[2])

    assert refused.value.field == field


def looks(chance: np.random.Generator, *, lift: float, arms: int = 2_000, every: int = 20) -> list[bool]:
    """Whether the sequence leaves out 0, look by look."""
    a, b = (chance.choice([1, 2, 3, 4, 5], arms, p=[0.1, 0.1, 0.2, 0.3, 0.3]) + step for step in (0.0, lift))
    found = []
    for n in range(100, arms + 1, every):
        left, right = (Sample(n, float(arm[:n].mean()), float(arm[:n].var(ddof=1))) for arm in (a, b))
        seen = asymptotic_sequence(left, right, alpha=0.05, planned=2 * arms)
        assert seen.low is not None
        assert seen.high is not None
        assert seen.p_value is not None
        out = seen.low > 0 or seen.high < 0
        assert out == (seen.p_value < 0.05)
        found.append(out)
    return found


def test_no_difference_is_claimed_seldom_however_often_one_looks() -> None:
    chance = np.random.default_rng(17)

    assert sum(any(looks(chance, lift=0.0)) for _ in range(200)) / 200 <= 0.05


def test_a_difference_is_found_in_the_end() -> None:
    chance = np.random.default_rng(19)

    assert all(looks(chance, lift=0.25)[-1] for _ in range(20))


def test_it_is_tightest_near_the_planned_number() -> None:
    def width(n: int, planned: float) -> float:
        found = asymptotic_sequence(Sample(n, 0.0, 1.0), Sample(n, 0.0, 1.0), alpha=0.05, planned=planned)
        assert found.high is not None
        return found.high

    assert min((100, 1_000, 10_000, 100_000), key=lambda planned: width(5_000, planned)) == 10_000


def test_arms_that_do_not_vary_have_no_interval() -> None:
    found = asymptotic_sequence(Sample(5, 1.0, 0.0), Sample(5, 2.0, 0.0), alpha=0.05, planned=100)

    assert (found.diff, found.low, found.high, found.p_value) == (1.0, None, None, None)


@pytest.mark.parametrize(("alpha", "planned", "field"), [(0.0, 10, "alpha"), (1.0, 10, "alpha"), (0.05, 0, "planned")])
def test_a_plan_that_cannot_be_is_refused(alpha: float, planned: float, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        asymptotic_sequence(Sample(5, 1.0, 1.0), Sample(5, 2.0, 1.0), alpha=alpha, planned=planned)

    assert refused.value.field == field


def test_many_looks_at_once_give_the_figures_of_each() -> None:
    chance = np.random.default_rng(23)
    n = np.arange(100, 220).reshape(3, 40)
    diff, spread = chance.normal(0, 0.1, n.shape), chance.uniform(0.2, 2.0, n.shape)
    variance = 2 * spread / n

    log_ratio = mixture_log_ratio(diff, variance, tau=0.1)
    half = sequence_half_width(variance, 2 * n, alpha=0.05, planned=5_000)
    log_p = sequence_log_p(diff, variance, 2 * n, alpha=0.05, planned=5_000)

    for at in np.ndindex(n.shape):
        arms = (Sample(int(n[at]), mean, spread[at]) for mean in (0.0, diff[at]))
        one = asymptotic_sequence(*arms, alpha=0.05, planned=5_000)
        assert one.high == pytest.approx(diff[at] + half[at])
        assert one.p_value == pytest.approx(min(1.0, math.exp(log_p[at])))
        assert msprt(diff[at], variance[at], tau=0.1).ratio == pytest.approx(math.exp(log_ratio[at]))
