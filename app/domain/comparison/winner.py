"""The winner is the candidate of the best utility, and only when it is proven better than every other one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from app.domain.comparison.comparison import Answer, Judgement, Weights
from app.domain.comparison.estimate import Estimate, mean_of_scores
from app.domain.comparison.pairs import Pairs, pairs_in
from app.domain.comparison.quality import quality_of
from app.domain.comparison.sheet import Sheet, sheet_of
from app.domain.comparison.unusable import Unusable, unusable_in
from app.domain.comparison.utility import Side, Utility, utility_of
from app.domain.fixed_effects import Array
from app.domain.statistics.multiplicity import holm
from app.domain.statistics.paired import Shift, paired_bootstrap, signed_rank

FEWEST_INPUTS: Final = 6
"""With five the smallest two-sided p-value of signed ranks is 1/16: nothing could be proven at 5 %."""

NO_JUDGE: Final = Unusable(0, 0)

Reason = Literal["certified", "tie", "too-few-inputs", "nothing-known", "no-rival"]


@dataclass(frozen=True, slots=True)
class Rival:
    """The leader against another candidate over the `inputs` that both answered.

    `shift` is the leader's utility less the rival's, its interval at the level of its turn in Holm's order; None
    without common inputs. `p_value` of signed ranks, `adjusted` after Holm. `beaten` when both say so.
    """

    candidate: int
    inputs: int
    shift: Shift | None
    p_value: float
    adjusted: float
    beaten: bool


@dataclass(frozen=True, slots=True)
class Winner:
    """`winner` is None unless proven; `leader` has the best mean utility, None when nothing is known.

    `utilities` by candidate, with intervals at 1 − alpha. `level` lists the candidates not told apart from the leader.
    `unknown`: what has weight but is not known and so counts for nothing. Whoever failed every time is no rival, and
    proves nothing: with nobody left to beat the reason is `no-rival`.
    """

    winner: int | None
    leader: int | None
    reason: Reason
    utilities: tuple[Estimate | None, ...]
    rivals: tuple[Rival, ...]
    level: tuple[int, ...]
    unknown: tuple[Side, ...]
    sentence: str


def winner_of(
    answers: Sequence[Answer],
    judgements: Sequence[Judgement],
    *,
    names: Sequence[str],
    weights: Weights,
    alpha: float,
    seed: str,
) -> Winner:
    """Who won among the candidates called `names`; the same for the same seed.

    Utilities (`utility_of`) are averaged over repeats, and inputs are the units of all tests. The leader wins when
    against each other candidate both the signed ranks (Wilcoxon 1945, Holm over rivals at alpha) and the bootstrap
    interval of the mean difference (BCa, at the same step's level) say that it is better. Among equals that happens at
    most with probability alpha, however many they are: to win, the leader must also beat the next best.
    """
    sheet = sheet_of(answers, candidates=len(names))
    return winner_in(
        sheet,
        pairs_in(sheet, judgements),
        names=names,
        weights=weights,
        alpha=alpha,
        seed=seed,
        unusable=unusable_in(judgements),
    )


def winner_in(
    sheet: Sheet,
    pairs: Pairs,
    *,
    names: Sequence[str],
    weights: Weights,
    alpha: float,
    seed: str,
    unusable: Unusable = NO_JUDGE,
) -> Winner:
    """Like `winner_of`, of a sheet and its pairs. `unusable`: of the judge's words, told in the sentence."""
    utility = utility_of(sheet, quality_of(sheet, pairs), weights)
    utilities = tuple(mean_of_scores(line[np.isfinite(line)], confidence=1 - alpha) for line in utility.by_input)
    silent = sheet.silent()
    besides = [*_silent(silent, names), *_unheard(unusable), *_unknown(utility, judged=unusable.pairs > 0)]
    known = [at for at, found in enumerate(utilities) if found is not None and at not in silent]
    if not known:
        said = " ".join(["No winner: nothing is known that has weight.", *besides])
        return Winner(None, None, "nothing-known", utilities, (), (), utility.unknown, said)
    leader = max(known, key=lambda at: (_value(utilities[at]), -at))
    others = [at for at in range(len(names)) if at != leader and at not in silent]
    rivals = _rivals(utility.by_input, leader, others, alpha=alpha, seed=seed)
    level = tuple(rival.candidate for rival in rivals if not rival.beaten)
    reason: Reason = "tie" if level else "certified"
    if min((rival.inputs for rival in rivals), default=0) < FEWEST_INPUTS:
        reason = "too-few-inputs" if rivals else "no-rival"
    winner = leader if reason == "certified" else None
    said = " ".join([_sentence(reason, leader, rivals, names), *besides])
    return Winner(winner, leader, reason, utilities, rivals, level, utility.unknown, said)


def _rivals(by_input: Array, leader: int, others: Sequence[int], *, alpha: float, seed: str) -> tuple[Rival, ...]:
    """The others in the order of candidates; each is beaten only when all before it in Holm's order are."""
    differences = [by_input[leader] - by_input[at] for at in others]
    differences = [line[np.isfinite(line)] for line in differences]
    p_values = [signed_rank(line).p_value for line in differences]
    adjusted = holm(p_values)
    found: dict[int, Rival] = {}
    so_far = True
    for turn, at in enumerate(sorted(range(len(others)), key=p_values.__getitem__)):
        line, level = differences[at], alpha / (len(others) - turn)
        shift = paired_bootstrap(line, seed=f"{seed}\x1f{others[at]}", confidence=1 - level) if len(line) else None
        proven = shift is not None and len(line) >= FEWEST_INPUTS and shift.low > 0 and adjusted[at] <= alpha
        so_far = so_far and proven
        found[others[at]] = Rival(others[at], len(line), shift, p_values[at], adjusted[at], so_far)
    return tuple(found[at] for at in others)


def _sentence(reason: Reason, leader: int, rivals: Sequence[Rival], names: Sequence[str]) -> str:
    inputs = min((rival.inputs for rival in rivals), default=0)
    over = f"{inputs} input{'' if inputs == 1 else 's'}"
    first = names[leader]
    match reason:
        case "no-rival":
            return f"No winner: {first} has no rival that answered."
        case "too-few-inputs":
            return f"No winner: {over} answered by all are too few, at least {FEWEST_INPUTS} are needed; {first} leads."
        case "tie":
            level = [names[rival.candidate] for rival in rivals if not rival.beaten]
            return f"No winner: {first} leads, but over {over} it is not proven better than {_listed(level)}."
        case _:
            nearest = min(rivals, key=lambda rival: rival.shift.mean if rival.shift else 0.0)
            ahead = _ahead(nearest.shift)
            return (
                f"{first} wins over {over}: {ahead} ahead of {names[nearest.candidate]}, the next, proven against all."
            )


def _ahead(shift: Shift | None) -> str:
    return f"{shift.mean:.3f} ({shift.low:.3f} to {shift.high:.3f})" if shift else "nothing"


def _silent(silent: Sequence[int], names: Sequence[str]) -> list[str]:
    if not silent:
        return []
    listed, are = _listed([names[at] for at in silent]), "is" if len(silent) == 1 else "are"
    return [f"{listed} failed every time, and so {are} neither beaten nor ranked."]


def _unheard(unusable: Unusable) -> list[str]:
    if not unusable.none:
        return []
    return [f"The judge gave no usable word in {unusable.none} of {unusable.pairs} pairs."]


def _unknown(utility: Utility, *, judged: bool) -> list[str]:
    without = "without a usable word of the judge" if judged else "without rule, judge and votes"
    why = {
        "quality": f"Quality is unknown, {without}, and counts for nothing.",
        "cost": "Cost is unknown for some answers and counts for nothing.",
        "speed": "Speed is unknown for some answers and counts for nothing.",
    }
    return [why[side] for side in utility.unknown]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _value(found: Estimate | None) -> float:
    return found.value if found else 0.0
