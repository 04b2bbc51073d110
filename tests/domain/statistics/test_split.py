"""A split that is not as it was meant is found, at one look or at every look, and a right one is left alone."""

import math

import numpy as np
import pytest
from scipy.stats import chisquare

from app.domain.statistics.split import CONCENTRATIONS, srm, srm_anytime, srm_sequential


@pytest.mark.parametrize("weights", [[1, 1, 1], [0.5, 0.3, 0.2], [5000, 3000, 2000]])
def test_it_agrees_with_scipy_for_any_scale_of_weights(weights: list[float]) -> None:
    observed = [520, 290, 190]
    meant = np.array(weights) / sum(weights) * sum(observed)

    found = srm(observed, weights)

    theirs = chisquare(observed, meant)
    assert (found.chi2, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)


def test_too_few_for_a_judgement_are_not_judged() -> None:
    few, none = srm([9, 0], [0.5, 0.5]), srm([0, 0], [0.5, 0.5])

    assert (few.enough, few.srm) == (False, False)
    assert few.p_value < 0.005
    assert (none.p_value, none.enough, none.srm) == (1.0, False, False)


def test_a_right_uneven_split_fires_once_in_a_thousand_and_a_wrong_one_nearly_always() -> None:
    """allocator.md, behavioural bar 4."""
    chance = np.random.default_rng(11)
    right = chance.multinomial(20_000, [0.9, 0.08, 0.02], size=20_000)
    wrong = chance.multinomial(20_000, [0.48, 0.52], size=1_000)

    assert sum(srm([int(n) for n in row], [0.9, 0.08, 0.02]).srm for row in right) <= 35  # 20 expected, deviation 4.5
    assert sum(srm([int(n) for n in row], [0.5, 0.5]).srm for row in wrong) >= 950


def test_looked_at_after_every_unit_a_right_split_is_refuted_as_seldom_as_promised() -> None:
    chance, refuted = np.random.default_rng(13), 0
    for _ in range(400):
        seen = np.cumsum(chance.multinomial(1, [0.7, 0.3], size=300), axis=0)
        p_values = (srm_sequential([int(n) for n in row], [0.7, 0.3], concentration=50).p_value for row in seen)
        refuted += min(p_values) < 0.05

    assert refuted / 400 <= 0.05


def test_evidence_against_a_wrong_split_grows_without_bound_and_does_not_overflow() -> None:
    some, more = (srm_sequential([int(n * 0.6), int(n * 0.4)], [0.5, 0.5]) for n in (10_000, 10_000_000))

    assert 50 < some.log_e < more.log_e
    assert (some.p_value < 1e-20, more.p_value, math.isfinite(more.log_e)) == (True, 0.0, True)


def test_before_the_first_unit_there_is_no_evidence() -> None:
    found = srm_sequential([0, 0], [0.5, 0.5])

    assert (found.log_e, found.p_value) == (0.0, 1.0)


def test_gross_mismatches_of_few_units_are_found_at_any_look_and_right_splits_are_not() -> None:
    assert srm_anytime((72, 0), (1, 1)).p_value < 1e-9
    assert srm_sequential((72, 0), (1, 1)).p_value > 0.05
    assert srm_anytime((9_600, 10_400), (1, 1)).p_value < 1e-4
    assert srm_anytime((10_000, 10_000), (1, 1)).p_value == 1.0


def test_the_mixture_is_a_mean_of_e_values() -> None:
    seen, weights = (130, 70, 20), (3, 2, 1)
    parts = [
        part * math.exp(srm_sequential(seen, weights, concentration=at).log_e) for at, part in CONCENTRATIONS.items()
    ]

    assert sum(CONCENTRATIONS.values()) == pytest.approx(1)
    assert srm_anytime(seen, weights).log_e == pytest.approx(math.log(sum(parts)))
