"""The readout of a comparison: all that its answers, votes and judgements tell, also while it runs."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.db import comparison_answers as answer_rows
from app.db import comparisons as rows
from app.db import judgements as judgement_rows
from app.db.uow import Tx
from app.domain.comparison.comparison import Answer, Comparison, Input, Judgement
from app.domain.comparison.figures import Figures, figures_in, figures_of
from app.domain.comparison.pairs import BASES, Basis, Pairs, pairs_in
from app.domain.comparison.pareto import pareto
from app.domain.comparison.position_bias import PositionBias, position_bias
from app.domain.comparison.regression import Outing, Regression, regressions
from app.domain.comparison.sheet import sheet_of
from app.domain.comparison.unusable import unusable_in
from app.domain.comparison.winner import Winner, winner_in
from app.services.comparing import progress
from app.services.comparing.progress import Progress
from app.services.world import World

LABELS: Final = 20  # groups of inputs that have figures of their own


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the candidates `first` < `second` did against each other: `wins` of the first, `losses` of it, and ties."""

    first: int
    second: int
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of the inputs with one label."""

    label: str
    inputs: int
    figures: tuple[Figures, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A run of a benchmark against the run `before` it, candidate by candidate; none for those that are new.

    `inputs` are those that both were asked. With another rule scores cannot be compared: then `comparable` is False.
    """

    before: str
    inputs: int
    comparable: bool
    candidates: tuple[Regression, ...]


@dataclass(frozen=True, slots=True)
class Readout:
    """`figures` by candidate; `meetings` of each two that have pairs, and what pairs rest on (`bases`: how many each).

    `pareto`: candidates that no other dominates by quality, cost and latency. `groups` by label, the most frequent
    ones. `bias` of the judge, None without enough judged pairs. `change` None unless it is a benchmark's later run.
    """

    comparison: Comparison
    progress: Progress
    figures: tuple[Figures, ...]
    groups: tuple[Group, ...]
    meetings: tuple[Meeting, ...]
    bases: Mapping[Basis, int]
    pareto: tuple[int, ...]
    winner: Winner
    bias: PositionBias | None
    change: Change | None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the candidates, in order."""
        return tuple(candidate.name for candidate in self.comparison.candidates)


def readout(world: World, comparison_id: str) -> Readout:
    """What the comparison tells now. Reads all its answers, without their texts, and nothing else's.

    Intervals are at 1 − alpha of the comparison. Raises NotFound.
    """
    with world.store.read() as tx:
        comparison = rows.get(tx, comparison_id)
        answers, said = answer_rows.outcomes(tx, comparison_id), judgement_rows.all_of(tx, comparison_id)
        labels = rows.labels_of(tx, comparison_id)
        last = None if comparison.benchmark is None else rows.last_run(tx, comparison)
        earlier = None if last is None else _earlier(tx, comparison, last)
    now = progress.of(world, comparison_id)
    names, confidence = [candidate.name for candidate in comparison.candidates], 1 - comparison.alpha
    sheet = sheet_of(answers, candidates=len(names))
    pairs = pairs_in(sheet, said)
    figures = figures_in(sheet, pairs, confidence=confidence)
    winner = winner_in(
        sheet,
        pairs,
        names=names,
        weights=comparison.weights,
        alpha=comparison.alpha,
        seed=comparison.seed,
        unusable=unusable_in(said),
    )
    return Readout(
        comparison=comparison,
        progress=now,
        figures=figures,
        groups=_groups(comparison, answers, said, labels),
        meetings=_meetings(pairs),
        bases={BASES[at]: many for at, many in sorted(Counter(pairs.basis.tolist()).items())},
        pareto=pareto(figures),
        winner=winner,
        bias=position_bias(said, confidence=confidence),
        change=None if last is None or earlier is None else _change(comparison, answers, last, earlier),
    )


def _groups(
    comparison: Comparison, answers: Sequence[Answer], said: Sequence[Judgement], labels: Mapping[int, str]
) -> tuple[Group, ...]:
    found = []
    for label, many in Counter(labels.values()).most_common(LABELS):
        own = [answer for answer in answers if labels.get(answer.input) == label]
        figures = figures_of(
            own,
            [each for each in said if labels.get(each.input) == label],
            candidates=len(comparison.candidates),
            confidence=1 - comparison.alpha,
        )
        found.append(Group(label, many, figures))
    return tuple(found)


def _meetings(pairs: Pairs) -> tuple[Meeting, ...]:
    wins, ties = pairs.wins(), pairs.ties()
    found = (
        Meeting(first, second, int(wins[first, second]), int(wins[second, first]), int(ties[first, second]))
        for first in range(pairs.candidates)
        for second in range(first + 1, pairs.candidates)
    )
    return tuple(each for each in found if each.wins + each.losses + each.ties)


def _earlier(tx: Tx, comparison: Comparison, last: Comparison) -> list[Answer]:
    """The last run's answers to the inputs that both runs have, under the numbers that these have now."""
    numbers = {_asked(each): each.number for each in rows.inputs_of(tx, comparison.id)}
    now_called = {each.number: numbers.get(_asked(each)) for each in rows.inputs_of(tx, last.id)}
    found = []
    for answer in answer_rows.outcomes(tx, last.id):
        number = now_called.get(answer.input)
        if number is not None:
            found.append(replace(answer, input=number))
    return found


def _asked(given: Input) -> str:
    return json.dumps([given.values, given.reference], sort_keys=True)


def _change(comparison: Comparison, answers: Sequence[Answer], last: Comparison, earlier: Sequence[Answer]) -> Change:
    """A candidate is the same when its name, its model and its flow are; the flow's version may be another."""
    same = {(each.name, each.model, each.flow) for each in comparison.candidates}
    names = [each.name if (each.name, each.model, each.flow) in same else "" for each in last.candidates]
    comparable = last.scoring == comparison.scoring
    inputs = {answer.input for answer in earlier} & {answer.input for answer in answers}
    held = regressions(
        Outing(earlier, names),
        Outing(answers, [candidate.name for candidate in comparison.candidates]),
        seed=comparison.seed,
        alpha=comparison.alpha,
    )
    return Change(last.id, len(inputs), comparable, held if comparable else ())
