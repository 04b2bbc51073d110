"""The figures of a candidate: how often it failed, how good, how fast and how dear its answers were."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.comparison.comparison import Answer, Judgement
from app.domain.comparison.estimate import Estimate, mean_of, mean_of_scores, share_of
from app.domain.comparison.pairs import Pairs, pairs_in
from app.domain.comparison.quality import quality_of
from app.domain.comparison.sheet import Bools, Ints, Sheet, sheet_of
from app.domain.fixed_effects import Array


@dataclass(frozen=True, slots=True)
class Spread:
    """Times in ms of the answers that did not fail: the mean over inputs with its interval, half and 95 % of them."""

    mean: Estimate
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `n` done answers of one candidate; None where nothing is known.

    `quality` 0…1 is the mean over inputs of the mean over repeats, so that repeats do not pass for more inputs. `cost`
    is the total in nano-dollars and `cost_each` its mean per answer; both None as soon as one answer's is unknown.
    `win_rate`: wins and half the ties of its pairs, averaged by input as failures are for `error_rate`, so that n of
    their intervals (Wilson's) counts inputs.
    """

    candidate: int
    n: int
    failures: int
    error_rate: Estimate | None
    quality: Estimate | None
    latency: Spread | None
    ttft: Spread | None
    input_tokens: int
    output_tokens: int
    cost: int | None
    cost_each: float | None
    wins: int
    losses: int
    ties: int
    win_rate: Estimate | None


def figures_of(
    answers: Sequence[Answer], judgements: Sequence[Judgement], *, candidates: int, confidence: float = 0.95
) -> tuple[Figures, ...]:
    """The figures of every candidate, in order. For a part of the inputs give the answers to these only."""
    sheet = sheet_of(answers, candidates=candidates)
    return figures_in(sheet, pairs_in(sheet, judgements), confidence=confidence)


def figures_in(sheet: Sheet, pairs: Pairs, *, confidence: float = 0.95) -> tuple[Figures, ...]:
    """Like `figures_of`, of a sheet and its pairs."""
    by_input = sheet.by_input(quality_of(sheet, pairs).values)
    failed = sheet.by_input(sheet.failed.astype(np.float64))
    wins, ties = pairs.wins(), pairs.ties().sum(axis=1)
    latency, ttft = (np.where(sheet.failed, np.nan, times) for times in (sheet.latency, sheet.ttft))
    found = []
    for candidate in range(sheet.candidates):
        own = sheet.candidate == candidate
        n, failures = int(own.sum()), int(sheet.failed[own].sum())
        won, lost, tied = int(wins[candidate].sum()), int(wins[:, candidate].sum()), int(ties[candidate])
        cost = _total(sheet.cost[own])
        failing, points = _known(failed[candidate]), pairs.points(candidate)
        found.append(
            Figures(
                candidate=candidate,
                n=n,
                failures=failures,
                error_rate=share_of(float(failing.sum()), len(failing), confidence=confidence),
                quality=mean_of_scores(_known(by_input[candidate]), confidence=confidence),
                latency=_spread(sheet, latency, own, candidate, confidence),
                ttft=_spread(sheet, ttft, own, candidate, confidence),
                input_tokens=_sum(sheet.input_tokens, own),
                output_tokens=_sum(sheet.output_tokens, own),
                cost=cost,
                cost_each=None if cost is None else cost / n,
                wins=won,
                losses=lost,
                ties=tied,
                win_rate=share_of(float(points.sum()), len(points), confidence=confidence),
            )
        )
    return tuple(found)


def _spread(sheet: Sheet, times: Array, own: Bools, candidate: int, confidence: float) -> Spread | None:
    known = _known(times[own])
    mean = mean_of(_known(sheet.by_input(times)[candidate]), confidence=confidence)
    if mean is None:
        return None
    half, most = np.percentile(known, (50, 95))
    return Spread(mean, float(half), float(most))


def _total(costs: Array) -> int | None:
    """The sum of whole nano-dollars; None of nothing, and when one is unknown."""
    return None if not len(costs) or np.isnan(costs).any() else int(costs.astype(np.int64).sum())


def _sum(counts: Ints, own: Bools) -> int:
    return int(counts[own].sum())


def _known(values: Array) -> Array:
    kept: Array = values[np.isfinite(values)]
    return kept
