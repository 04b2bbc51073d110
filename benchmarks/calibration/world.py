"""A simulated use case: what really happens to sessions, and only the part of it that a rule is told."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from benchmarks.calibration.arrays import Flags, Floats, Ints
from benchmarks.calibration.scenarios import Kind, Scenario

# A poor and a good flow's scores; any other mean is a mixture of the two, so its histogram keeps a natural shape.
SHAPES: Final[dict[Kind, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "rating": ((0.40, 0.30, 0.20, 0.08, 0.02), (0.01, 0.02, 0.10, 0.30, 0.57)),
    "binary": ((1.0, 0.0), (0.0, 1.0)),
}
LATEST: Final = 4  # times the mean delay: feedback that takes longer never comes


@dataclass(frozen=True, slots=True)
class Told:
    """What became known at the end of a tick: `sessions` R×K that began in it, and `arrived` A×R×K×L feedback.

    `arrived[a]` is feedback on sessions of `a` ticks ago.
    """

    tick: int
    sessions: Ints
    arrived: Ints


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule wants: `shares` R×K for the next tick; `named` R, the flow it settled on or -1; `better` R, whether
    it claims that this flow beats all others, not only that none is much better; `escaped` R×K, cumulative."""

    shares: Floats
    named: Ints
    better: Flags
    escaped: Flags


class Rule(Protocol):
    """Decides the traffic of R runs of one scenario."""

    def step(self, told: Told) -> Answer:
        """The shares after this tick."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened in R runs over T ticks; `sessions` T×R×K. Ticks are -1 where nothing happened.

    `named_at`, `named`, `better` R: the first claim. `escaped_at` R×K. `shares` R×K: in force at the end.
    """

    sessions: Ints
    named_at: Ints
    named: Ints
    better: Flags
    escaped_at: Ints
    shares: Floats


def opening(scenario: Scenario) -> Floats:
    """K shares at launch."""
    start = np.array(scenario.start or (1,) * scenario.flows, dtype=np.float64)
    shares: Floats = start / start.sum()
    return shares


def chances(scenario: Scenario) -> Floats:
    """T×K×L: how likely each score is. Raises ValueError for a mean that no mixture of the two shapes has."""
    poor, good = (np.array(shape) for shape in SHAPES[scenario.kind])
    low, high = poor @ scenario.levels, good @ scenario.levels
    part = (scenario.true_means() - low) / (high - low)
    if part.min() < 0 or part.max() > 1:
        raise ValueError(f"{scenario.name}: means lie from {low:g} to {high:g}")
    mixed: Floats = (1 - part[..., None]) * poor + part[..., None] * good
    return mixed


def delays(scenario: Scenario) -> Floats:
    """How likely feedback is to come 0, 1, 2… ticks late: geometric with the scenario's mean, cut off at 4 means."""
    if not scenario.delay:
        return np.ones(1)
    stay = scenario.delay / (1 + scenario.delay)
    weights = stay ** np.arange(LATEST * scenario.delay + 1)
    normal: Floats = weights / weights.sum()
    return normal


def play(scenario: Scenario, rule: Rule, *, runs: int, rng: np.random.Generator) -> Trace:
    """Plays the scenario `runs` times under one rule. Raises ValueError when shares do not sum to 1."""
    likely, late = chances(scenario), delays(scenario)
    shares = np.tile(opening(scenario), (runs, 1))
    every = np.zeros((scenario.ticks, runs, scenario.flows), dtype=np.int64)
    coming = np.zeros((len(late), len(late), runs, scenario.flows, len(scenario.levels)), dtype=np.int64)
    named_at, named = np.full(runs, -1), np.full(runs, -1)
    better = np.zeros(runs, dtype=np.bool_)
    escaped_at = np.full((runs, scenario.flows), -1)
    for tick in range(scenario.ticks):
        every[tick] = rng.multinomial(scenario.sessions, shares)
        cells = rng.multinomial(rng.binomial(every[tick], scenario.answered), likely[tick])
        for age, part in enumerate(np.moveaxis(rng.multinomial(cells, late), -1, 0)):
            coming[(tick + age) % len(late), age] = part
        answer = rule.step(Told(tick, every[tick], coming[tick % len(late)].copy()))
        shares = answer.shares
        if np.abs(shares.sum(axis=1) - 1).max() > 1e-9 or shares.min() < 0:
            raise ValueError(f"{scenario.name}: shares must sum to 1, at tick {tick}")
        new = (named_at < 0) & (answer.named >= 0)
        named_at[new], named[new], better[new] = tick, answer.named[new], answer.better[new]
        escaped_at[answer.escaped & (escaped_at < 0)] = tick
    return Trace(every, named_at, named, better, escaped_at, shares)


def joined(parts: list[Trace]) -> Trace:
    """All runs of several traces of one scenario as one."""
    return Trace(
        sessions=np.concatenate([part.sessions for part in parts], axis=1),
        named_at=np.concatenate([part.named_at for part in parts]),
        named=np.concatenate([part.named for part in parts]),
        better=np.concatenate([part.better for part in parts]),
        escaped_at=np.concatenate([part.escaped_at for part in parts]),
        shares=np.concatenate([part.shares for part in parts]),
    )
