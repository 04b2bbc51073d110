"""What a Bayesian would say of two proportions: a description beside the tests, never a reason to stop."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betainc, betaincinv, betaln, xlog1py, xlogy

from app.domain.fixed_effects import Array

UNIFORM: Final = (1.0, 1.0)
_DEPTHS: Final = (1e-15, 1e-12, *(10.0**-k for k in range(10, 0, -1)), 0.3)  # close enough for steep priors
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True, slots=True)
class Posterior:
    """P(B > A); what is lost on average, as proportion, by choosing each; the mean of B − A."""

    p_b_gt_a: float
    expected_loss_choose_a: float
    expected_loss_choose_b: float
    lift_mean: float


def beta_binomial(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, prior: tuple[float, float] = UNIFORM
) -> Posterior:
    """The posterior of two proportions, each Beta(prior) before its observations.

    P(B > A) = ∫ f_B F_A; the loss of choosing B is E max(A − B, 0) = ∫ (1 − F_A) F_B, by Gauss-Legendre on pieces
    between quantiles of both. The upper half is integrated from its own end, where numbers lie as close as at 0.
    """
    a = (prior[0] + successes_a, prior[1] + n_a - successes_a)
    b = (prior[0] + successes_b, prior[1] + n_b - successes_b)
    lower, upper = _half(a, b), _half(a[::-1], b[::-1])
    return Posterior(
        p_b_gt_a=min(1.0, lower.b_over_a + upper.b_under_a),
        expected_loss_choose_a=lower.loss_a + upper.loss_b,
        expected_loss_choose_b=lower.loss_b + upper.loss_a,
        lift_mean=b[0] / sum(b) - a[0] / sum(a),
    )


@dataclass(frozen=True, slots=True)
class _Half:
    """What 0 … ½ adds to the integrals."""

    b_over_a: float
    b_under_a: float
    loss_a: float
    loss_b: float


def _half(a: tuple[float, float], b: tuple[float, float]) -> _Half:
    points, widths = _quadrature(a, b)
    below_a, below_b = betainc(*a, points), betainc(*b, points)
    density = widths * np.exp(xlogy(b[0] - 1, points) + xlog1py(b[1] - 1, -points) - betaln(*b))
    return _Half(
        b_over_a=float((density * below_a).sum()),
        b_under_a=float((density * (1 - below_a)).sum()),
        loss_a=float((widths * below_a * (1 - below_b)).sum()),
        loss_b=float((widths * below_b * (1 - below_a)).sum()),
    )


def _quadrature(*posteriors: tuple[float, float]) -> tuple[Array, Array]:
    """Points between 0 and ½ and what each weighs."""
    depths = np.array([*_DEPTHS, 0.5, *(1 - depth for depth in reversed(_DEPTHS))])
    cuts = [betaincinv(*posterior, depths) for posterior in posteriors]
    edges = np.unique(np.clip(np.concatenate([[0.0], *cuts, [0.5]]), 0.0, 0.5))
    half = np.diff(edges)[:, None] / 2
    middle = (edges[:-1] + edges[1:])[:, None] / 2
    return (middle + half * _NODES).ravel(), (half * _WEIGHTS).ravel()
