"""A verdict rests on the figures that hold at every look, and says in the metric's units what was found."""

import math
from collections.abc import Sequence
from typing import Final

from app.domain.ab.design import Design
from app.domain.ab.metric import Metric
from app.domain.ab.readout import UNDECIDED, Progress, ValidNow, Verdict, Word
from app.domain.money import to_usd
from app.domain.statistics.means import Sample

_RATES: Final = ("conversion", "thumb", "failures", "approved")


def verdict(design: Design, arm: str, now: ValidNow, *, values: Sequence[int], progress: Progress) -> Verdict:
    """Win or lose once p ≤ alpha; no meaningful difference once the interval lies inside ±margin; else keep running.

    None of them before every arm has `min_units` values; `values` are those of control and treatment. p is the least
    so far: what was once proven at alpha stays proven, unless the difference has come to lie on the other side.
    """
    word = _word(design, now, fewest=min(values))
    return Verdict(arm, word, _sentence(design, arm, word, now, progress))


def best_of(design: Design, verdicts: Sequence[Verdict], means: Sequence[tuple[str, Sample | None]]) -> str | None:
    """The arm that should get the traffic: the best of the winners; the control when no treatment can be better.

    None while a treatment is undecided and might win.
    """
    winners = {one.arm for one in verdicts if one.word == "win"}
    if winners:
        found = {
            arm: sample.mean * design.metric.sign for arm, sample in means if sample is not None and arm in winners
        }
        return max(found, key=found.__getitem__) if found else None
    if any(one.word == UNDECIDED for one in verdicts):
        return None
    return design.control


def recommendation(
    design: Design, verdicts: Sequence[Verdict], best: str | None, *, trusted: bool, over: bool = False
) -> str:
    """What to do, in plain words; `over`: it has ended."""
    if not trusted:
        return (
            "Do not use these figures: units did not come to the arms as was meant. Find out why, mend it, and start "
            "again."
        )
    if design.same:
        found = [one.arm for one in verdicts if one.word in ("win", "lose")]
        if found:
            return f"The arms are identical, yet {', '.join(found)} seems to differ: this is a false alarm."
        return "The arms are identical, and nothing is found between them, as it should be."
    if best is None and over:
        return f"Nothing was proven: keep {design.control}, or test again with more units."
    if best is None:
        return "Keep running: nothing is proven yet."
    if best == design.control:
        if all(one.word == "lose" for one in verdicts):
            return f"Keep {best}: every other arm is proven worse."
        return f"Keep {best}: no other arm is better by anything that matters."
    open_arms = [one.arm for one in verdicts if one.word == UNDECIDED]
    if open_arms:
        return f"{best} beats {design.control} already; {', '.join(open_arms)} is still open. Roll {best} out, or wait."
    return f"Roll {best} out: it beats {design.control}."


def amount(metric: Metric, value: float, *, signed: bool = False) -> str:
    """A value, or a difference, in the metric's units, for people."""
    sign = "+" if signed and value > 0 else "−" if value < 0 else ""
    size = abs(value)
    if metric.kind == "cost":
        return f"{sign}{to_usd(round(size))} USD"
    if metric.kind == "latency":
        return f"{sign}{size:,.0f} ms"
    if metric.kind in _RATES:
        return f"{sign}{size * 100:.2f} " + ("points" if signed else "%")
    return f"{sign}{size:.4g}"


def _word(design: Design, now: ValidNow, *, fewest: int) -> Word:
    if fewest < design.min_units or now.diff is None:
        return UNDECIDED
    if now.running_p <= design.goal.alpha and now.diff != 0 and not _turned(now, now.diff):
        return "win" if now.diff * design.metric.sign > 0 else "lose"
    margin = design.goal.margin
    if now.low is not None and now.high is not None and -margin < now.low and now.high < margin:
        return "no meaningful difference"
    return UNDECIDED


def _turned(now: ValidNow, diff: float) -> bool:
    """Whether what was proven lay on the other side: that is no proof of what is seen now."""
    return now.running_diff is not None and now.running_diff * diff < 0


def _sentence(design: Design, arm: str, word: Word, now: ValidNow, progress: Progress) -> str:
    metric, control = design.metric, design.control
    if now.diff is None or now.low is None or now.high is None:
        return f"{arm} against {control}: there is nothing to compare in {metric.name} yet. {_collected(progress)}"
    name = f"{metric.name[:1].upper()}{metric.name[1:]}"
    effect = (
        f"{name} of {arm} less that of {control}: {amount(metric, now.diff, signed=True)} "
        f"({amount(metric, now.low, signed=True)} to {amount(metric, now.high, signed=True)}, valid at every look)"
    )
    match word:
        case "win":
            return f"{arm} is better than {control}. {effect}."
        case "lose":
            return f"{arm} is worse than {control}. {effect}."
        case "no meaningful difference":
            margin = amount(metric, design.goal.margin, signed=True).removeprefix("+")
            return f"{arm} and {control} differ by less than {margin}, which does not matter. {effect}."
        case _:
            return f"{arm} against {control} is open. {effect}. {_collected(progress)}"


def _collected(progress: Progress) -> str:
    """How much there is of what was planned (S3-83)."""
    counts = ", ".join(f"{arm} {progress.collected[arm]} of {need}" for arm, need in progress.required.items())
    told = f"Collected of the values that the plan asks for: {counts}"
    if progress.days_left is None or progress.reached:
        return f"{told}."
    return f"{told}; about {math.ceil(progress.days_left)} more days at this pace."
