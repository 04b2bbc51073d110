"""Which model is recommended for a use case, from what its own comparisons have shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.comparison.comparison import Weights
from app.domain.comparison.estimate import Estimate

FEWEST_INPUTS: Final = 20

Basis = Literal["quality", "win_rate", "none"]
LeftOut = Literal["too-few-inputs", "quality-unknown", "cost-unknown", "speed-unknown", "never-met"]


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a model over all comparisons of a use case; None where nothing is.

    `inputs` answered, over `comparisons`. `quality` and `win_rate` 0…1 with intervals; `cost_each` in nano-dollars per
    answer, `latency_ms` its mean. Only qualities of one `group`, the models that some chain of meetings joins, compare.
    """

    model: str
    comparisons: int
    inputs: int
    quality: Estimate | None = None
    win_rate: Estimate | None = None
    cost_each: float | None = None
    latency_ms: float | None = None
    group: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A model that may be recommended: `utility` 0…1; its interval moves with that of quality alone."""

    record: Record
    utility: Estimate

    @property
    def cautious(self) -> float:
        """What it is ranked by: the lower end, so that little data never passes for much quality."""
        return self.utility.value if self.utility.low is None else self.utility.low


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`best` with its evidence, the `alternatives` in falling order, and why the others were `left_out`.

    `proven` when its interval lies above those of all alternatives, of which there must be one. `basis`: what stood for
    quality. `unknown`: what has weight but is unknown of all, and so counts for nothing.
    """

    best: Ranked
    alternatives: tuple[Ranked, ...]
    left_out: tuple[tuple[str, LeftOut], ...]
    basis: Basis
    unknown: tuple[str, ...]
    proven: bool
    sentence: str


def recommended(records: Sequence[Record], weights: Weights) -> Recommendation | None:
    """The model whose utility is surely the highest; None when no model has enough of what has weight.

    Utility is the weighted mean of quality, 1 − cost/reference and 1 − latency/reference; references are the largest
    figures among the models that are ranked. Models are ranked by its lower end. A model needs FEWEST_INPUTS inputs,
    and all that has weight and is known of any: a model whose price is unknown is left out where cost counts, never
    taken as free. Where no model has scores, win rates stand for quality. Where quality counts, only models of one
    group are ranked, the one of most models, of as many that of most inputs: nothing compares the others with them.
    """
    enough = [record for record in records if record.inputs >= FEWEST_INPUTS]
    basis = _basis(enough, weights)
    fine = [(record, _lacking(record, enough, weights, basis)) for record in enough]
    fine = fine if basis == "none" else _met(fine)
    ranked = _ranked([record for record, lacking in fine if lacking is None], weights, basis)
    if not ranked:
        return None
    left_out = [(record.model, lacking) for record, lacking in fine if lacking]
    few: LeftOut = "too-few-inputs"
    left_out += [(record.model, few) for record in records if record.inputs < FEWEST_INPUTS]
    best, *others = ranked
    proven = bool(others) and all(_surely_below(other, best) for other in others)
    unknown = _unknown(enough, weights, basis)
    sentence = _sentence(best, others, proven=proven, unknown=unknown)
    return Recommendation(best, tuple(others), tuple(left_out), basis, unknown, proven, sentence)


def _basis(records: Sequence[Record], weights: Weights) -> Basis:
    if weights.quality <= 0:
        return "none"
    if any(record.quality for record in records):
        return "quality"
    return "win_rate" if any(record.win_rate for record in records) else "none"


def _good(record: Record, basis: Basis) -> Estimate | None:
    return {"quality": record.quality, "win_rate": record.win_rate, "none": None}[basis]


def _lacking(record: Record, all_of_them: Sequence[Record], weights: Weights, basis: Basis) -> LeftOut | None:
    """Why the record cannot be ranked among these."""
    if basis != "none" and _good(record, basis) is None:
        return "quality-unknown"
    if weights.cost > 0 and record.cost_each is None and any(other.cost_each is not None for other in all_of_them):
        return "cost-unknown"
    if weights.speed > 0 and record.latency_ms is None and any(other.latency_ms is not None for other in all_of_them):
        return "speed-unknown"
    return None


def _met(fine: Sequence[tuple[Record, LeftOut | None]]) -> list[tuple[Record, LeftOut | None]]:
    """Of those that lack nothing all but the largest group lack a meeting."""
    sizes: dict[int, tuple[int, int]] = {}
    for record, lacking in fine:
        many, inputs = sizes.get(record.group, (0, 0))
        if lacking is None:
            sizes[record.group] = (many + 1, inputs + record.inputs)
    chosen = max(sizes, key=lambda group: (sizes[group], -group), default=0)
    apart: LeftOut = "never-met"
    return [(record, lacking or (None if record.group == chosen else apart)) for record, lacking in fine]


def _ranked(records: Sequence[Record], weights: Weights, basis: Basis) -> list[Ranked]:
    """The highest lower end first, ties by name; none when nothing that has weight is known."""
    dearest = max((record.cost_each or 0.0 for record in records), default=0.0)
    slowest = max((record.latency_ms or 0.0 for record in records), default=0.0)
    found = []
    for record in records:
        parts = [
            (weight, 1 - spent / most if most > 0 else 1.0)
            for weight, spent, most in (
                (weights.cost, record.cost_each, dearest),
                (weights.speed, record.latency_ms, slowest),
            )
            if weight > 0 and spent is not None
        ]
        good = _good(record, basis)
        total = sum(weight for weight, _ in parts) + (weights.quality if good else 0.0)
        if total <= 0:
            return []
        rest, share = sum(weight * part for weight, part in parts) / total, weights.quality / total
        utility = Estimate(rest) if good is None else _moved(good, rest, share)
        found.append(Ranked(record, utility))
    return sorted(found, key=lambda own: (-own.cautious, own.record.model))


def _moved(good: Estimate, rest: float, share: float) -> Estimate:
    """Without an interval anything from 0 to 1 is possible."""
    low, high = 0.0 if good.low is None else good.low, 1.0 if good.high is None else good.high
    return Estimate(rest + share * good.value, rest + share * low, rest + share * high)


def _surely_below(other: Ranked, best: Ranked) -> bool:
    high = other.utility.value if other.utility.high is None else other.utility.high
    return high < best.cautious


def _unknown(records: Sequence[Record], weights: Weights, basis: Basis) -> tuple[str, ...]:
    found = ["quality"] if weights.quality > 0 and basis == "none" else []
    if weights.cost > 0 and all(record.cost_each is None for record in records):
        found.append("cost")
    if weights.speed > 0 and all(record.latency_ms is None for record in records):
        found.append("speed")
    return tuple(found)


def _sentence(best: Ranked, others: Sequence[Ranked], *, proven: bool, unknown: Sequence[str]) -> str:
    comparisons, inputs = best.record.comparisons, best.record.inputs
    over = f"{inputs} inputs in {comparisons} comparison{'' if comparisons == 1 else 's'}"
    said = f"{best.record.model} is recommended after {over}: utility {best.utility.value:.3f}"
    if not others:
        said += ", the only model with enough data."
    else:
        said += f", {others[0].record.model} comes next with {others[0].utility.value:.3f}"
        said += ", surely behind." if proven else "; the difference is not proven."
    return " ".join([said, *(f"{side.capitalize()} is unknown and counts for nothing." for side in unknown)])
