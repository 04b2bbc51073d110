"""Flows are compared only inside epochs of constant weights, so a trend common to all flows cancels out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
RIDGE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Comparisons:
    """What all epochs say together. K flows: `information` L and `pull` b, summed; `n` feedback, `variances` σ̂²."""

    information: Array
    pull: Array
    n: Array
    variances: Array


@dataclass(frozen=True, slots=True)
class Effects:
    """θ: how much better than the common level each flow is; pairs (i, j): weight W and score variance V, both K×K."""

    theta: Array
    weight: Array
    variance: Array

    @property
    def score(self) -> Array:
        """S_ij = W (θ_i − θ_j)."""
        return self.weight * (self.theta[:, None] - self.theta[None, :])


def within_epochs(counts: Array, totals: Array) -> tuple[Array, Array]:
    """(L, b) of epochs given as E×K counts and reward sums: L=Σ[diag(n)−n nᵀ/N], b=Σ[s−n S/N]; empty epochs give 0."""
    size = np.maximum(counts.sum(axis=1), 1.0)
    share = counts / size[:, None]
    information = np.diag(counts.sum(axis=0)) - share.T @ counts
    pull = (totals - share * totals.sum(axis=1)[:, None]).sum(axis=0)
    return information, pull


def pooled_variance(seen: Comparisons) -> float:
    """One σ² for all flows: their variances weighted by feedback, evenly before there is any."""
    weights = seen.n if seen.n.sum() > 0 else np.ones_like(seen.n)
    return float(np.average(seen.variances, weights=weights))


def effects(seen: Comparisons) -> Effects:
    """G=(L+.05 I)⁻¹, θ=Gb; W=1/(G_ii+G_jj−2G_ij), V=W·max(σ̂_i²,σ̂_j²). The diagonals are 0."""
    inverse = np.linalg.inv(seen.information + RIDGE * np.eye(len(seen.n)))
    spread = np.diag(inverse)[:, None] + np.diag(inverse)[None, :] - 2 * inverse
    np.fill_diagonal(spread, np.inf)
    weight = 1.0 / spread
    return Effects(
        theta=inverse @ seen.pull,
        weight=weight,
        variance=weight * np.maximum(seen.variances[:, None], seen.variances[None, :]),
    )


def masked(values: Sequence[Sequence[float]], *, keep: Sequence[bool]) -> Array:
    """E×K values with the columns of flows that left set to 0."""
    return np.asarray(values, dtype=np.float64).reshape(-1, len(keep)) * np.asarray(keep, dtype=np.float64)
