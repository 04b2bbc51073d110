"""When a comparison has succeeded, what it tells of models is summed up once; a vote given later moves the sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import comparison_answers as answer_rows
from app.db import comparisons as comparison_rows
from app.db import judgements as judgement_rows
from app.db import tallies as rows
from app.db.uow import Tx
from app.domain.comparison.comparison import Answer, Candidate, Comparison, Judgement
from app.domain.comparison.pairs import pairs_in, pairs_of
from app.domain.comparison.ranking import Met
from app.domain.comparison.sheet import sheet_of
from app.domain.comparison.tally import Tally, alike, meetings_in, met_by, tallies_in
from app.domain.flow import Step
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Tallied:
    """What a comparison tells of models, with the `votes` that were given until then."""

    votes: tuple[Judgement, ...]
    met: tuple[Met, ...]
    tallies: tuple[Tally, ...]


def tally(world: World, comparison: Comparison, models: Sequence[str | None]) -> Tallied:
    """The sums as they stand; `models` by candidate. All answers are read, so nobody writes meanwhile."""
    with world.store.read() as tx:
        return _tally(tx, comparison, models)


def keep(tx: Tx, comparison: Comparison, models: Sequence[str | None], found: Tallied, moment: datetime) -> None:
    """Stores the sums of a comparison that ends now; summed up anew when somebody has voted since."""
    if tuple(judgement_rows.votes(tx, comparison.id)) != found.votes:
        found = _tally(tx, comparison, models)
    rows.add(tx, comparison, moment, found.met, found.tallies)


def model_of(candidate: Candidate, steps: Sequence[Step]) -> str | None:
    """The one model that answers, None where there are several, or a task that may name any."""
    if candidate.model is not None:
        return candidate.model
    named = {step.choice.models[0] if len(step.choice.models) == 1 and not step.choice.task else "" for step in steps}
    return next(iter(named)) or None if len(named) == 1 else None


class Voted:
    """Around a vote: what it changes between two models that were asked alike is added to what the comparison tells."""

    def __init__(self, tx: Tx, comparison: Comparison, given: Judgement) -> None:
        comparison_rows.hold(tx, comparison.id)
        first, second = sorted((given.first, given.second))
        self._tx, self._it, self._given, self._pair = tx, comparison, given, (first, second)
        self._alike = (first, second) in alike(comparison.candidates)
        self._answers = self._shown() if self._alike else []
        self._before = self._outcome()

    def moved(self) -> None:
        """To be called once the vote is written."""
        if not self._alike:
            return
        one, other, turned = met_by(self._it.candidates, *self._pair)
        before, after = self._before, self._outcome()
        won, lost, tied = (new - old for new, old in zip(after, before, strict=True))
        rows.move(self._tx, self._it.id, Met(one, other, lost if turned else won, won if turned else lost, tied))

    def _shown(self) -> list[Answer]:
        found = answer_rows.of_input(self._tx, self._it.id, self._given.input)
        return [answer for answer in found if answer.candidate in self._pair]

    def _outcome(self) -> tuple[int, int, int]:
        """Wins, losses and ties of the first of the pair, over all repeats of the input: one of them is 1."""
        if not self._alike:
            return 0, 0, 0
        said = judgement_rows.of_input(self._tx, self._it.id, self._given.input)
        pairs = pairs_of(self._answers, said, candidates=len(self._it.candidates)).over_repeats()
        wins, (first, second) = pairs.wins(), self._pair
        return int(wins[first, second]), int(wins[second, first]), int(pairs.ties()[first, second])


def _tally(tx: Tx, comparison: Comparison, models: Sequence[str | None]) -> Tallied:
    said = judgement_rows.all_of(tx, comparison.id)
    sheet = sheet_of(answer_rows.outcomes(tx, comparison.id), candidates=len(comparison.candidates))
    pairs = pairs_in(sheet, said)
    votes = tuple(judgement_rows.votes(tx, comparison.id))
    strata = [candidate.flow_id or "" for candidate in comparison.candidates]
    met = meetings_in(pairs, comparison.candidates, silent=sheet.silent())
    return Tallied(votes, met, tallies_in(sheet, pairs, models, strata))
