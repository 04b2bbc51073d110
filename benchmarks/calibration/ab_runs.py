"""Everything that is measured of the A/B statistics; each chunk of tests has a seed of its own, as in `runs`."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from benchmarks.calibration import ab_cuped, ab_fixed, ab_order, ab_split
from benchmarks.calibration.ab_arrays import grown
from benchmarks.calibration.ab_betting import mean_left_out
from benchmarks.calibration.ab_methods import METHODS, Method, left_out
from benchmarks.calibration.ab_trials import DIFFERENT, SAME, Trial
from benchmarks.calibration.arrays import Floats, Ints
from benchmarks.calibration.runs import mapped

Question = Literal["claims", "coverage", "stops"]
CHUNK: Final = 50
BETWEEN: Final = "B − A"
MEAN: Final = "mean of A"
COVERED: Final[dict[str, Method]] = {BETWEEN: left_out, MEAN: mean_left_out}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of which tests: `observations` opinions of both arms together, looked at after each `every`."""

    trials: tuple[Trial, ...]
    methods: Mapping[str, Method]
    observations: int
    every: int


ASKED: Final[dict[Question, Asked]] = {
    "claims": Asked(SAME, {**METHODS, **COVERED}, 6_000, 1),
    "coverage": Asked(DIFFERENT, COVERED, 6_000, 1),
    "stops": Asked(DIFFERENT, METHODS, 12_000, 20),
}


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is simulated: tests per question, orders of facts, tests with CUPED per shape."""

    reps: int = 2_000
    stops: int = 500
    fixed: int = ab_fixed.REPS
    orders: int = ab_order.ORDERS
    cuped: int = 2_000
    units: int = ab_split.UNITS


FULL: Final = Effort()
QUICK: Final = Effort(reps=500, stops=100, orders=10, cuped=200)


@dataclass(frozen=True, slots=True)
class Chunk:
    """`runs` tests of one trial; `number` is part of their seed."""

    question: Question
    trial: Trial
    number: int
    runs: int
    seed: int


@dataclass(frozen=True, slots=True)
class Told:
    """P(a mismatch is told) with shares `intended` and `true` of the first arm, at the end and at any unit before."""

    intended: float
    true: float
    at_the_end: float
    on_the_way: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen. `looks`: by question, trial and method, the first look of each test that told something, or −1.

    `rejected` of `effort.fixed` tests by the name of the test; `wider`: by units per arm, how much wider CUPED made
    each interval; `changed` of `compared` figures changed with the order.
    """

    effort: Effort
    seed: int
    looks: Mapping[tuple[Question, str, str], Ints]
    rejected: Mapping[str, int]
    told: tuple[Told, ...]
    wider: Mapping[tuple[int, int], Floats]
    changed: int
    compared: int

    def rate(self, question: Question, trial: Trial, method: str) -> tuple[int, int]:
        """Tests that told something, of how many."""
        found = self.looks[question, trial.name, method]
        return int((found >= 0).sum()), len(found)

    def stopped(self, trial: Trial, method: str) -> float:
        """The median number of values per arm at which a difference is claimed, infinite when most never claim."""
        found = self.looks["stops", trial.name, method]
        took = np.where(found >= 0, (found + 1) * ASKED["stops"].every / 2, np.inf)
        return float(np.sort(took)[(len(took) - 1) // 2])


def looked(chunk: Chunk) -> dict[str, Ints]:
    """The first looks of one chunk, by method."""
    asked, trial = ASKED[chunk.question], chunk.trial
    rng = _rng(chunk.seed, f"{chunk.question} {trial.name}", chunk.number)
    counts = grown(trial, runs=chunk.runs, observations=asked.observations, every=asked.every, rng=rng)
    return {name: method(trial, counts) for name, method in asked.methods.items()}


def chunks(effort: Effort, *, seed: int) -> list[Chunk]:
    """All tests that are looked at as they grow."""
    return [
        Chunk(question, trial, number, min(CHUNK, reps - CHUNK * number), seed)
        for question, asked in ASKED.items()
        for trial in asked.trials
        for reps in [effort.stops if question == "stops" else effort.reps]
        for number in range(-(-reps // CHUNK))
    ]


def measured(effort: Effort, *, seed: int, jobs: int, told: Callable[[str], None]) -> Measured:
    """All of it; `told` hears what is done."""
    work = chunks(effort, seed=seed)
    parts: dict[tuple[Question, str, str], list[Ints]] = {}
    for chunk, found in zip(work, mapped(looked, work, jobs=jobs), strict=True):
        for method, looks in found.items():
            parts.setdefault((chunk.question, chunk.trial.name, method), []).append(looks)
    told("A/B tests, look by look")
    rejected = {
        fixed.name: ab_fixed.rejected(fixed, reps=effort.fixed, rng=_rng(seed, fixed.name)) for fixed in ab_fixed.FIXED
    }
    wider = {
        shape: ab_cuped.widened(shape, runs=effort.cuped, rng=_rng(seed, f"cuped {shape}")) for shape in ab_cuped.SHAPES
    }
    changed, compared = ab_order.compared(orders=effort.orders, rng=_rng(seed, "orders"))
    told("A/B tests at their planned number, CUPED and orders")
    splits = tuple(_told(*shares, units=effort.units) for shares in ab_split.SHARES)
    told("sample ratio mismatch")
    joined = {key: np.concatenate(looks) for key, looks in parts.items()}
    return Measured(effort, seed, joined, rejected, splits, wider, changed, compared)


def _told(intended: float, true: float, *, units: int) -> Told:
    return Told(
        intended,
        true,
        at_the_end=ab_split.told_at_the_end(intended=intended, true=true, units=units),
        on_the_way=ab_split.told_on_the_way(intended=intended, true=true, units=units),
    )


def _rng(seed: int, name: str, number: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode()), number])
