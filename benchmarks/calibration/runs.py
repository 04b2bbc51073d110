"""Many runs on many processes: every chunk of runs has a seed of its own, so neither their order nor number matters."""

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final, TypeVar

import numpy as np

from benchmarks.calibration.figures import figures
from benchmarks.calibration.goals import GREEDY, OURS, RULES, THOMPSON, TRACKING, WITHIN, Played
from benchmarks.calibration.greedy import Greedy
from benchmarks.calibration.ours import Ours
from benchmarks.calibration.scenarios import Scenario
from benchmarks.calibration.thompson import Thompson
from benchmarks.calibration.track_and_stop import TrackAndStop, TrackAndStopWithin
from benchmarks.calibration.world import Rule, Trace, joined, play

Given = TypeVar("Given")
Found = TypeVar("Found")
CHUNK: Final = 50
MAKERS: Final[dict[str, Callable[..., Rule]]] = {
    OURS: Ours,
    GREEDY: Greedy,
    THOMPSON: Thompson,
    TRACKING: TrackAndStop,
    WITHIN: TrackAndStopWithin,
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """`runs` runs of one scenario under one rule; `number` is part of their seed."""

    scenario: Scenario
    rule: str
    number: int
    runs: int
    seed: int


def chunks(scenarios: Sequence[Scenario], *, reps: int, seed: int) -> list[Chunk]:
    """All the work, in the order of the table."""
    return [
        Chunk(scenario, rule, number, min(CHUNK, reps - CHUNK * number), seed)
        for scenario in scenarios
        for rule in RULES
        for number in range(-(-reps // CHUNK))
    ]


def simulated(chunk: Chunk) -> Trace:
    """Plays one chunk. Rules meet the same world: its random numbers depend on the scenario and chunk alone."""
    key = [chunk.seed, zlib.crc32(chunk.scenario.name.encode()), chunk.number]
    rule = MAKERS[chunk.rule](chunk.scenario, runs=chunk.runs, rng=np.random.default_rng([*key, 1]))
    return play(chunk.scenario, rule, runs=chunk.runs, rng=np.random.default_rng([*key, 0]))


def traces(work: Sequence[Chunk], *, jobs: int) -> Iterator[Trace]:
    """The trace of each chunk, in order, from `jobs` processes; from this one alone when that is 1."""
    yield from mapped(simulated, work, jobs=jobs)


def mapped(function: Callable[[Given], Found], work: Sequence[Given], *, jobs: int) -> Iterator[Found]:
    """What the function, known by its name, makes of each, in order, in so many processes."""
    if jobs == 1:
        yield from map(function, work)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(function, work)


def played(scenarios: Sequence[Scenario], *, reps: int, seed: int, jobs: int, told: Callable[[str], None]) -> Played:
    """Every rule's figures in every scenario; `told` hears the name of each scenario that is done."""
    work = chunks(scenarios, reps=reps, seed=seed)
    parts: dict[tuple[str, str], list[Trace]] = defaultdict(list)
    table = {}
    for chunk, trace in zip(work, traces(work, jobs=jobs), strict=True):
        key = chunk.scenario.name, chunk.rule
        parts[key].append(trace)
        if sum(len(part.named) for part in parts[key]) == reps:
            table[key] = figures(chunk.scenario, joined(parts.pop(key)))
            if chunk.rule == RULES[-1]:
                told(chunk.scenario.name)
    return Played(tuple(scenarios), table)
