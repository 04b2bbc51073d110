"""A small world for the allocator's tests: flows with true means, sessions and feedback drawn from a fixed seed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from app.domain.allocation import Decision, Observation, Plan, State, initial
from app.domain.allocator import advance
from app.domain.evidence import Scale, from_cells
from app.domain.weights import apportion

BINARY = Scale("binary")


def plan(count: int = 3, **changes: object) -> Plan:
    """A plan over `count` flows named a, b, c…; a is the baseline."""
    names = tuple("abcdefghij"[:count])
    base = Plan(flows=names, baseline="a", scale=BINARY, start=apportion([1] * count), epsilon=0.02)
    return replace(base, **changes)  # type: ignore[arg-type]  # the keywords are Plan's own fields


def observed(plan: Plan, state: State, cells: Sequence[Sequence[int]], *, tick: int | None = None) -> Observation:
    """These cells of each flow arrive for the open epoch, each with three sessions."""
    last = state.epochs[-1]
    news = [from_cells(plan.scale, each, sessions=3 * sum(each)) for each in cells]
    totals = tuple(known.plus(new) for known, new in zip(last.evidence, news, strict=True))
    return Observation(state.tick + 1 if tick is None else tick, {last.number: totals})


def played(
    plan: Plan, means: Callable[[int], Sequence[float]], *, ticks: int, seed: int, per_tick: int = 30
) -> list[tuple[State, Observation, Decision]]:
    """Every step of a run: the state it began with, what was seen, what was decided."""
    rng = np.random.default_rng(seed)
    state, steps = initial(plan), []
    for tick in range(ticks):
        counts = rng.multinomial(per_tick, np.array(state.weights) / 10_000)
        good = rng.binomial(counts, means(tick))
        seen = observed(plan, state, [[int(n - g), int(g)] for n, g in zip(counts, good, strict=True)])
        decision = advance(plan, state, seen)
        steps.append((state, seen, decision))
        state = decision.state
    return steps
