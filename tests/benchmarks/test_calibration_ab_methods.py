"""Over many looks at once each method tells what the product's own functions tell at each look."""

import numpy as np
import pytest

from app.domain import evidence
from app.domain.certification import exact_log_e_matrix
from app.domain.confidence import confidence_sequence
from app.domain.evidence import PSEUDO, from_cells
from app.domain.statistics.anytime import asymptotic_sequence, msprt
from app.domain.statistics.means import Sample, sample_of_histogram
from benchmarks.calibration.ab_arrays import first, grown, moments
from benchmarks.calibration.ab_betting import betting, mean_left_out
from benchmarks.calibration.ab_methods import asymptotic, left_out, mixture, naive
from benchmarks.calibration.ab_trials import ALPHA, DIFFERENT, LEAST, PLANNED, SAME, TAU, Trial, rates, ratings
from benchmarks.calibration.arrays import Ints

pytestmark = pytest.mark.slow

FAR = (ratings("far", raised=0.6), rates("far .3 .6", 0.3, 0.6), rates("rare .02 .10", 0.02, 0.1), *SAME[:2])
NAMES = [trial.name for trial in FAR]


def few(trial: Trial, *, runs: int = 6, observations: int = 700, every: int = 7) -> Ints:
    """Counts of a few tests."""
    return grown(trial, runs=runs, observations=observations, every=every, rng=np.random.default_rng(41))


def samples(trial: Trial, counts: Ints, run: int, look: int) -> tuple[Sample, Sample]:
    """Both arms."""
    a, b = (sample_of_histogram(counts[arm, run, look].tolist(), trial.scale.levels) for arm in (0, 1))
    return a, b


def one_by_one(counts: Ints, tells: "object") -> list[int]:
    """The first look of each test at which `tells(run, look)`, −1 for none."""
    assert callable(tells)
    runs, looks = counts.shape[1:3]
    return [next((look for look in range(looks) if tells(run, look)), -1) for run in range(runs)]


def test_counts_grow_by_every_opinion_of_either_arm() -> None:
    counts = few(DIFFERENT[0], runs=200, observations=1_000, every=10)
    seen = counts.sum(axis=(0, 3))

    assert (seen == np.arange(10, 1_001, 10)).all()
    assert (np.diff(counts, axis=2) >= 0).all()
    for arm in (0, 1):
        last = counts[arm, :, -1].sum(axis=0)
        assert float(last @ DIFFERENT[0].levels) / last.sum() == pytest.approx(DIFFERENT[0].means[arm], abs=0.02)


def test_trials_have_the_effects_that_they_are_named_after() -> None:
    assert [round(trial.effect, 9) for trial in (*SAME, *DIFFERENT)] == [0, 0, 0, 0.25, 0.1, 0.06]
    assert [round(trial.fixed) for trial in DIFFERENT] == [370, 2308, 1015]


def test_variances_with_pseudo_feedback_are_those_of_the_allocator() -> None:
    counts = few(SAME[0])
    variance = moments(counts, SAME[0].levels, pseudo=PSEUDO)[2]

    for look in (0, 10, 99):
        known = from_cells(SAME[0].scale, counts[1, 2, look].tolist())
        assert variance[1, 2, look] == pytest.approx(evidence.variance(SAME[0].scale, known))


@pytest.mark.parametrize("trial", FAR, ids=NAMES)
def test_the_confidence_sequence_claims_where_its_interval_leaves_out_nought(trial: Trial) -> None:
    counts = few(trial)

    def tells(run: int, look: int) -> bool:
        arms = samples(trial, counts, run, look) if counts[:, run, look].sum(axis=1).min() >= LEAST else None
        found = asymptotic_sequence(*arms, alpha=ALPHA, planned=PLANNED) if arms else None
        return found is not None and found.low is not None and found.high is not None and found.low * found.high > 0

    assert asymptotic(trial, counts).tolist() == one_by_one(counts, tells)


@pytest.mark.parametrize("trial", FAR, ids=NAMES)
def test_the_mixture_claims_where_its_p_value_is_at_most_alpha(trial: Trial) -> None:
    counts = few(trial)

    def tells(run: int, look: int) -> bool:
        known = [from_cells(trial.scale, counts[arm, run, look].tolist()) for arm in (0, 1)]
        if min(one.n for one in known) < LEAST:
            return False
        a, b = samples(trial, counts, run, look)
        variance = sum(evidence.variance(trial.scale, one) / one.n for one in known)
        return msprt(b.mean - a.mean, variance, tau=TAU * trial.scale.span).p_value <= ALPHA

    assert mixture(trial, counts).tolist() == one_by_one(counts, tells)


@pytest.mark.parametrize("trial", FAR, ids=NAMES)
def test_no_look_that_betting_would_claim_at_is_passed_over(trial: Trial) -> None:
    counts = few(trial)

    def tells(run: int, look: int) -> bool:
        known = [from_cells(trial.scale, counts[arm, run, look].tolist()) for arm in (0, 1)]
        return bool(exact_log_e_matrix(trial.scale, known).max() >= np.log(2 / ALPHA))

    found = betting(trial, counts).tolist()

    assert found == one_by_one(counts, tells)
    assert trial in SAME or max(found) >= 0


def test_no_look_at_which_the_interval_leaves_out_the_mean_is_passed_over() -> None:
    trial, counts = rates("said .5", 0.5, 0.5), few(rates("is .7", 0.7, 0.7))

    def tells(run: int, look: int) -> bool:
        low, high = confidence_sequence(
            trial.scale, from_cells(trial.scale, counts[0, run, look].tolist()), alpha=ALPHA
        )
        return not low <= 0.5 <= high

    found = mean_left_out(trial, counts).tolist()

    assert found == one_by_one(counts, tells)
    assert min(found) >= 0


def test_an_interval_about_another_difference_is_left_out() -> None:
    counts = few(DIFFERENT[0], observations=4_000, every=100)

    assert (left_out(DIFFERENT[0], counts) == -1).all()
    assert left_out(SAME[0], counts).tolist() == asymptotic(SAME[0], counts).tolist()


def test_peeking_claims_before_the_others_do() -> None:
    counts = few(DIFFERENT[0], runs=40, observations=2_000, every=20)
    peeked, patient = naive(DIFFERENT[0], counts), asymptotic(DIFFERENT[0], counts)

    assert ((peeked >= 0) | (patient < 0)).all()
    assert (peeked[patient >= 0] <= patient[patient >= 0]).all()


def test_the_first_flag_counts() -> None:
    assert first(np.array([[False, True, True], [False, False, False]])).tolist() == [1, -1]
