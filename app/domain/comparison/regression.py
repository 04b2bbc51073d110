"""A benchmark's run is held against its last one, candidate by candidate and input by input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.domain.comparison.comparison import Answer
from app.domain.comparison.sheet import Ints, Sheet, sheet_of
from app.domain.comparison.winner import FEWEST_INPUTS
from app.domain.errors import Invalid
from app.domain.fixed_effects import Array
from app.domain.statistics.paired import Shift, paired_bootstrap, signed_rank

Change = Literal["worse", "better", "level", "unknown"]


@dataclass(frozen=True, slots=True)
class Regression:
    """A candidate now less before, over the `inputs` whose scores both runs know; None where nothing is known.

    `quality` 0…1 and `latency` in ms are mean differences with intervals, `p_value` is that of quality. `cost_ratio`
    and `latency_ratio` are means now over means before, over the inputs that both runs know them of. `change` is
    `unknown` with fewer than six inputs.
    """

    name: str
    inputs: int
    before: float | None
    now: float | None
    quality: Shift | None
    p_value: float
    latency: Shift | None
    latency_ratio: float | None
    cost_ratio: float | None
    change: Change
    sentence: str


@dataclass(frozen=True, slots=True)
class Outing:
    """One run of a benchmark: its answers and the names of its candidates, in order."""

    answers: Sequence[Answer]
    names: Sequence[str]


def regressions(
    before: Outing, now: Outing, *, seed: str, alpha: float = 0.05, margin: float = 0.0
) -> tuple[Regression, ...]:
    """Every candidate of both runs, by name, in the order of the present one; the same for the same seed.

    `worse` when the whole interval of the quality's difference (BCa bootstrap, 1 − alpha) lies below −`margin` and the
    signed ranks agree (p ≤ alpha); `better` likewise above. Only scores by a rule are compared: what a judge said is
    relative to the rivals of that run. Failed answers are worth 0; their times are left out. Raises Invalid for a
    margin outside of 0 to below 1.
    """
    if not 0 <= margin < 1:
        raise Invalid("a margin of at least 0 and below 1 is expected", field="margin")
    old, new = (sheet_of(run.answers, candidates=len(run.names)) for run in (before, now))
    common = np.intersect1d(old.inputs, new.inputs)
    places = {name: at for at, name in enumerate(before.names)}
    return tuple(
        _held(
            name,
            [_lines(old, places[name], common), _lines(new, at, common)],
            seed=f"{seed}\x1f{name}",
            alpha=alpha,
            margin=margin,
        )
        for at, name in enumerate(now.names)
        if name in places
    )


def _held(name: str, lines: Sequence[Sequence[Array]], *, seed: str, alpha: float, margin: float) -> Regression:
    (was, is_now), (took, takes), (cost_was, cost_is) = (_both(*pair) for pair in zip(*lines, strict=True))
    change: Change = "unknown"
    quality, p_value = None, 1.0
    if len(was):
        quality = paired_bootstrap(is_now - was, seed=seed, confidence=1 - alpha)
        p_value = signed_rank(is_now - was).p_value
    if quality and len(was) >= FEWEST_INPUTS:
        proven = p_value <= alpha
        change = "worse" if proven and quality.high < -margin else "level"
        change = "better" if proven and quality.low > margin else change
    return Regression(
        name=name,
        inputs=len(was),
        before=float(was.mean()) if len(was) else None,
        now=float(is_now.mean()) if len(was) else None,
        quality=quality,
        p_value=p_value,
        latency=paired_bootstrap(takes - took, seed=seed, confidence=1 - alpha) if len(took) else None,
        latency_ratio=_ratio(took, takes),
        cost_ratio=_ratio(cost_was, cost_is),
        change=change,
        sentence=_sentence(name, change, was, is_now, quality),
    )


def _lines(sheet: Sheet, candidate: int, common: Ints) -> tuple[Array, Array, Array]:
    """Quality, latency and cost by common input, NaN where unknown; an input with one unknown price has none."""
    scored = bool(np.isfinite(sheet.score).any())
    quality = np.where(sheet.failed, 0.0 if scored else np.nan, sheet.score)
    latency = np.where(sheet.failed, np.nan, sheet.latency)
    here = np.searchsorted(sheet.inputs, common)
    unpriced = np.isin(
        np.arange(len(sheet.inputs)), sheet.row_input[np.isnan(sheet.cost) & (sheet.candidate == candidate)]
    )
    quality, latency, cost = (sheet.by_input(values)[candidate] for values in (quality, latency, sheet.cost))
    return quality[here], latency[here], np.where(unpriced, np.nan, cost)[here]


def _both(before: Array, now: Array) -> tuple[Array, Array]:
    known = np.isfinite(before) & np.isfinite(now)
    return before[known], now[known]


def _ratio(before: Array, now: Array) -> float | None:
    return float(now.sum() / before.sum()) if len(before) and before.sum() > 0 else None


def _sentence(name: str, change: Change, was: Array, now: Array, quality: Shift | None) -> str:
    if quality is None:
        return f"{name}: no input was scored in both runs."
    over = f"over {len(was)} input{'' if len(was) == 1 else 's'}"
    if change == "unknown":
        return f"{name}: {over} nothing can be proven, at least {FEWEST_INPUTS} are needed."
    figures = f"quality {now.mean():.3f} after {was.mean():.3f} {over} ({quality.low:+.3f} to {quality.high:+.3f})"
    verdict = {
        "worse": "is worse than in the last run",
        "better": "is better than in the last run",
        "level": "is not proven to have changed by more than is allowed",
    }
    return f"{name} {verdict[change]}: {figures}."
