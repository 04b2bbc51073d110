"""How good an answer is, 0…1: by the rule where there is one, else by what people or the judge said."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.domain.chance import share
from app.domain.comparison.pairs import BASES, Pairs
from app.domain.comparison.sheet import Bools, Sheet
from app.domain.fixed_effects import Array

Source = Literal["scores", "opinions"]


@dataclass(frozen=True, slots=True)
class Quality:
    """`values` for each row of the sheet, NaN where unknown; `source` None when nothing is known of any."""

    values: Array
    source: Source | None


def quality_of(sheet: Sheet, pairs: Pairs) -> Quality:
    """The score of each answer; without any score the part of its judged or voted pairs that it won, ties as halves.

    A failed answer is worth 0. Beside opinions, pairs that a failure decided count too, but where only some pairs were
    judged only as large a part of them, drawn by hash: all of them beside a few opinions would weigh too much. An
    answer without any such pair is unknown.
    """
    if np.isfinite(sheet.score).any():
        return Quality(np.where(sheet.failed, 0.0, sheet.score), "scores")
    said = np.isin(pairs.basis, (BASES.index("votes"), BASES.index("judge")))
    if not said.any():
        return Quality(np.full(len(sheet.score), np.nan), None)
    counted = said | _drawn(sheet, pairs, int(said.sum()))
    points, counts = np.zeros(len(sheet.score)), np.zeros(len(sheet.score))
    numbers = sheet.inputs[sheet.row_input].tolist()
    keys = zip(sheet.candidate.tolist(), numbers, sheet.repeat.tolist(), strict=True)
    row = {key: at for at, key in enumerate(keys)}
    columns = (pairs.first, pairs.second, pairs.input, pairs.repeat, pairs.sign)
    for first, second, given, repeat, sign in zip(*(column[counted].tolist() for column in columns), strict=True):
        for candidate, outcome in ((first, sign), (second, -sign)):
            at = row[candidate, given, repeat]
            points[at] += (1 + outcome) / 2
            counts[at] += 1
    won = np.divide(points, counts, out=np.full(len(points), np.nan), where=counts > 0)
    return Quality(np.where(sheet.failed & (counts > 0), 0.0, won), "opinions")


def _drawn(sheet: Sheet, pairs: Pairs, said: int) -> Bools:
    """As large a part of the pairs that a failure decided as was judged, or voted on, of all others."""
    failed = pairs.basis == BASES.index("failure")
    _, answers = np.unique(np.stack([sheet.row_input, sheet.repeat]), axis=1, return_counts=True)
    others = int((answers * (answers - 1) // 2).sum()) - int(failed.sum())
    drawn = np.zeros(len(pairs), dtype=np.bool_)
    for at in np.flatnonzero(failed).tolist():
        drawn[at] = share(f"{pairs.first[at]} {pairs.second[at]} {pairs.input[at]} {pairs.repeat[at]}") * others < said
    return drawn
