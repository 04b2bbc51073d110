"""One allocation step over ten flows: at most 5 ms, and no slower after a thousand epochs than after forty.

Run: python -m benchmarks.allocation_step
"""

import statistics
import sys
import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.allocation import Observation, Plan, State, initial
from app.domain.allocation_json import state_from_json, state_to_json
from app.domain.allocator import advance
from app.domain.certification import Certification
from app.domain.escape import EscapeRule
from app.domain.evidence import Scale, from_cells
from app.domain.weights import apportion

FLOWS: Final = 10
EARLY: Final = 40
LATE: Final = 1_000
STEPS: Final = 60
GOAL_MS: Final = 5.0
GOAL_RATIO: Final = 1.5
Moment = tuple[State, Observation]


@dataclass(frozen=True, slots=True)
class Timings:
    """CPU milliseconds of steps, and of reading and writing their state, at two lengths of history."""

    early: list[float]
    late: list[float]
    stores: list[float]


def timings(certification: Certification) -> Timings:
    """Steps from epoch 40 on, when the memory of epochs is full, and from epoch 1 000 on.

    The step is a pure function, so both kinds are timed in turn, in the same minute of the machine.
    """
    names = tuple(f"flow-{i}" for i in range(FLOWS))
    plan = Plan(
        flows=names,
        baseline=names[0],
        scale=Scale("rating"),
        start=apportion([1] * FLOWS),
        epsilon=0.025,
        escape={name: EscapeRule(0.2) for name in names},
        certification=certification,
        stop="never",
    )
    early, late = _moments(plan)
    found = Timings([], [], [])
    for young, old in zip(early, late, strict=True):
        for (state, seen), steps in ((young, found.early), (old, found.late)):
            begin = time.process_time()
            after = advance(plan, state, seen).state
            middle = time.process_time()
            state_from_json(state_to_json(after))
            steps.append(1000 * (middle - begin))
            found.stores.append(1000 * (time.process_time() - middle))
    return found


def _moments(plan: Plan) -> tuple[list[Moment], list[Moment]]:
    """States with what is seen next: `STEPS` from each length of history on."""
    rng = np.random.default_rng(1)
    early: list[Moment] = []
    late: list[Moment] = []
    state, tick = initial(plan), 0
    while len(late) < STEPS:
        tick += 1
        seen = _observed(plan, state, tick, rng)
        epoch = state.epochs[-1].number
        if epoch >= EARLY and len(early) < STEPS:
            early.append((state, seen))
        elif epoch >= LATE:
            late.append((state, seen))
        state = advance(plan, state, seen).state
    return early, late


def _observed(plan: Plan, state: State, tick: int, rng: np.random.Generator) -> Observation:
    last = state.epochs[-1]
    counts = rng.multinomial(100, np.array(state.weights) / sum(state.weights))
    news = [from_cells(plan.scale, rng.multinomial(n, [0.1, 0.1, 0.2, 0.3, 0.3]).tolist()) for n in counts]
    return Observation(tick, {last.number: tuple(a.plus(b) for a, b in zip(last.evidence, news, strict=True))})


def main() -> int:
    """Prints one row per certification; 1 when a median misses its goal."""
    print(f"allocation step, K={FLOWS}, CPU time; goals: median <= {GOAL_MS} ms, late/early <= {GOAL_RATIO}")
    missed = False
    for certification in ("fe", "both"):
        found = timings("fe" if certification == "fe" else "both")
        early, late = statistics.median(found.early), statistics.median(found.late)
        missed = missed or max(early, late) > GOAL_MS or late / early > GOAL_RATIO
        print(
            f"{certification:5s} after {EARLY} epochs median {early:.2f} ms, worst {max(found.early):.2f} ms; "
            f"after {LATE} median {late:.2f} ms, worst {max(found.late):.2f} ms, ratio {late / early:.2f}; "
            f"state to and from JSON median {statistics.median(found.stores):.2f} ms"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
