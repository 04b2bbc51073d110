"""A judge that prefers a place, whoever stands there, tells nothing about the answers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import bdtr

from app.domain.comparison.comparison import JUDGE, Judgement, Verdict
from app.domain.statistics.proportions import wilson

FEWEST_PAIRS: Final = 10


@dataclass(frozen=True, slots=True)
class PositionBias:
    """Of `pairs` judged in both orders the judge named the same place in `first` + `second`: a part `share`, 0…1.

    `low` … `high` is its interval. `p_value`: how often a judge without a preferred place names the first, or the
    second, at least so much oftener among these.
    """

    pairs: int
    first: int
    second: int
    share: float
    low: float
    high: float
    p_value: float


def position_bias(judgements: Sequence[Judgement], *, confidence: float = 0.95) -> PositionBias | None:
    """How often the judge's word hung on the order; None with fewer than FEWEST_PAIRS pairs judged in both orders.

    Votes of people are left out: each sees one order; so are pairs that were decided without asking. Sources: the
    interval is Wilson's (1927); the p-value is the exact binomial one at ½ over the pairs in which the same place was
    named twice (Q. McNemar 1947), since of all other pairs each names both places once, or says tie.
    """
    shown: defaultdict[tuple[int, int, int, int], dict[bool, Verdict]] = defaultdict(dict)
    for judgement in judgements:
        if judgement.rater == JUDGE and judgement.verdict is not None and judgement.error is None:
            low, high = sorted((judgement.first, judgement.second))
            key = low, high, judgement.input, judgement.repeat
            shown[key][judgement.first > judgement.second] = judgement.verdict
    both = [tuple(orders.values()) for orders in shown.values() if len(orders) == 2]
    if len(both) < FEWEST_PAIRS:
        return None
    first, second = both.count(("first", "first")), both.count(("second", "second"))
    same = first + second
    least, most = wilson(same, len(both), confidence=confidence)
    p_value = min(1.0, 2 * float(bdtr(min(first, second), same, 0.5))) if same else 1.0
    return PositionBias(len(both), first, second, same / len(both), least, most, p_value)
