"""What routing by expected quality saves at real prices, and whether a promised quality is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.difficulty.outcomes import Numbers

# Dollars per 1 000 calls of the two models whose outcomes the file holds, on these questions.
WEAK_COST: Final = 0.248
STRONG_COST: Final = 4.994


@dataclass(frozen=True, slots=True)
class Saved:
    """To reach `share` of the strong model's quality: dollars per 1 000 calls, and shares saved."""

    share: float
    cost: float
    on_mix: float
    on_strong: float


def savings(score: Numbers, weak: Numbers, strong: Numbers, shares: tuple[float, ...]) -> Iterator[Saved]:
    """The fewest strong calls, highest scores first, that reach each share of quality; a mix sends by chance."""
    order = np.argsort(-score, kind="stable")
    quality = (weak.sum() + np.concatenate(([0.0], np.cumsum((strong - weak)[order])))) / len(score)
    for share in shares:
        wanted = share * strong.mean()
        calls = int(np.argmax(quality >= wanted)) / len(score)
        mixed = max(0.0, (wanted - weak.mean()) / (strong.mean() - weak.mean()))
        cost, mix = _cost(calls), _cost(mixed)
        yield Saved(share, cost, 1 - cost / mix, 1 - cost / STRONG_COST)


def kept(weak_q: Numbers, strong_q: Numbers, weak: Numbers, strong: Numbers, asked: float) -> float:
    """The quality got when each prompt goes to the cheapest model expected to reach `asked`, else to the better one."""
    to_weak = (weak_q >= asked) | ((strong_q < asked) & (weak_q >= strong_q))
    return float(np.where(to_weak, weak, strong).mean())


def calibration(expected: Numbers, got: Numbers) -> float:
    """Mean distance of expected and got quality over ten equal groups by expectation, weighed by size."""
    order = np.argsort(expected, kind="stable")
    groups = np.array_split(order, 10)
    return float(sum(abs(expected[group].mean() - got[group].mean()) * len(group) for group in groups) / len(order))


def _cost(share: float) -> float:
    return WEAK_COST + share * (STRONG_COST - WEAK_COST)
