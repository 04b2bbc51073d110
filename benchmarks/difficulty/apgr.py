"""How well a score finds the prompts that need the strong model: APGR, CPT, and their intervals."""

from dataclasses import dataclass

import numpy as np

from benchmarks.difficulty.outcomes import Numbers


@dataclass(frozen=True, slots=True)
class Quality:
    """`apgr` is the mean share of the quality gap recovered over all shares of strong calls, 0.5 by chance.

    `cpt50` and `cpt80` are the least shares of strong calls that recover 50 % and 80 % of the gap.
    """

    apgr: float
    cpt50: float
    cpt80: float


def recovered(score: Numbers, gain: Numbers) -> Numbers:
    """Share of the gap recovered when the 0, 1, …, n prompts of the highest score go to the strong model.

    Prompts of equal score share their gain, as if each order of them were as likely.
    """
    order = np.argsort(-score, kind="stable")
    _, group, size = np.unique(-score[order], return_inverse=True, return_counts=True)
    shared = (np.bincount(group, gain[order]) / size)[group]
    return np.asarray(np.concatenate(([0.0], np.cumsum(shared))) / gain.sum())


def quality(score: Numbers, weak: Numbers, strong: Numbers) -> Quality:
    """APGR by the exact integral; CPT on the curve's eleven tenths. Source: Ong et al. 2024, RouteLLM."""
    curve = recovered(score, strong - weak)
    tenths = np.interp(np.linspace(0, 1, 11), np.linspace(0, 1, len(curve)), curve)
    return Quality(float((curve[1:] + curve[:-1]).mean() / 2), _first(tenths, 0.5), _first(tenths, 0.8))


def interval(score: Numbers, weak: Numbers, strong: Numbers, *, seed: int, repeats: int = 300) -> tuple[float, float]:
    """The 95 % bootstrap interval of APGR over prompts."""
    chance = np.random.default_rng(seed)
    drawn = (chance.integers(0, len(score), len(score)) for _ in range(repeats))
    low, high = np.quantile([quality(score[rows], weak[rows], strong[rows]).apgr for rows in drawn], (0.025, 0.975))
    return float(low), float(high)


def _first(tenths: Numbers, wanted: float) -> float:
    for place in range(1, len(tenths)):
        if tenths[place] >= wanted:
            before = tenths[place - 1]
            return float(place - 1 + (wanted - before) / (tenths[place] - before)) / 10
    return 1.0
