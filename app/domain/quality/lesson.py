"""Weights that were learned from opinions replace others only if they do better on answers they were not fitted to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.chance import share
from app.domain.quality.opinions import Judged
from app.domain.quality.ordering import Gain, Ordering, gain, ordered_alike
from app.domain.quality.reweighting import reweighted

Outcome = Literal["too-few", "better", "no-better", "none-follows"]
LEAST: Final = 30  # answers below which nothing is learned
FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """What `n` answers teach: weights that sum to 100, and their gain over those before, each answer held out once."""

    outcome: Outcome
    told: str
    n: int
    weights: Mapping[str, float]
    gain: Gain


def learn(found: Sequence[Judged], shipped: Mapping[str, float], before: Mapping[str, float]) -> Lesson:
    """Weights of the dimensions of `shipped`, fitted to all answers; `before` are those they would replace.

    They are better when two intervals say so over answers that each fit left out: that of the gain lies above 0, and
    that of the share of pairs in people's order above one half.
    """
    points = [{name: value for name, value in each.points.items() if name in shipped} for each in found]
    rewards = [each.reward for each in found]
    n = len(found)
    if n < LEAST:
        told = f"Opinions on {n} scored answers are too few to learn from; {LEAST} are needed."
        return Lesson("too-few", told, n, shipped, Gain(None, None, None, None, None))
    held = _held_out([each.about for each in found], points, rewards, shipped)
    won = gain([total_of(each, before) for each in points], held, rewards)
    weights = {name: round(100 * weight, 2) for name, weight in reweighted(points, rewards, shipped).items()}
    outcome = _outcome(won, ordered_alike(held, rewards))
    return Lesson(outcome, _sentence(outcome, n, won), n, weights, won)


def total_of(points: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The weighted mean of what was measured, 0…100; 0 where nothing of it bears a weight."""
    whole = sum(weights[name] for name in points)
    return sum(weights[name] * value for name, value in points.items()) / whole if whole else 0.0


def _held_out(
    about: Sequence[str],
    points: Sequence[Mapping[str, float]],
    rewards: Sequence[float],
    shipped: Mapping[str, float],
) -> list[float]:
    """The total of each answer by weights that were fitted to the other folds; its fold is a hash of what it is."""
    folds = [int(FOLDS * share(f"fold\x1f{each}")) for each in about]
    held = [0.0] * len(points)
    for fold in range(FOLDS):
        kept = [place for place, own in enumerate(folds) if own != fold]
        fitted = reweighted([points[place] for place in kept], [rewards[place] for place in kept], shipped)
        for place in (place for place, own in enumerate(folds) if own == fold):
            held[place] = total_of(points[place], fitted)
    return held


def _outcome(won: Gain, ordered: Ordering) -> Outcome:
    if won.low is None or won.low <= 0:
        return "no-better"
    return "better" if ordered.low is not None and ordered.low > 0.5 else "none-follows"


def _sentence(outcome: Outcome, n: int, won: Gain) -> str:
    if won.before is None or won.after is None or won.low is None or won.high is None:
        return f"The opinions on {n} answers are all the same: there is nothing to learn."
    numbers = (
        f"On answers they were not fitted to, learned weights put {won.after:.0%} of the pairs in people's order, "
        f"those before {won.before:.0%} (95% interval of the difference {won.low:+.2f} to {won.high:+.2f}, {n} answers)"
    )
    return {
        "better": f"{numbers}: they follow opinions better.",
        "no-better": f"{numbers}: they are not shown to be better.",
        "none-follows": f"{numbers}: better, and yet not shown to follow opinions.",
        "too-few": numbers,
    }[outcome]
