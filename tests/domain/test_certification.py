"""The e-values equal their references, and hold against looking at every step."""

import math

import numpy as np
import pytest

from app.domain.certification import exact_log_e_matrix, one_sided_mixture_log_e, smallest_margin
from app.domain.evidence import Scale, from_cells


@pytest.mark.parametrize(
    ("score", "weight", "variance", "tau", "expected"),
    [(14.0, 60.0, 84.0, 0.4, 0.6007208808408003), (40.0, 250.0, 400.0, 0.4, 0.9619297144532784)],
)
def test_the_mixture_equals_its_reference(
    score: float, weight: float, variance: float, tau: float, expected: float
) -> None:
    got = one_sided_mixture_log_e(np.array(score), weight=np.array(weight), variance=np.array(variance), tau=tau)

    assert float(got) == pytest.approx(expected, rel=1e-9)


def test_the_mixture_is_the_integral_over_half_normal_bets() -> None:
    score, weight, variance, tau = 9.0, 40.0, 50.0, 0.3
    sd = tau * weight / variance
    bets = (np.arange(200_000) + 0.5) * 8 * sd / 200_000
    density = 2 / (sd * math.sqrt(2 * math.pi)) * np.exp(-(bets**2) / (2 * sd**2))
    integral = float((np.exp(bets * score - bets**2 * variance / 2) * density).sum() * 8 * sd / 200_000)

    got = one_sided_mixture_log_e(np.array(score), weight=np.array(weight), variance=np.array(variance), tau=tau)

    assert float(got) == pytest.approx(math.log(integral), rel=1e-6)


def test_no_information_is_no_evidence() -> None:
    nothing = np.zeros((2, 2))

    assert (one_sided_mixture_log_e(nothing, weight=nothing, variance=nothing, tau=0.1) == 0).all()


def test_exact_evidence_grows_for_the_better_flow_only() -> None:
    seen = [from_cells(Scale("binary"), [20, 80]), from_cells(Scale("binary"), [60, 40])]

    log_e = exact_log_e_matrix(Scale("binary"), seen)

    assert log_e[0, 1] > math.log(40)
    assert log_e[1, 0] < 0
    assert log_e[0, 0] == log_e[1, 1] == 0


def test_exact_evidence_is_below_the_product_at_every_common_mean() -> None:
    seen = [from_cells(Scale("binary"), [3, 9]), from_cells(Scale("binary"), [7, 2])]
    bets = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8])

    bound = float(exact_log_e_matrix(Scale("binary"), seen)[0, 1])

    for m in np.linspace(0.01, 0.99, 197):
        above = np.mean((1 - bets) ** 3 * (1 - bets + bets / m) ** 9)
        below = np.mean((1 - bets) ** 2 * (1 - bets + bets / (1 - m)) ** 7)
        assert bound <= math.log(above * below) + 1e-12


def test_exact_evidence_seldom_crosses_its_bar_between_equal_flows() -> None:
    rng = np.random.default_rng(8)
    crossed = 0

    for _ in range(200):
        heads = (rng.random((2, 60)) < 0.3).cumsum(axis=1)
        looks = ((int(heads[0, n]), int(heads[1, n]), n + 1) for n in range(9, 60, 10))
        crossed += any(
            exact_log_e_matrix(
                Scale("binary"), [from_cells(Scale("binary"), [n - a, a]), from_cells(Scale("binary"), [n - b, b])]
            )[0, 1]
            >= math.log(20)
            for a, b, n in looks
        )

    assert crossed <= 10


def test_a_margin_as_wide_as_the_range_is_always_exactly_certain() -> None:
    seen = [from_cells(Scale("binary"), [1, 0])] * 2

    assert np.isinf(exact_log_e_matrix(Scale("binary"), seen, margin=1.0)).all()


def test_the_smallest_margin_is_where_the_evidence_reaches_the_bar() -> None:
    def log_e(margin: float) -> np.ndarray:
        return np.full((2, 2), 10 * margin)

    assert smallest_margin(log_e, 0, rivals=[1], bar=3.0, span=1.0) == pytest.approx(0.3, abs=1e-6)
    assert smallest_margin(log_e, 0, rivals=[1], bar=30.0, span=1.0) is None


def test_exact_evidence_of_near_flows_is_nearly_the_infimum() -> None:
    scale, bets = Scale("binary"), np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8])[:, None]
    seen = [from_cells(scale, [1_360, 2_640]), from_cells(scale, [1_600, 2_400])]
    m = np.linspace(0.5, 0.8, 30_001)
    above = 1_360 * np.log1p(-bets) + 2_640 * np.log1p(bets * (1 / m - 1))
    below = 1_600 * np.log1p(bets * (1 / (1 - m) - 1)) + 2_400 * np.log1p(-bets)
    infimum = float((np.logaddexp.reduce(above) + np.logaddexp.reduce(below)).min()) - 2 * math.log(len(bets))

    assert infimum - 1.0 <= float(exact_log_e_matrix(scale, seen)[0, 1]) <= infimum
