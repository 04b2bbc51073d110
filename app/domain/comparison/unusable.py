"""How often the judge was asked about a pair and gave no word that can be used."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.comparison.comparison import JUDGE, Judgement


@dataclass(frozen=True, slots=True)
class Unusable:
    """`none` of `pairs` that the judge has seen in both orders have no verdict in one of them, and so tell nothing."""

    none: int
    pairs: int


def unusable_in(judgements: Sequence[Judgement]) -> Unusable:
    """Of the judge's words, not of pairs that were decided without asking it; half a pair is still to come."""
    words: defaultdict[tuple[int, int, int, int], list[bool]] = defaultdict(list)
    for each in judgements:
        unasked = each.verdict is not None and each.error is not None
        if each.rater == JUDGE and each.done and not unasked:
            low, high = sorted((each.first, each.second))
            words[low, high, each.input, each.repeat].append(each.verdict is not None)
    whole = [both for both in words.values() if len(both) == 2]
    return Unusable(sum(not all(both) for both in whole), len(whole))
