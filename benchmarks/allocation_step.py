"""One allocation step over ten flows is measured with a full memory of epochs; the goal is 5 ms.

Run: python -m benchmarks.allocation_step
"""

import statistics
import time

import numpy as np

from app.domain.allocation import Observation, Plan, initial
from app.domain.allocation_json import state_from_json, state_to_json
from app.domain.allocator import advance
from app.domain.certification import Certification
from app.domain.escape import EscapeRule
from app.domain.evidence import Scale, from_cells
from app.domain.weights import apportion

FLOWS = 10
TICKS = 120
GOAL_MS = 5.0


def timings(certification: Certification) -> tuple[list[float], list[float]]:
    """Milliseconds of each step, and of reading and writing its state, after the memory of epochs is full."""
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
    rng = np.random.default_rng(1)
    state, steps, stores = initial(plan), [], []
    for tick in range(1, TICKS + 1):
        last = state.epochs[-1]
        counts = rng.multinomial(100, np.array(state.weights) / sum(state.weights))
        news = [from_cells(plan.scale, rng.multinomial(n, [0.1, 0.1, 0.2, 0.3, 0.3]).tolist()) for n in counts]
        seen = Observation(tick, {last.number: tuple(a.plus(b) for a, b in zip(last.evidence, news, strict=True))})
        begin = time.perf_counter()
        state = advance(plan, state, seen).state
        middle = time.perf_counter()
        state = state_from_json(state_to_json(state))
        steps.append(1000 * (middle - begin))
        stores.append(1000 * (time.perf_counter() - middle))
    return steps[TICKS // 2 :], stores[TICKS // 2 :]


def main() -> None:
    """Prints one row per certification."""
    print(f"allocation step, K={FLOWS}, goal <= {GOAL_MS} ms")
    for certification in ("fe", "both"):
        steps, stores = timings("fe" if certification == "fe" else "both")
        print(
            f"{certification:5s} step median {statistics.median(steps):.2f} ms, worst {max(steps):.2f} ms; "
            f"state to and from JSON median {statistics.median(stores):.2f} ms"
        )


if __name__ == "__main__":
    main()
