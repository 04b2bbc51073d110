"""CPU of picking a model among 10 and 100: at most 0.3 ms, beside a plain sort of the same candidates by cost.

Run: python -m benchmarks.route
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Final

from app.domain.auto import STRATEGIES, Auto
from app.domain.model import Tier
from app.domain.routing.candidate import Candidate
from app.domain.routing.needs import Needs
from app.domain.routing.picking import pick

GOAL_MS: Final = 0.3
SIZES: Final = (10, 100)
TIERS: Final[tuple[Tier, ...]] = ("cheap", "mid", "best")
NEEDS: Final = Needs(frozenset({"chat", "json"}), 500, 1_000)
LIMITED: Final = Auto(min_quality=0.3, max_cost=4_500_000, max_latency_ms=3_000, excluded=("vendor-1/model-1",))


def candidates(number: int) -> list[Candidate]:
    """So many models of all tiers, half of them learned, dearer the better they are but for some."""
    return [_candidate(at) for at in range(number)]


def _candidate(at: int) -> Candidate:
    quality = 0.4 + 0.5 * ((at * 61) % 101) / 100
    cost = round(50_000 * (100 ** ((quality - 0.4) / 0.5)) * (0.7 + 0.006 * ((at * 37) % 101)))
    return Candidate(
        slug=f"vendor-{at % 7}/model-{at}",
        provider=f"vendor-{at % 7}",
        tier=TIERS[min(2, int((quality - 0.4) * 6))],
        capabilities=frozenset({"chat", "json", "streaming"}),
        context_window=128_000,
        max_output_tokens=8_000,
        quality=quality,
        low=quality - 0.05,
        outcomes=100.0 * (at % 2),
        cost=cost,
        worst_cost=10 * cost,
        latency_ms=300 + (at * 53) % 2_000,
        error_share=0.01 * (at % 3),
    )


def timed_ms(act: Callable[[], object], rounds: int) -> float:
    """CPU milliseconds of one act: the median of rounds of the quietest of five series."""
    series = []
    for _ in range(5):
        took = []
        for _ in range(rounds):
            begun = time.process_time_ns()
            act()
            took.append((time.process_time_ns() - begun) / 1e6)
        series.append(statistics.median(took))
    return min(series)


def main() -> int:
    """Prints a row per strategy and number of models; 1 when a median misses the goal."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=200)
    rounds = options.parse_args().rounds
    print(f"pick of a model, CPU time; goal: median of 100 models <= {GOAL_MS} ms")
    missed = False
    for number in SIZES:
        models = candidates(number)
        plain = timed_ms(partial(sorted, models, key=attrgetter("cost")), rounds)
        for name in STRATEGIES:
            for auto in (Auto(strategy=name), replace(LIMITED, strategy=name)):
                took = timed_ms(partial(pick, auto, models, NEEDS, level="medium", hold_out=0.05, draw=0.5), rounds)
                missed = missed or took > GOAL_MS
                print(
                    f"  {number:>3} models, {name:<12} {'no limits' if auto.max_cost is None else 'limits':<9} "
                    f"{took:.3f} ms, {took / plain:5.1f} times a sort by cost"
                )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
