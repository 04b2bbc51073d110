"""The track record: what to expect of a model, from what it did for a learner, for all, and from the catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import sqrt
from operator import attrgetter
from typing import Final

from app.domain.model import Model, Tier
from app.domain.routing.level import Level
from app.domain.routing.logistic import logistic, logit

HALF_LIFE_DAYS: Final = 14.0

# Share of right answers at 7 600 exam questions of a model of each tier (Mistral-7B 59 %, Mixtral 75 %, GPT-4 88 %).
QUALITY: Final[Mapping[Tier, float]] = {"cheap": 0.60, "mid": 0.75, "best": 0.88}
# By how much the logit of quality lies off its mean at prompts of a level; "" are prompts whose level nobody looked at.
# Measured at 7 030 questions with levels by priors of other parts of the data: Mixtral +.78, −.09, −1.09 and GPT-4
# +.78, +.17, −1.17 at easy, medium and hard ones.
OFFSET: Final[Mapping[str, float]] = {"easy": 0.78, "medium": 0.04, "hard": -1.13, "": 0.0}
# Outcomes that what is known one step above is worth. Measured there between 56 kinds of questions (standard deviation
# .15 and .14, so 7.9 and 7.0 outcomes) and between levels of one kind (.10 and .09, so 22 and 16). How far models of
# one tier lie apart was not measured; they are taken to be as unlike as kinds of questions.
OF_TIER: Final = 8.0
OF_MODEL: Final = 8.0
OF_LEVELS: Final = 19.0
# Calls that what is known one step above is worth, of latency, tokens and errors.
OF_CALLS: Final = 10.0
OUTPUT_TOKENS: Final = 300.0
ERROR_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Sums:
    """What calls came to: `errors` of `calls` failed, `answered` ones took `latency_ms` and tokens, `priced` ones
    `cost` nano-dollars; `outcomes` weigh `weight` together, and `quality` is the sum of weight times quality."""

    calls: float = 0.0
    errors: float = 0.0
    answered: float = 0.0
    latency_ms: float = 0.0
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    priced: float = 0.0
    cost: float = 0.0
    outcomes: float = 0.0
    weight: float = 0.0
    quality: float = 0.0


@dataclass(frozen=True, slots=True)
class Expected:
    """`quality` 0…1, and `low` one standard error below; `outcomes` is the weight, and `calls` the number of calls, of
    the learner itself that this rests on. `output_tokens` of an answer, `error_share` 0…1 of calls."""

    quality: float
    low: float
    outcomes: float
    latency_ms: float
    output_tokens: float
    error_share: float
    calls: float


@dataclass(frozen=True, slots=True)
class _Belief:
    """A quality, and how many outcomes it is worth."""

    mean: float
    worth: float

    def passed(self, worth: float) -> "_Belief":
        """What is to be believed one step below, where things lie `worth` outcomes apart: variances add up."""
        return _Belief(self.mean, 1.0 / (1.0 / (self.worth + 1.0) + 1.0 / (worth + 1.0)) - 1.0)

    def learned(self, weight: float, quality: float) -> "_Belief":
        """After outcomes of that weight, and of that sum of weight times quality."""
        worth = self.worth + weight
        return _Belief((self.worth * self.mean + quality) / worth, worth)


def of_tier(tier: Tier, level: Level) -> float:
    """The quality 0…1 that the catalogue alone expects at prompts of a level."""
    return logistic(logit(QUALITY[tier]) + OFFSET[level])


def total(parts: Iterable[Sums]) -> Sums:
    """All of them together."""
    return _weighted([(1.0, part) for part in parts])


def decayed(days: Iterable[tuple[int, Sums]], half_life_days: float = HALF_LIFE_DAYS) -> Sums:
    """The sums of days by their age in days, each counting 2^(−age/half-life)."""
    return _weighted([(0.5 ** (max(0, age) / half_life_days), part) for age, part in days])


def expected(
    model: Model, level: Level, *, own: Mapping[str, Sums] | None = None, everywhere: Sums | None = None
) -> Expected:
    """What to expect of the model at a prompt of that level.

    `own` are the learner's sums by level, those of calls without a level under ""; `everywhere` are those of all
    learners together, this one included. Quality goes down four steps, each giving way to outcomes as they come: the
    tier's, the model's with other learners, with this one at other levels, and at this level,
    m = (k·m₀ + Σwy)/(k + Σw). What was learned at other levels is carried over at the catalogue's distance between
    them. Source: empirical-Bayes shrinkage of a beta prior worth k outcomes, k = m(1 − m)/τ² − 1 for things that lie
    τ apart (Efron and Morris 1975); an unsure step above is worth less, by the sum of both variances. `low` is one
    standard deviation of the last beta below.
    """
    levels = own or {}
    here = levels.get(level, _NONE)
    others = [(name, sums) for name, sums in levels.items() if name != level]
    mine = total(levels.values())
    elsewhere = _NONE if everywhere is None else _less(everywhere, mine)
    belief = _Belief(of_tier(model.tier, level), OF_TIER)
    belief = belief.learned(*_carried("", elsewhere, level)).passed(OF_MODEL)
    for name, sums in others:
        belief = belief.learned(*_carried(name, sums, level))
    belief = belief.passed(OF_LEVELS).learned(*_carried(level, here, level))
    doubt = sqrt(belief.mean * (1.0 - belief.mean) / (belief.worth + 1.0))
    steps = (elsewhere, total(sums for _, sums in others), here)
    return Expected(
        quality=belief.mean,
        low=max(0.0, belief.mean - doubt),
        outcomes=mine.weight,
        latency_ms=_shrunk(model.latency_ms, [(each.latency_ms, each.answered) for each in steps]),
        output_tokens=_shrunk(OUTPUT_TOKENS, [(each.output_tokens, each.answered) for each in steps]),
        error_share=_shrunk(ERROR_SHARE, [(each.errors, each.calls) for each in steps]),
        calls=mine.calls,
    )


def _carried(source: str, sums: Sums, level: Level) -> tuple[float, float]:
    """Weight, and weight times quality, as they would be at this level."""
    if sums.weight <= 0.0:
        return 0.0, 0.0
    mean = min(1.0, max(0.0, sums.quality / sums.weight))
    if source != level:
        mean = logistic(logit(mean) + OFFSET[level] - OFFSET[source])
    return sums.weight, sums.weight * mean


def _shrunk(value: float, steps: Sequence[tuple[float, float]]) -> float:
    """The mean, step by step from sums and their numbers; what stands above is worth OF_CALLS calls."""
    for summed, number in steps:
        value = (OF_CALLS * value + summed) / (OF_CALLS + number)
    return value


def _weighted(parts: Sequence[tuple[float, Sums]]) -> Sums:
    columns = zip(*([share * figure for figure in _figures(part)] for share, part in parts), strict=True)
    return Sums(*(sum(column) for column in columns))


def _less(whole: Sums, part: Sums) -> Sums:
    """The rest, never below 0."""
    return Sums(*(max(0.0, one - other) for one, other in zip(_figures(whole), _figures(part), strict=True)))


_NONE: Final = Sums()
_figures = attrgetter(*(each.name for each in fields(Sums)))
