"""What the A/B statistics must keep, read from what was measured, and whether they do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.statistics.proportions import wilson
from benchmarks.calibration.ab_cuped import judged
from benchmarks.calibration.ab_methods import ANYTIME
from benchmarks.calibration.ab_runs import ASKED, BETWEEN, COVERED, Measured, Question, Told
from benchmarks.calibration.ab_split import SKEWED
from benchmarks.calibration.ab_trials import Trial
from benchmarks.calibration.goals import Reading

Mark = Literal["met", "missed"]
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure that must lie within `low` … `high`; all are parts of 1. `where`: the case it is taken from."""

    name: str
    low: float
    high: float
    reading: Reading
    where: str

    @property
    def mark(self) -> Mark:
        """Whether it does."""
        return "met" if self.low <= self.reading.value <= self.high else "missed"


def bars(found: Measured) -> list[Bar]:
    """Every bar."""
    return [*_fixed(found), *_anytime(found), *_covered(found), *_split(found), _order(found), _cuped(found)]


def anytime_bar(found: Measured, method: str) -> Bar:
    """The bar of a method that claims to hold at every look, in the trial where it is most often wrong."""
    return _worst(found, f"{method}: false claims, a look at every opinion", method, ["claims"], high=0.05)


def _fixed(found: Measured) -> Iterator[Bar]:
    for name, count in found.rejected.items():
        yield Bar(
            f"{name}: rejected, one look", 0.044, 0.056, _rate(count, found.effort.fixed), "arms that are the same"
        )


def _anytime(found: Measured) -> Iterator[Bar]:
    for method in ANYTIME:
        yield anytime_bar(found, method)


def _covered(found: Measured) -> Iterator[Bar]:
    for name in COVERED:
        within = "confidence sequence" if name == BETWEEN else "betting interval"
        yield _worst(found, f"{within} of {name}: holds at all looks", name, ["claims", "coverage"], low=0.95)


def _worst(
    found: Measured, name: str, method: str, questions: Iterable[Question], *, low: float = 0.0, high: float = 1.0
) -> Bar:
    """Of the trial with the highest rate of errors; with `low` the bar is of the rest, which had none."""
    rates = [(*found.rate(one, trial, method), trial) for one in questions for trial in ASKED[one].trials]

    def errors(rate: tuple[int, int, Trial]) -> float:
        return rate[0] / rate[1]

    count, of, trial = max(rates, key=errors)
    return Bar(name, low, high, _rate(of - count if low else count, of), trial.name)


def _split(found: Measured) -> Iterator[Bar]:
    """A probability is read to a hundredth of a per cent: counts are whole, so the χ² test's level is met so nearly."""
    right = [one for one in found.told if one.intended == one.true]
    skewed = next(one for one in found.told if one.true == SKEWED)
    end, way = max(right, key=lambda one: one.at_the_end), max(right, key=lambda one: one.on_the_way)
    yield Bar("SRM, χ² at the end: told of a right split", 0.0, 0.001, _exact(end.at_the_end), shares(end))
    yield Bar("SRM, sequential: ever told of a right split", 0.0, 0.001, _exact(way.on_the_way), shares(way))
    yield Bar("SRM, χ² at the end: told of 48:52 for 50:50", 0.95, 1.0, _exact(skewed.at_the_end), shares(skewed))
    yield Bar("SRM, sequential: told of 48:52 for 50:50", 0.95, 1.0, _exact(skewed.on_the_way), shares(skewed))


def shares(told: Told) -> str:
    """What was meant, as percentages."""
    return f"meant {100 * told.intended:.0f}:{100 * (1 - told.intended):.0f}"


def _order(found: Measured) -> Bar:
    where = f"{found.compared} figures, {found.effort.orders} orders of each test"
    return Bar("figures that another order changes", 0.0, 0.0, _rate(found.changed, found.compared), where)


def _cuped(found: Measured) -> Bar:
    widest = {shape: float(wider.max()) for shape, wider in found.wider.items() if judged(shape)}
    shape = max(widest, key=lambda one: widest[one])
    where = f"{shape[0]} and {shape[1]} units"
    return Bar("CUPED with noise before: interval wider, any test", -1.0, 0.01, Reading(widest[shape]), where)


def _rate(count: int, of: int) -> Reading:
    return Reading(count / of, wilson(count, of))


def _exact(probability: float) -> Reading:
    return Reading(round(probability, _DIGITS))
