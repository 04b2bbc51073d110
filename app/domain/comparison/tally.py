"""What a comparison adds to what is known of models: sums that stay small, however many answers there were."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from app.domain.comparison.comparison import Candidate
from app.domain.comparison.estimate import Estimate, share_of
from app.domain.comparison.pairs import Pairs
from app.domain.comparison.quality import quality_of
from app.domain.comparison.ranking import Met
from app.domain.comparison.recommendation import Record
from app.domain.comparison.sheet import Sheet
from app.domain.fixed_effects import Array

_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums of one model in one `stratum` of one `comparison`, by its id, or in several.

    A stratum is what all its models were asked with: a flow, by its id, or "" for the comparison's own prompt.

    `inputs` it answered, over `comparisons`. `scored` of them have a score 0…1, the mean over the model's answers to
    the input; `score` sums these and `squares` their squares. `priced` answers cost `cost` nano-dollars in all, and are
    counted only where every answer of a comparison has a price. `timed` answers took `latency` ms in all.
    """

    model: str
    comparisons: int
    inputs: int
    scored: int = 0
    score: float = 0.0
    squares: float = 0.0
    priced: int = 0
    cost: int = 0
    timed: int = 0
    latency: int = 0
    comparison: str = ""
    stratum: str = ""


def tallies_in(
    sheet: Sheet, pairs: Pairs, models: Sequence[str | None], strata: Sequence[str] | None = None
) -> tuple[Tally, ...]:
    """A tally for each model and stratum; both by candidate, a model None for one that is no single model.

    Candidates of one model in one stratum are taken together, so that an input counts once for it. Opinions are no
    scores. Those that failed every time are left out.
    """
    quality = quality_of(sheet, pairs)
    scores = quality.values if quality.source == "scores" else np.full(len(sheet.score), np.nan)
    silent = sheet.silent()
    own: dict[tuple[str, str], list[int]] = {}
    for at, (model, stratum) in enumerate(zip(models, strata or [""] * len(models), strict=True)):
        if model is not None and at not in silent:
            own.setdefault((model, stratum), []).append(at)
    return tuple(_tally(sheet, scores, model, stratum, several) for (model, stratum), several in own.items())


def meetings_in(pairs: Pairs, candidates: Sequence[Candidate], *, silent: Collection[int] = ()) -> tuple[Met, ...]:
    """What pairs of models did against each other that were asked alike: with the same prompt, or in the same flow.

    An input counts once for each two of them, however often it was asked (`over_repeats`). Candidates that are `silent`
    (`Sheet.silent`) meet nobody.
    """
    pairs = pairs.over_repeats()
    wins, ties = pairs.wins(), pairs.ties()
    found: dict[tuple[str, str], Met] = {}
    for first, second in alike(candidates):
        if first in silent or second in silent:
            continue
        one, other, turned = met_by(candidates, first, second)
        won, lost = (second, first) if turned else (first, second)
        more = int(wins[won, lost]), int(wins[lost, won]), int(ties[first, second])
        so_far = found.get((one, other), Met(one, other, 0, 0))
        found[one, other] = Met(one, other, so_far.wins + more[0], so_far.losses + more[1], so_far.ties + more[2])
    return tuple(found.values())


def alike(candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    """Pairs of candidates, by number, that differ in nothing but their models."""
    numbered = list(enumerate(candidates))
    return [
        (first, second)
        for first, one in numbered
        for second, other in numbered[first + 1 :]
        if one.model and other.model and one.model != other.model and one.flow_id == other.flow_id
    ]


def met_by(candidates: Sequence[Candidate], first: int, second: int) -> tuple[str, str, bool]:
    """The models of two candidates in the order of their names, and whether that is the other way round."""
    one, other = candidates[first].model or "", candidates[second].model or ""
    return (other, one, True) if other < one else (one, other, False)


def record_of(tally: Tally, meetings: Iterable[Met]) -> Record:
    """What is known of a model: its sums, and its meetings with others, ties as halves."""
    won, pairs = 0.0, 0
    for met in meetings:
        if tally.model in (met.one, met.other):
            won += (met.wins if met.one == tally.model else met.losses) + met.ties / 2
            pairs += met.wins + met.losses + met.ties
    return Record(
        model=tally.model,
        comparisons=tally.comparisons,
        inputs=tally.inputs,
        quality=_mean(tally),
        win_rate=share_of(won, pairs),
        cost_each=tally.cost / tally.priced if tally.priced else None,
        latency_ms=tally.latency / tally.timed if tally.timed else None,
    )


def _tally(sheet: Sheet, scores: Array, model: str, stratum: str, candidates: Sequence[int]) -> Tally:
    own = np.isin(sheet.candidate, candidates)
    asked = np.unique(sheet.row_input[own])
    known = own & np.isfinite(scores)
    size = len(sheet.inputs)
    counts = np.bincount(sheet.row_input[known], minlength=size)
    sums = np.bincount(sheet.row_input[known], weights=scores[known], minlength=size)
    means = sums[counts > 0] / counts[counts > 0]
    costs, times = sheet.cost[own], sheet.latency[own & ~sheet.failed]
    times = times[np.isfinite(times)]
    priced = not np.isnan(costs).any()
    return Tally(
        model=model,
        comparisons=1,
        inputs=len(asked),
        scored=len(means),
        score=float(means.sum()),
        squares=float(np.square(means).sum()),
        priced=len(costs) if priced else 0,
        cost=int(costs.astype(np.int64).sum()) if priced else 0,
        timed=len(times),
        latency=int(times.sum()),
        stratum=stratum,
    )


def _mean(tally: Tally, *, confidence: float = 0.95) -> Estimate | None:
    """The mean score with its interval, from sums alone, as `mean_of_scores` has it.

    Scores 0…1 whose squares sum up to the same are all 0 or 1. Source: W. S. Gosset 1908.
    """
    n = tally.scored
    if n == 0:
        return None
    mean = min(1.0, tally.score / n)
    spread = max(0.0, tally.squares - n * mean * mean)
    if abs(tally.score - tally.squares) <= _CLOSE * n or spread <= _CLOSE * n:
        return share_of(min(tally.score, float(n)), n, confidence=confidence)
    if n == 1:
        return Estimate(mean)
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * math.sqrt(spread / (n - 1) / n)
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half))
