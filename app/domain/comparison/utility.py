"""The utility of an answer puts quality, cost and speed into one number, at most 1, by the weights of a comparison."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from app.domain.comparison.comparison import Weights
from app.domain.comparison.quality import Quality
from app.domain.comparison.sheet import Sheet
from app.domain.fixed_effects import Array

Side = Literal["quality", "cost", "speed"]
SIDES: Final[tuple[Side, ...]] = ("quality", "cost", "speed")


@dataclass(frozen=True, slots=True)
class Utility:
    """`by_input`: means over repeats, a line for each candidate and a column for each input, NaN where unknown.

    `unknown`: what has weight and counts for nothing, since it is not known of all. `counted`: what counts. Without
    anything that counts all is NaN.
    """

    by_input: Array
    counted: tuple[Side, ...]
    unknown: tuple[Side, ...]


def utility_of(sheet: Sheet, quality: Quality, weights: Weights) -> Utility:
    """The weighted mean of quality, 1 − cost/reference and 1 − latency/reference, at most 1; failed answers have 0.

    A reference is the largest mean among candidates, over answers that did not fail: the dearest candidate's answers
    have 0 for cost on average, below 0 where one is dearer than that; an answer at half of it has 0.5. Where nothing
    costs or takes anything, all have 1. Quality is unknown without rule, judge and votes; cost (or speed) as soon as
    one answer's is, since an unknown price is neither low nor high. Answers of
    unknown quality, such as those that no pair was drawn for, are left out.
    """
    given = {"quality": weights.quality, "cost": weights.cost, "speed": weights.speed}
    wanted = [side for side in SIDES if given[side] > 0]
    parts: dict[Side, Array | None] = {
        "quality": quality.values if quality.source else None,
        "cost": _thrift(sheet, sheet.cost),
        "speed": _thrift(sheet, sheet.latency),
    }
    counted = tuple(side for side in wanted if parts[side] is not None)
    total = sum(given[side] for side in counted)
    value = np.zeros(len(sheet.failed)) if counted else np.full(len(sheet.failed), np.nan)
    for side in counted:
        part = parts[side]
        value = value + (0.0 if part is None else part) * (given[side] / total)
    value = np.where(sheet.failed & np.isfinite(value), 0.0, value)
    return Utility(sheet.by_input(value), counted, tuple(side for side in wanted if side not in counted))


def _thrift(sheet: Sheet, spent: Array) -> Array | None:
    """1 − spent/reference for each row; None when an answer that did not fail has it unknown.

    Below 0 nothing is cut: whoever's costs vary would seem cheaper than they are.
    """
    fine = ~sheet.failed
    if not fine.any() or np.isnan(spent[fine]).any():
        return None
    counts = np.bincount(sheet.candidate[fine], minlength=sheet.candidates)
    sums = np.bincount(sheet.candidate[fine], weights=spent[fine], minlength=sheet.candidates)
    reference = float(np.max(sums / np.maximum(counts, 1)))
    if reference <= 0:
        return np.ones(len(spent))
    thrift: Array = 1 - np.where(fine, spent, reference) / reference
    return thrift
