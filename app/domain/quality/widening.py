"""Intervals of ranks are no narrower than so few answers allow: where all pairs agree, the usual ones have no width."""

import math

from app.domain.statistics.proportions import newcombe, wilson

Interval = tuple[float, float]


def widened(value: float, low: float, high: float, *, answers: int, pairs: float, confidence: float) -> Interval:
    """The interval of a share of pairs, 0…1, widened to Wilson's over as many answers as the pairs speak for.

    `pairs` of answers that differ, each once. Where all that was measured says the same, an interval by its spread is a
    point, which so many answers do not prove. Source: E. B. Wilson 1927; the number of answers as by `speaking`.
    """
    n = speaking(answers, pairs)
    least, most = wilson(value * n, n, confidence=confidence)
    return min(low, least), max(high, most)


def difference(before: float, after: float, *, answers: int, pairs: float, confidence: float) -> Interval:
    """The interval of `after` less `before`, shares of the same pairs, as if they were of answers apart.

    Source: R. G. Newcombe 1998, method 10.
    """
    n = speaking(answers, pairs)
    return newcombe(before * n, n, after * n, n, confidence=confidence)


def speaking(answers: int, pairs: float) -> int:
    """How many independent answers the pairs among so many are worth where nearly all pairs agree; at least one.

    4·pairs/(answers + 2): the variance of the area under the ROC curve at its border. One refused among many approved
    is worth about four. Source: J. A. Hanley and B. J. McNeil 1982, in the form of R. G. Newcombe 2006, method 5.
    """
    return max(1, math.floor(4 * pairs / (answers + 2)))
