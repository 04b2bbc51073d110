"""A pair is two candidates' answers to one input in one repeat, and which of them is better."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from app.domain.comparison.comparison import JUDGE, Answer, Judgement, Verdict
from app.domain.comparison.sheet import Bools, Ints, Sheet, sheet_of
from app.domain.fixed_effects import Array

Basis = Literal["failure", "votes", "judge", "scores"]
BASES: Final[tuple[Basis, ...]] = ("failure", "votes", "judge", "scores")

Signs = npt.NDArray[np.int8]
Key = tuple[int, int, int, int]
_NAMES: Final[dict[int, Verdict]] = {1: "first", -1: "second", 0: "tie"}
_SIGNS: Final[dict[Verdict, int]] = {"first": 1, "second": -1, "tie": 0}
_NOBODY: Final = 2  # no verdict at all


@dataclass(frozen=True, slots=True)
class Pair:
    """`outcome` between the candidates `first` < `second`, and what it rests on."""

    first: int
    second: int
    input: int
    repeat: int
    outcome: Verdict
    basis: Basis


@dataclass(frozen=True, slots=True)
class Pairs:
    """All decided pairs as columns of equal length; `sign` 1: the first won, −1: the second, 0: a tie.

    `basis` counts in BASES. Iterating gives each as a Pair.
    """

    candidates: int
    first: Ints
    second: Ints
    input: Ints
    repeat: Ints
    sign: Signs
    basis: Signs

    def __len__(self) -> int:
        return len(self.sign)

    def __iter__(self) -> Iterator[Pair]:
        columns = (self.first, self.second, self.input, self.repeat, self.sign, self.basis)
        for first, second, given, repeat, sign, basis in zip(*(column.tolist() for column in columns), strict=True):
            yield Pair(first, second, given, repeat, _NAMES[sign], BASES[basis])

    def wins(self) -> Ints:
        """How often the candidate of the line won against that of the column."""
        winner = np.where(self.sign > 0, self.first, self.second)
        loser = np.where(self.sign > 0, self.second, self.first)
        return self._counted(winner, loser, self.sign != 0)

    def ties(self) -> Ints:
        """How often two candidates tied, the same on both sides of the diagonal."""
        one_side = self._counted(self.first, self.second, self.sign == 0)
        return one_side + one_side.T

    def over_repeats(self) -> "Pairs":
        """One pair for each two candidates and input: who won most of its repeats, as many on both sides are a tie.

        Its basis is that of the first of them.
        """
        keys = np.stack([self.first, self.second, self.input])
        cells, at, place = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        sums = np.bincount(place.ravel(), weights=self.sign, minlength=len(at))
        sign = np.sign(sums).astype(np.int8)
        return Pairs(self.candidates, cells[0], cells[1], cells[2], np.zeros_like(cells[0]), sign, self.basis[at])

    def points(self, candidate: int) -> Array:
        """By input that it has pairs of, the part of these that the candidate won, ties as halves."""
        first, second = self.first == candidate, self.second == candidate
        inputs = np.concatenate([self.input[first], self.input[second]])
        won = np.concatenate([1 + self.sign[first], 1 - self.sign[second]]) / 2
        _, place, counts = np.unique(inputs, return_inverse=True, return_counts=True)
        shares: Array = np.bincount(place, weights=won, minlength=len(counts)) / counts
        return shares

    def _counted(self, line: Ints, column: Ints, which: Bools) -> Ints:
        cells = (line * self.candidates + column)[which]
        counts: Ints = np.bincount(cells, minlength=self.candidates**2).reshape(self.candidates, self.candidates)
        return counts


def pairs_of(answers: Sequence[Answer], judgements: Sequence[Judgement], *, candidates: int) -> Pairs:
    """Every pair of done answers of which something is known.

    An answer that failed loses to one that did not, two that failed tie. Else most votes of people decide, as many on
    both sides are a tie; else the judge, when it named the same candidate in both orders, else a tie (with a verdict in
    one order only it said nothing); else the higher score, equal scores tie. Without any of these there is no pair.
    """
    return pairs_in(sheet_of(answers, candidates=candidates), judgements)


def pairs_in(sheet: Sheet, judgements: Sequence[Judgement]) -> Pairs:
    """Like `pairs_of`, of a sheet."""
    blocks, block = np.unique(np.stack([sheet.row_input, sheet.repeat]), axis=1, return_inverse=True)
    numbers, repeats = sheet.inputs[blocks[0]], blocks[1]
    row = np.full((sheet.candidates, len(numbers)), -1, dtype=np.int64)
    row[sheet.candidate, block] = np.arange(len(block))
    there = {key: at for at, key in enumerate(zip(numbers.tolist(), repeats.tolist(), strict=True))}
    said = _said(judgements, there)
    parts = []
    for first in range(sheet.candidates):
        for second in range(first + 1, sheet.candidates):
            both = np.flatnonzero((row[first] >= 0) & (row[second] >= 0))
            sign, basis = _compared(sheet, row[first, both], row[second, both])
            for at, (outcome, why) in said.get((first, second), {}).items():
                place = int(np.searchsorted(both, at))
                if place < len(both) and both[place] == at and basis[place] != 0:
                    sign[place], basis[place] = outcome, BASES.index(why)
            some = sign != _NOBODY
            pair = np.full(int(some.sum()), first), np.full(int(some.sum()), second)
            parts.append((*pair, numbers[both[some]], repeats[both[some]], sign[some], basis[some]))
    return Pairs(sheet.candidates, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _compared(sheet: Sheet, one: Ints, other: Ints) -> tuple[Signs, Signs]:
    """Signs and bases by failures and scores alone."""
    fails, better = sheet.failed[other].astype(np.int8) - sheet.failed[one], sheet.score[one] - sheet.score[other]
    either = sheet.failed[one] | sheet.failed[other]
    by_score: Array = np.where(np.isnan(better), _NOBODY, np.sign(better))
    sign = np.where(either, fails, by_score).astype(np.int8)
    return sign, np.where(either, BASES.index("failure"), BASES.index("scores")).astype(np.int8)


def _said(
    judgements: Sequence[Judgement], there: dict[tuple[int, int], int]
) -> dict[tuple[int, int], dict[int, tuple[int, Basis]]]:
    """What votes, or else the judge, decide: by pair of candidates, then by block."""
    votes: defaultdict[Key, list[int]] = defaultdict(list)
    judged: defaultdict[Key, dict[bool, int]] = defaultdict(dict)
    for judgement in judgements:
        if judgement.verdict is None or judgement.first == judgement.second:
            continue
        swapped = judgement.first > judgement.second
        sign = _SIGNS[judgement.verdict] * (-1 if swapped else 1)
        low, high = sorted((judgement.first, judgement.second))
        key = low, high, judgement.input, judgement.repeat
        if judgement.rater == JUDGE:
            judged[key][swapped] = sign
        else:
            votes[key].append(sign)
    found: defaultdict[tuple[int, int], dict[int, tuple[int, Basis]]] = defaultdict(dict)
    for key, orders in judged.items():
        if len(orders) == 2 and key[2:] in there:
            found[key[:2]][there[key[2:]]] = (orders[False] if orders[False] == orders[True] else 0, "judge")
    for key, signs in votes.items():
        if key[2:] in there:
            found[key[:2]][there[key[2:]]] = (int(np.sign(sum(signs))), "votes")
    return found
