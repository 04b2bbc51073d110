"""Whether any figure of an A/B test depends on the order in which its facts came in, or its rows are read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np

from app.domain.ab.metric import UNIT, Metric, metric_of
from app.domain.ab.sums import Before, Sums, cell, paired, square
from app.domain.certification import exact_log_e_matrix
from app.domain.confidence import confidence_sequence
from app.domain.statistics.anytime import asymptotic_sequence, msprt
from app.domain.statistics.cuped import cuped
from app.domain.statistics.cuped import paired as paired_of
from app.domain.statistics.means import welch
from app.domain.statistics.ranks import mann_whitney
from app.domain.statistics.split import srm, srm_sequential
from app.domain.statistics.tables import chi_square
from benchmarks.calibration.ab_trials import ALPHA, PLANNED, TAU

METRICS: Final = (metric_of("rating"), metric_of("thumb"), metric_of("quality"))
UNITS: Final = 400
ORDERS: Final = 100


@dataclass(frozen=True, slots=True)
class Fact:
    """A unit of arm 0 or 1 gets this value, 1e-6 of the range, or loses it again (`sign` −1); `before`: CUPED's."""

    arm: int
    value: int
    before: int
    sign: int = 1


Summing = Callable[[Sequence[Fact]], Sequence[Sums]]


def facts(metric: Metric, rng: np.random.Generator) -> list[Fact]:
    """Of `UNITS` units; a tenth of them change their mind: the old value is taken back and another one given."""
    steps = {"rating": 4, "binary": 1}.get(metric.scale.kind, UNIT)
    values = rng.integers(0, steps + 1, UNITS) * (UNIT // steps)
    known = rng.integers(0, UNIT + 1, UNITS)
    arms = rng.integers(0, 2, UNITS)
    made = [Fact(*each) for each in zip(arms.tolist(), values.tolist(), known.tolist(), strict=True)]
    changed = [(replace(one, sign=-1), replace(one, value=UNIT - one.value)) for one in made[: UNITS // 10]]
    return made + [fact for pair in changed for fact in pair]


def summed(seen: Sequence[Fact]) -> tuple[Sums, Sums]:
    """Both arms' sums, fact by fact, as the store adds them."""
    sums = [Sums(), Sums()]
    for fact in seen:
        old, sign = sums[fact.arm], fact.sign
        cells = list(old.cells)
        cells[cell(fact.value)] += sign
        known = Before(
            n=old.before.n + sign,
            x=old.before.x + sign * fact.before,
            xx=old.before.xx + sign * square(fact.before),
            xy=old.before.xy + sign * fact.before * fact.value,
            y=old.before.y + sign * fact.value,
        )
        sums[fact.arm] = Sums(
            n=old.n + sign,
            total=old.total + sign * fact.value,
            squares=old.squares + sign * square(fact.value),
            cells=(cells[0], cells[1], cells[2], cells[3], cells[4]),
            before=known,
        )
    return sums[0], sums[1]


def figures(metric: Metric, sums: Sequence[Sums]) -> list[object]:
    """Every figure that the sums give."""
    (a, b), scale = (one.sample for one in sums), metric.scale
    evidence = [one.evidence(metric) for one in sums]
    variance = a.squared_error + b.squared_error
    parts = [paired(one, unknown=0.5) for one in sums]
    found: list[object] = [
        welch(a, b),
        asymptotic_sequence(a, b, alpha=ALPHA, planned=PLANNED),
        msprt(b.mean - a.mean, variance, tau=TAU * scale.span),
        mann_whitney(sums[0].cells, sums[1].cells),
        chi_square([one.cells for one in sums]),
        srm([one.n for one in sums], (1, 1)),
        srm_sequential([one.n for one in sums], (1, 1)),
    ]
    if parts[0] is not None and parts[1] is not None:
        found.append(cuped(parts[0], parts[1]))
    flat = [figure for each in found for figure in asdict(each).values()]  # type: ignore[call-overload]  # dataclasses
    exact = [confidence_sequence(scale, one, alpha=ALPHA) for one in evidence]
    return [*flat, *exact_log_e_matrix(scale, evidence).ravel().tolist(), *exact[0], *exact[1]]


def of_rows(seen: Sequence[Fact]) -> list[object]:
    """CUPED's figures, and so Welch's, from rows that are read one by one."""
    arms = [[fact for fact in seen if fact.arm == arm and fact.sign > 0] for arm in (0, 1)]
    a, b = (paired_of([one.before / UNIT for one in arm], [one.value / UNIT for one in arm]) for arm in arms)
    return [*asdict(cuped(a, b)).values(), *asdict(welch(a.post, b.post)).values()]


def compared(*, orders: int, rng: np.random.Generator, summing: Summing = summed) -> tuple[int, int]:
    """How many figures changed, and how many were compared, in so many other orders of each metric's facts."""
    pairs = list(_pairs(orders, rng, summing))
    return sum(repr(was) != repr(now) for was, now in pairs), len(pairs)


def _pairs(orders: int, rng: np.random.Generator, summing: Summing) -> Iterator[tuple[object, object]]:
    for metric in METRICS:
        given = facts(metric, rng)
        first = [*figures(metric, summing(given)), *of_rows(given)]
        for _ in range(orders):
            mixed = [given[at] for at in rng.permutation(len(given))]
            yield from zip(first, [*figures(metric, summing(mixed)), *of_rows(mixed)], strict=True)
