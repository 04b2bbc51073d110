"""The bars let through what holds, and each of them stops a statistic that is broken."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from app.domain.ab.sums import Sums
from app.domain.statistics.cuped import Paired, cuped
from app.domain.statistics.means import Sample, welch
from app.domain.statistics.split import srm
from benchmarks.calibration import ab_cuped, ab_order, ab_split
from benchmarks.calibration.ab_bars import anytime_bar, bars
from benchmarks.calibration.ab_fixed import FIXED, Fixed, rejected, z
from benchmarks.calibration.ab_methods import ANYTIME, NAIVE
from benchmarks.calibration.ab_order import Fact, compared, summed
from benchmarks.calibration.ab_runs import ASKED, Effort, Measured, Told, chunks, measured
from benchmarks.calibration.ab_trials import DIFFERENT, SAME, Trial
from benchmarks.calibration.arrays import Floats, Ints

pytestmark = pytest.mark.slow

SMALL = Effort(reps=200, stops=20, fixed=10_000, orders=3, cuped=50, units=20_000)


@pytest.fixture(scope="module")
def found() -> Measured:
    """Few tests of everything."""
    return measured(SMALL, seed=13, jobs=1, told=lambda _: None)


def marks(measured: Measured) -> Mapping[str, str]:
    """The mark of each bar by its name."""
    return {bar.name: bar.mark for bar in bars(measured)}


def missed(measured: Measured) -> list[str]:
    """The names of the bars that are missed."""
    return [name for name, mark in marks(measured).items() if mark == "missed"]


def test_the_product_keeps_every_bar(found: Measured) -> None:
    assert missed(found) == []
    assert len(marks(found)) == 14


def test_peeking_judged_as_valid_at_every_look_misses_the_bar(found: Measured) -> None:
    peeking = {
        (question, trial, method): found.looks[question, trial, NAIVE if method == ANYTIME[0] else method]
        for question, trial, method in found.looks
    }

    assert anytime_bar(found, ANYTIME[0]).mark == "met"
    assert anytime_bar(replace(found, looks=peeking), ANYTIME[0]).mark == "missed"
    assert anytime_bar(found, NAIVE).reading.value > 0.25


def test_intervals_that_one_test_in_ten_leaves_miss_the_bar(found: Measured) -> None:
    looks = dict(found.looks)
    looks["coverage", DIFFERENT[1].name, "B − A"] = np.where(np.arange(60) % 10 == 0, 5, -1)
    wrong = replace(found, looks=looks)
    bar = next(bar for bar in bars(wrong) if bar.name.startswith("confidence sequence of B − A"))

    assert missed(wrong) == [bar.name]
    assert (bar.reading.value, bar.where) == (0.9, DIFFERENT[1].name)


def of_half(trial: Trial, a: list[int], b: list[int]) -> float | None:
    """A p-value that forgets the other side."""
    p_value = z(trial, a, b)
    return p_value / 2 if p_value is not None else None


def never(_: Trial, __: list[int], ___: list[int]) -> float | None:
    """A test that never rejects."""
    return 1.0


@pytest.mark.parametrize("p_value", [of_half, never])
def test_a_test_that_rejects_too_often_or_too_seldom_misses_the_bar(found: Measured, p_value: object) -> None:
    assert callable(p_value)
    broken = Fixed("z, rate .60", SAME[1], 1_000, p_value)
    count = rejected(broken, reps=10_000, rng=np.random.default_rng(3))

    wrong = replace(found, rejected={**found.rejected, broken.name: count})
    assert missed(wrong) == ["z, rate .60: rejected, one look"]


def test_undefined_tests_do_not_count_as_rejected() -> None:
    nothing = Fixed("nothing varies", Trial("1", SAME[1].scale, (0.0, 1.0), (0.0, 1.0)), 50, z)

    assert rejected(nothing, reps=20, rng=np.random.default_rng(3)) == 0
    assert [fixed.trial in SAME for fixed in FIXED] == [True] * 3


def test_a_mismatch_at_the_end_is_as_likely_as_the_binomial_says() -> None:
    in_first = np.arange(501)
    told = [srm((k, 500 - k), (0.8, 0.2)).srm for k in in_first.tolist()]

    got = ab_split.told_at_the_end(intended=0.8, true=0.75, units=500)

    assert got == pytest.approx(stats.binom(500, 0.75).pmf(in_first)[told].sum())
    assert 0.05 < got < 0.5


def test_a_mismatch_on_the_way_is_as_likely_as_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ab_split, "srm_anytime", lambda seen, weights: srm(seen, weights))
    paths = (np.random.default_rng(9).random((4_000, 120)) < 0.4).cumsum(axis=1)
    tells = np.array([[srm((k, n - k), (0.5, 0.5)).p_value < 0.001 for k in range(121)] for n in range(121)])
    seen = tells[np.arange(1, 121), paths].any(axis=1).mean()

    assert ab_split.told_on_the_way(intended=0.5, true=0.4, units=120) == pytest.approx(seen, abs=0.02)


def test_a_split_test_for_one_look_misses_the_bar_at_every_look(
    found: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ab_split, "srm_anytime", lambda seen, weights: srm(seen, weights))
    way = ab_split.told_on_the_way(intended=0.9, true=0.9, units=3_000)
    wrong = replace(found, told=(*found.told, Told(0.9, 0.9, 0.001, way)))

    assert way > 0.003
    assert missed(wrong) == ["SRM, sequential: ever told of a right split"]


def rounded_as_one_goes(seen: Sequence[Fact]) -> Sequence[Sums]:
    """Sums whose total is kept as a mean, rounded at each fact."""
    right, kept = summed(seen), []
    for arm, sums in enumerate(right):
        n, mean = 0, 0.0
        for fact in (one for one in seen if one.arm == arm):
            n, whole = n + fact.sign, mean * n + fact.sign * fact.value
            mean = round(whole / n, 1) if n else 0.0
        kept.append(replace(sums, total=round(mean * n)))
    return kept


def test_sums_that_round_as_they_go_miss_the_bar(found: Measured) -> None:
    changed, of = compared(orders=2, rng=np.random.default_rng(1), summing=rounded_as_one_goes)
    right, same = compared(orders=2, rng=np.random.default_rng(1))

    assert (right, same) == (0, of)
    assert changed > 0
    assert missed(replace(found, changed=changed, compared=of)) == ["figures that another order changes"]


def test_every_metric_takes_facts_back() -> None:
    for metric in ab_order.METRICS:
        given = ab_order.facts(metric, np.random.default_rng(2))

        assert sum(fact.sign for fact in given) == ab_order.UNITS
        assert sum(one.n for one in summed(given)) == ab_order.UNITS


def too_steep(a: Paired, b: Paired) -> object:
    """An adjustment by a slope that is not there."""
    left, right = (Sample(arm.post.n, arm.post.mean, arm.post.variance + 0.1 * arm.pre.variance) for arm in (a, b))
    return welch(left, right)


def test_an_adjustment_by_noise_misses_the_bar(found: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    right = ab_cuped.widened((400, 400), runs=20, rng=np.random.default_rng(5))
    monkeypatch.setattr(ab_cuped, "cuped", too_steep)
    wrong: Floats = ab_cuped.widened((400, 400), runs=20, rng=np.random.default_rng(5))

    assert right.max() < 0.001
    assert missed(replace(found, wider={(400, 400): wrong})) == ["CUPED with noise before: interval wider, any test"]


def test_the_width_is_that_of_rows() -> None:
    rng = np.random.default_rng(6)
    arm = ab_cuped._arm(30, rng)  # the sums of two columns of noise
    rng = np.random.default_rng(6)
    before, after = rng.standard_normal((2, 30))

    assert arm.covariance == pytest.approx(np.cov(before, after)[0, 1])
    assert (arm.pre.mean, arm.post.variance) == pytest.approx((before.mean(), after.var(ddof=1)))
    assert cuped(arm, arm).diff == 0


def test_work_is_cut_into_chunks_with_seeds_of_their_own() -> None:
    work = chunks(replace(SMALL, reps=120), seed=1)
    claims = [chunk.runs for chunk in work if chunk.question == "claims" and chunk.trial == SAME[0]]

    assert claims == [50, 50, 20]
    assert len({(chunk.question, chunk.trial.name, chunk.number) for chunk in work}) == len(work)


def test_a_method_that_most_tests_wait_for_in_vain_never_stops(found: Measured) -> None:
    looks = dict(found.looks)
    waiting: Ints = np.where(np.arange(20) < 9, 4, -1)
    looks["stops", DIFFERENT[0].name, NAIVE] = waiting
    looks["stops", DIFFERENT[1].name, NAIVE] = np.where(np.arange(20) < 10, 4, -1)
    seen = replace(found, looks=looks)

    assert seen.stopped(DIFFERENT[0], NAIVE) == np.inf
    assert seen.stopped(DIFFERENT[1], NAIVE) == 5 * ASKED["stops"].every / 2
