"""Next shares lean to the flows that are probably best, and a floor keeps every living flow measurable."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from app.domain.fixed_effects import Array, Comparisons, pooled_variance
from app.domain.weights import apportion, scaled

DRAWS: Final = 400
_SEED: Final = 5


@lru_cache(maxsize=64)
def normal_draws(flows: int) -> Array:
    """The fixed 400×K matrix of antithetic standard normals; from raw PCG64 bits, which no numpy release changes."""
    bits = np.random.PCG64(_SEED).random_raw((DRAWS // 2) * flows)
    uniform: Array = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    half: Array = ndtri(uniform).reshape(DRAWS // 2, flows)
    draws: Array = np.concatenate([half, -half])
    draws.flags.writeable = False
    return draws


def posterior(seen: Comparisons, *, tau: float) -> tuple[Array, Array]:
    """Mean and covariance of the flows' effects: C=(L/σ²+I/τ²)⁻¹, mean C b/σ²; `tau` in units of the reward."""
    sigma2 = pooled_variance(seen)
    covariance: Array = np.linalg.inv(seen.information / sigma2 + np.eye(len(seen.n)) / tau**2).astype(np.float64)
    return covariance @ seen.pull / sigma2, (covariance + covariance.T) / 2


def p_best(mean: Array, covariance: Array) -> Array:
    """P(flow is best) for each, by the fixed draws; sums to 1."""
    draws = mean + normal_draws(len(mean)) @ np.linalg.cholesky(covariance).T
    counts = np.bincount(draws.argmax(axis=1), minlength=len(mean))
    result: Array = counts / DRAWS
    return result


def lean(mean: Array, covariance: Array, *, best: Array, margin: float, beta: float) -> Array:
    """w=β f+(1−β) fᵀc: β to the probable best, the rest to those hardest to tell from it; sums to 1.

    c_ij ∝ Φ(−(θ_i−θ_j+ε)/se_ij) over j ≠ i.
    """
    if len(mean) == 1:
        return np.ones(1)
    diagonal = np.diag(covariance)
    error = np.sqrt(np.maximum(diagonal[:, None] + diagonal[None, :] - 2 * covariance, 1e-12))
    rivals: Array = np.maximum(ndtr(-(mean[:, None] - mean[None, :] + margin) / error), 1e-300)
    np.fill_diagonal(rivals, 0.0)
    rivals /= rivals.sum(axis=1, keepdims=True)
    result: Array = beta * best + (1 - beta) * best @ rivals
    return result


def floored(shares: Array, *, floor: float) -> Array:
    """w ← p+(1−mp)w with p=min(floor, .2/m): every one of the m living flows keeps at least p."""
    m = len(shares)
    p = min(floor, 0.2 / m)
    result: Array = p + (1 - m * p) * shares
    return result


def moved(current: Sequence[int], target: Sequence[int], *, limit: int) -> tuple[int, ...]:
    """From `current` towards `target` by at most `limit` of 1/10 000 in all; all three sum to 10 000."""
    change = [after - before for before, after in zip(current, target, strict=True)]
    distance = sum(max(step, 0) for step in change)
    if distance <= limit:
        return tuple(target)
    if limit <= 0:
        return tuple(current)
    gains = apportion([max(step, 0) for step in change], limit)
    losses = apportion([max(-step, 0) for step in change], limit)
    return tuple(before + gain - loss for before, gain, loss in zip(current, gains, losses, strict=True))


def redistributed(weights: Sequence[int], *, alive: Sequence[int]) -> tuple[int, ...]:
    """0 for every flow that is not alive, the living scaled to 10 000 (an equal split when they all had 0)."""
    kept = scaled({str(i): weights[i] for i in alive})
    return tuple(kept.get(str(i), 0) for i in range(len(weights)))
