"""What a router has learned after so many outcomes, when it sees one model's outcome per prompt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.router import Router, make_router
from app.domain.routing.prior import Prior
from benchmarks.difficulty.apgr import quality
from benchmarks.difficulty.outcomes import Chosen, Numbers, Outcomes

SHARE: Final = 0.8  # of the prompts as a stream, the others to judge by
WEAK, STRONG = "weak", "strong"
MODELS: Final = (
    {"name": WEAK, "input_price": 0.6, "output_price": 0.6},
    {"name": STRONG, "input_price": 10.0, "output_price": 30.0},
)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Prompts in the order in which they come, and others on which the router is judged."""

    stream: Chosen
    judged: Chosen


def traffic(rows: Chosen, seed: int, share: float = SHARE) -> Traffic:
    """`share` of the rows as the stream, the others to judge by."""
    order = np.random.default_rng(seed).permutation(rows)
    first = int(len(order) * share)
    return Traffic(order[:first], order[first:])


def learning(
    outcomes: Outcomes, given: Traffic, marks: Sequence[int], *, seed: int, prior: Prior | None = None
) -> Iterator[tuple[int, Router]]:
    """The router when it has seen each of `marks` outcomes, and at the end; which model answers is chance."""
    router = make_router(MODELS, prior=prior)
    chance = np.random.default_rng(seed)
    if 0 in marks:
        yield 0, router
    for count, row in enumerate(given.stream, 1):
        strong = bool(chance.random() < 0.5)
        reached = (outcomes.strong if strong else outcomes.weak)[row]
        router.observe(outcomes.prompts[row], STRONG if strong else WEAK, float(reached))
        if count in marks or count == len(given.stream):
            yield count, router


def reached(outcomes: Outcomes, rows: Chosen, router: Router) -> float:
    """APGR of the router's scores on these rows."""
    scores = np.array(router.score([outcomes.prompts[row] for row in rows]))
    return quality(scores, outcomes.weak[rows], outcomes.strong[rows]).apgr


def curve(
    outcomes: Outcomes,
    rows: Chosen,
    marks: Sequence[int],
    *,
    seeds: int,
    prior: Prior | None = None,
    share: float = SHARE,
) -> dict[int, float]:
    """Mean APGR over seeds after each number of outcomes, and after `share` of the rows."""
    found: dict[int, list[float]] = {}
    for seed in range(seeds):
        given = traffic(rows, seed, share)
        for count, router in learning(outcomes, given, marks, seed=seed, prior=prior):
            found.setdefault(count, []).append(reached(outcomes, given.judged, router))
    return {count: float(np.mean(each)) for count, each in found.items()}


def forecasts(outcomes: Outcomes, rows: Chosen, router: Router) -> tuple[Numbers, Numbers]:
    """The quality that the router expects of the weak and of the strong model."""
    found = router.predict([outcomes.prompts[row] for row in rows])
    return np.array([each[WEAK] for each in found]), np.array([each[STRONG] for each in found])
