"""Several tests at once: p-values adjusted so that the whole family is wrong as seldom as one test may be."""

from collections.abc import Sequence
from itertools import accumulate


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the given order; P(any true hypothesis is rejected at alpha) ≤ alpha, whatever they share.

    Source: S. Holm 1979: the k-th smallest of m is multiplied by m − k + 1, and none falls under a smaller one's.
    """
    order = _ascending(p_values)
    m = len(order)
    raised = accumulate((p_values[at] * (m - rank) for rank, at in enumerate(order)), max)
    return _back(order, raised)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the given order; the expected part of false rejections at alpha is ≤ alpha.

    Source: Y. Benjamini and Y. Hochberg 1995: the k-th smallest of m is multiplied by m/k, and none rises above a
    larger one's.
    """
    order = _ascending(p_values)[::-1]
    m = len(order)
    lowered = accumulate((p_values[at] * m / (m - rank) for rank, at in enumerate(order)), min)
    return _back(order, lowered)


def _ascending(p_values: Sequence[float]) -> list[int]:
    return sorted(range(len(p_values)), key=p_values.__getitem__)


def _back(order: Sequence[int], adjusted: "accumulate[float]") -> tuple[float, ...]:
    placed = dict(zip(order, adjusted, strict=True))
    return tuple(min(1.0, placed[at]) for at in range(len(order)))
